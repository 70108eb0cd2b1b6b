//! Memory objects: attached by VSID, by aliases, and both at once.

mod common;
use common::*;
use vm::*;

#[test]
fn an_object_is_attached_by_vsid_and_by_aliases_at_once() {
    under_all(|fork| {
        let mut vm = machine_with(Limits::for_frames(64), 16, fork);
        let object = vm.create_object(16).unwrap();
        let spaces: Vec<SpaceId> = (0..4).map(|_| vm.create_space().unwrap()).collect();
        for (n, space) in spaces.iter().enumerate() {
            vm.map(
                *space,
                &object_at(A + if n == 3 { PAGE } else { 0 }, 16, object),
            )
            .unwrap();
        }
        for n in 0..16 {
            write(&mut vm, spaces[0], A + n * PAGE, n).unwrap();
        }
        let before = vm.stat;
        for n in 0..16 {
            assert_reads(&mut vm, spaces[1], n, n);
            write(&mut vm, spaces[2], A + n * PAGE, n + 50).unwrap();
        }
        assert_eq!(
            vm.stat.faults, before.faults,
            "the second process finds every PTE there"
        );
        for n in 0..16 {
            assert_reads(&mut vm, spaces[3], n + 1, n + 50);
        }
        assert_eq!((vm.stat.aliases_made, vm.frame_counts().object), (16, 16));
        let child = vm.fork(spaces[3]).unwrap();
        write(&mut vm, child, A + PAGE, 9).unwrap();
        assert_reads(&mut vm, spaces[0], 0, 9);
        assert_eq!(vm.attachments(object), 5);
        vm.unmap(spaces[0], Ea(A + 8 * PAGE), PAGE).unwrap();
        assert_eq!(
            read(&mut vm, spaces[0], A + 8 * PAGE),
            Err(Fault::NotMapped)
        );
        assert_reads(&mut vm, spaces[0], 0, 9);
        assert_reads(&mut vm, spaces[1], 8, 58);
        vm.release_object(object);
        assert_all_comes_back(vm, &[spaces[0], spaces[1], spaces[2], spaces[3], child]);
    });
}

#[test]
fn a_read_only_attachment_by_vsid_cannot_be_written() {
    let mut vm = machine(16, Fork::Shared);
    let object = vm.create_object(1).unwrap();
    let [writer, reader] = [(); 2].map(|()| vm.create_space().unwrap());
    vm.map(writer, &object_at(A, 1, object)).unwrap();
    vm.map(
        reader,
        &Map {
            prot: Prot::READ,
            ..object_at(A, 1, object)
        },
    )
    .unwrap();
    vm.release_object(object);
    write(&mut vm, writer, A, 3).unwrap();
    assert_reads(&mut vm, reader, 0, 3);
    assert_eq!(write(&mut vm, reader, A, 4), Err(Fault::NotPermitted));
    assert_eq!(
        access(&mut vm, writer, Ea(A), Access::Fetch),
        Err(Fault::NotPermitted)
    );
    assert_all_comes_back(vm, &[writer, reader]);
}

#[test]
fn a_shared_object_has_its_segment_to_itself() {
    let mut vm = machine(64, Fork::Shared);
    let space = vm.create_space().unwrap();
    let object = vm.create_object(4).unwrap();
    let mut map = |place, what: Map| vm.map(space, &Map { place, ..what }).unwrap();
    let before = map(Place::Any, zero_at(0, 4));
    let shared = map(Place::OwnSegment, object_at(0, 4, object));
    let after = map(Place::Any, zero_at(0, 4));
    for private in [before, after] {
        assert_ne!(shared.esid(), private.esid());
    }
    assert_eq!(shared, shared.esid().start());
    write(&mut vm, space, shared.0, 1).unwrap();
    assert_eq!(vm.stat.aliases_made, 0);
    vm.release_object(object);
    assert_all_comes_back(vm, &[space]);
}

#[test]
fn a_shared_object_goes_anywhere_when_no_segment_is_empty() {
    let mut vm = machine(64, Fork::Shared);
    let space = vm.create_space().unwrap();
    let object = vm.create_object(4).unwrap();
    // All but the first segment, which begins with addresses that are given to nobody.
    let pages = USER_END.0 / PAGE - u64::from(SEGMENT_PAGES);
    vm.map(space, &zero_at(SEGMENT_SIZE, pages)).unwrap();
    let place = Place::OwnSegment;
    let at = vm.map(
        space,
        &Map {
            place,
            ..object_at(0, 4, object)
        },
    );
    assert_eq!(at, Ok(Ea(SEGMENT_SIZE - 4 * PAGE)));
    vm.release_object(object);
    assert_all_comes_back(vm, &[space]);
}

#[test]
fn what_may_not_be_accessed_is_not_reached_by_what_the_kernel_has_tried() {
    under_both(|fork| {
        let mut vm = machine(64, fork);
        let object = vm.create_object(4).unwrap();
        let [holder, other] = [(); 2].map(|()| vm.create_space().unwrap());
        vm.map(holder, &object_at(A, 4, object)).unwrap();
        write(&mut vm, holder, A, 7).unwrap();
        let prot = Prot::empty();
        let hidden = object_at(A, 4, object);
        vm.map(other, &Map { prot, ..hidden }).unwrap();
        for how in [Access::Read, Access::Write] {
            assert_eq!(vm.resolve(other, Ea(A), how), Err(Fault::NotPermitted));
        }
        vm.enter_space(other);
        assert_eq!(read(&mut vm, other, A), Err(Fault::NotPermitted));
        assert_clean(&mut vm);
    });
}
