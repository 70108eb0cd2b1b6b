//! A segment of a space in which nothing is mapped any more, kept for the next mapping.

mod common;
use common::*;
use vm::*;

/// A space that mapped a page, wrote it and unmapped it.
fn emptied(vm: &mut Vm<Bench>) -> SpaceId {
    let space = parent(vm, 1);
    vm.unmap(space, Ea(A), PAGE).unwrap();
    assert_eq!(read(vm, space, A), Err(Fault::NotMapped));
    space
}

#[test]
fn it_is_found_by_the_next_mapping() {
    let mut vm = machine(16, Fork::Shared);
    let space = emptied(&mut vm);
    let vsid = |vm: &Vm<Bench>| vm.machine.slb[&(space, Ea(A).esid())].vsid;
    let before = vsid(&vm);
    for _ in 0..3 {
        vm.map(space, &zero_at(A, 1)).unwrap();
        assert_reads(&mut vm, space, 0, 0);
        write(&mut vm, space, A, 7).unwrap();
        vm.unmap(space, Ea(A), PAGE).unwrap();
    }
    assert_eq!(vsid(&vm), before);
    assert_eq!(vm.frame_counts().private, 0);
    assert_all_comes_back(vm, &[space]);
}

#[test]
fn it_is_not_kept_where_two_spaces_have_it() {
    under_all(|fork| {
        let mut vm = machine(16, fork);
        let space = emptied(&mut vm);
        let child = vm.fork(space).unwrap();
        for (one, other) in [(space, child), (child, space)] {
            vm.map(one, &zero_at(A, 1)).unwrap();
            write(&mut vm, one, A, 7).unwrap();
            assert_eq!(read(&mut vm, other, A), Err(Fault::NotMapped));
            assert_clean(&mut vm);
            vm.unmap(one, Ea(A), PAGE).unwrap();
        }
        assert_all_comes_back(vm, &[space, child]);
    });
}

#[test]
fn it_does_not_keep_an_object_from_being_attached() {
    let mut vm = machine(16, Fork::Shared);
    let space = emptied(&mut vm);
    let object = vm.create_object(1).unwrap();
    vm.map(space, &object_at(A, 1, object)).unwrap();
    vm.release_object(object);
    write(&mut vm, space, A, 3).unwrap();
    assert_eq!(vm.stat.aliases_made, 0);
    assert_all_comes_back(vm, &[space]);
}
