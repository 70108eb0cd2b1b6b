//! Objects as the contents of files: private mappings, changes of size, holes.

mod common;
use common::*;
use vm::*;

fn private_at(ea: u64, pages: u64, object: ObjectId, first: u64) -> Map {
    Map {
        source: Source::Private { object, first },
        ..zero_at(ea, pages)
    }
}

fn shared_at(ea: u64, pages: u64, object: ObjectId, first: u64) -> Map {
    Map {
        source: Source::Shared { object, first },
        ..zero_at(ea, pages)
    }
}

/// An object of `pages` pages, page n holding n + 500.
fn file(vm: &mut Vm<Bench>, pages: u64) -> ObjectId {
    let object = vm.create_object(pages).unwrap();
    for n in 0..pages {
        let frame = vm.object_page(object, n).unwrap();
        vm.machine.words[frame.0 as usize] = n + 500;
    }
    object
}

#[test]
fn a_private_mapping_shows_the_file_until_it_is_written() {
    under_all(|fork| {
        let mut vm = machine(64, fork);
        let object = file(&mut vm, 4);
        let space = vm.create_space().unwrap();
        vm.map(space, &private_at(A, 4, object, 0)).unwrap();
        assert_reads(&mut vm, space, 1, 501);
        write(&mut vm, space, A, 7).unwrap();
        let frame = vm.object_page(object, 1).unwrap();
        vm.machine.words[frame.0 as usize] = 8;
        assert_reads(&mut vm, space, 1, 8);
        let child = vm.fork(space).unwrap();
        write(&mut vm, child, A + PAGE, 9).unwrap();
        assert_reads(&mut vm, space, 1, 8);
        assert_reads(&mut vm, child, 0, 7);
        let frame = vm.object_page(object, 0).unwrap();
        assert_eq!(vm.machine.words[frame.0 as usize], 500);
        vm.release_object(object);
        assert_all_comes_back(vm, &[space, child]);
    });
}

#[test]
fn many_readers_of_a_file_have_no_copy_and_when_aligned_no_alias() {
    let mut vm = machine(64, Fork::Shared);
    let object = file(&mut vm, 8);
    let read_only = |map: Map| Map {
        prot: Prot::READ,
        ..map
    };
    let spaces: Vec<SpaceId> = (0..10).map(|_| vm.create_space().unwrap()).collect();
    for space in &spaces {
        vm.map(*space, &read_only(private_at(A, 8, object, 0)))
            .unwrap();
        (0..8).for_each(|n| assert_reads(&mut vm, *space, n, n + 500));
    }
    assert_eq!((vm.stat.aliases_made, vm.frame_counts().private), (0, 0));
    // Made writable, it is private after all.
    let len = 8 * PAGE;
    let prot = Prot::READ | Prot::WRITE;
    vm.protect(spaces[0], Ea(A), len, prot).unwrap();
    write(&mut vm, spaces[0], A, 1).unwrap();
    assert_reads(&mut vm, spaces[1], 0, 500);
    assert_reads(&mut vm, spaces[0], 1, 501);
    vm.release_object(object);
    assert_all_comes_back(vm, &spaces);
}

#[test]
fn truncation_takes_the_pages_out_of_every_mapping() {
    under_all(|fork| {
        let mut vm = machine(64, fork);
        let object = file(&mut vm, 4);
        let space = vm.create_space().unwrap();
        vm.map(space, &private_at(A, 4, object, 0)).unwrap();
        let shared = A + 0x1000_0000;
        vm.map(space, &shared_at(shared, 4, object, 0)).unwrap();
        write(&mut vm, space, A + 3 * PAGE, 7).unwrap();
        write(&mut vm, space, A, 6).unwrap();
        let child = vm.fork(space).unwrap();
        write(&mut vm, child, A + PAGE, 5).unwrap();
        write(&mut vm, space, shared + 2 * PAGE, 4).unwrap();
        assert_reads(&mut vm, child, 2, 4);
        vm.resize_object(object, 1).unwrap();
        assert_clean(&mut vm);
        for who in [space, child] {
            for n in 1..4 {
                assert_eq!(read(&mut vm, who, A + n * PAGE), Err(Fault::PastEnd));
                assert_eq!(read(&mut vm, who, shared + n * PAGE), Err(Fault::PastEnd));
            }
            assert_reads(&mut vm, who, 0, 6);
        }
        vm.resize_object(object, 4).unwrap();
        for n in 1..4 {
            assert_reads(&mut vm, space, n, 0);
            assert_reads(&mut vm, child, n, 0);
        }
        vm.release_object(object);
        assert_all_comes_back(vm, &[space, child]);
    });
}

#[test]
fn a_file_that_grows_beyond_its_mapping_is_attached_by_vsid_no_more() {
    let mut vm = machine(64, Fork::Shared);
    let object = file(&mut vm, 2);
    let [short, long] = [(); 2].map(|()| vm.create_space().unwrap());
    vm.map(short, &shared_at(A, 2, object, 0)).unwrap();
    vm.map(long, &shared_at(A, 9, object, 0)).unwrap();
    assert_reads(&mut vm, short, 1, 501);
    assert_reads(&mut vm, long, 1, 501);
    assert_eq!(vm.stat.aliases_made, 0);
    vm.resize_object(object, 4).unwrap();
    write(&mut vm, long, A + 3 * PAGE, 3).unwrap();
    assert_eq!(read(&mut vm, short, A + 3 * PAGE), Err(Fault::NotMapped));
    assert_reads(&mut vm, short, 0, 500);
    assert!(vm.stat.aliases_made > 0);
    assert_eq!(read(&mut vm, long, A + 4 * PAGE), Err(Fault::PastEnd));
    vm.release_object(object);
    assert_all_comes_back(vm, &[short, long]);
}

#[test]
fn a_hole_reads_zero_for_all_but_those_who_have_copies() {
    let mut vm = machine(64, Fork::Shared);
    let object = file(&mut vm, 2);
    let [a, b] = [(); 2].map(|()| vm.create_space().unwrap());
    vm.map(a, &private_at(A, 2, object, 0)).unwrap();
    vm.map(b, &shared_at(A + PAGE, 2, object, 0)).unwrap();
    write(&mut vm, a, A, 9).unwrap();
    assert_reads(&mut vm, a, 1, 501);
    assert_reads(&mut vm, b, 2, 501);
    vm.punch_object(object, 0..2);
    assert_eq!(vm.object_frames(object), 0);
    assert_reads(&mut vm, a, 0, 9);
    assert_reads(&mut vm, a, 1, 0);
    assert_reads(&mut vm, b, 1, 0);
    vm.release_object(object);
    assert_all_comes_back(vm, &[a, b]);
}

#[test]
fn a_file_across_256_mib_is_mapped_in_the_middle() {
    under_all(|fork| {
        let mut vm = machine(64, fork);
        let middle = u64::from(SEGMENT_PAGES) - 2;
        let object = vm.create_object(middle + 4).unwrap();
        let space = vm.create_space().unwrap();
        let ea = A + 0x1000_0000 - PAGE;
        vm.map(space, &shared_at(ea, 4, object, middle)).unwrap();
        (0..4).for_each(|n| write(&mut vm, space, ea + n * PAGE, n + 1).unwrap());
        let child = vm.fork(space).unwrap();
        write(&mut vm, child, ea + 2 * PAGE, 30).unwrap();
        for (n, word) in [1, 2, 30, 4].into_iter().enumerate() {
            assert_eq!(read(&mut vm, space, ea + n as u64 * PAGE), Ok(word));
            let frame = vm.object_page(object, middle + n as u64).unwrap();
            assert_eq!(vm.machine.words[frame.0 as usize], word);
        }
        vm.release_object(object);
        assert_all_comes_back(vm, &[space, child]);
    });
}
