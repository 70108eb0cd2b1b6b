//! mremap: pages that keep their contents and get another address.

mod common;
use common::*;
use vm::*;

const B: u64 = 0x3000_0000;
const LEN: u64 = 4 * PAGE;

#[track_caller]
fn reads(vm: &mut Vm<Bench>, space: SpaceId, ea: u64, words: [u64; 4]) {
    for (n, word) in words.into_iter().enumerate() {
        assert_eq!(read(vm, space, ea + n as u64 * PAGE), Ok(word), "page {n}");
    }
}

const WORDS: [u64; 4] = [100, 101, 102, 103];

#[test]
fn a_mapping_grows_in_place_and_shrinks() {
    let mut vm = machine(64, Fork::Shared);
    let space = parent(&mut vm, 4);
    let mut remap = |old: u64, new: u64| {
        vm.remap(
            space,
            Ea(A),
            old * PAGE,
            new * PAGE,
            Remap::InPlace,
            Leave::Nothing,
        )
    };
    assert_eq!(remap(4, 6), Ok(Ea(A)));
    assert_eq!(remap(6, 2), Ok(Ea(A)));
    assert_eq!(remap(2, 2), Ok(Ea(A)));
    assert_eq!(remap(2, 4), Ok(Ea(A)));
    reads(&mut vm, space, A, [100, 101, 0, 0]);
    vm.map(space, &zero_at(A + LEN, 1)).unwrap();
    let full = vm.remap(
        space,
        Ea(A),
        LEN + PAGE,
        9 * PAGE,
        Remap::InPlace,
        Leave::Nothing,
    );
    assert_eq!(full, Ok(Ea(A)), "the neighbour is one with it");
    assert_all_comes_back(vm, &[space]);
}

#[test]
fn a_moved_page_is_renamed_and_an_inherited_one_copied() {
    under_all(|fork| {
        let mut vm = machine(64, fork);
        let space = parent(&mut vm, 4);
        let to = Remap::Fixed(Ea(B + PAGE));
        vm.remap(space, Ea(A), LEN, LEN, to, Leave::Nothing)
            .unwrap();
        assert_eq!(vm.stat.copies, 0);
        reads(&mut vm, space, B + PAGE, WORDS);
        assert_eq!(read(&mut vm, space, A), Err(Fault::NotMapped));
        let child = vm.fork(space).unwrap();
        write(&mut vm, space, B + PAGE, 1).unwrap();
        let to = Remap::Fixed(Ea(B + 3 * PAGE));
        let overlap = vm.remap(child, Ea(B + PAGE), LEN, LEN, to, Leave::Nothing);
        assert_eq!(overlap, Err(VmError::Invalid));
        vm.remap(
            child,
            Ea(B + PAGE),
            LEN,
            LEN,
            Remap::Fixed(Ea(A)),
            Leave::Nothing,
        )
        .unwrap();
        reads(&mut vm, child, A, WORDS);
        reads(&mut vm, space, B + PAGE, [1, 101, 102, 103]);
        assert_clean(&mut vm);
        assert_all_comes_back(vm, &[space, child]);
    });
}

#[test]
fn a_move_within_one_segment_and_over_what_is_there() {
    under_all(|fork| {
        let mut vm = machine(64, fork);
        let space = parent(&mut vm, 8);
        let child = vm.fork(space).unwrap();
        let to = Remap::Fixed(Ea(A + LEN));
        assert_eq!(
            vm.remap(space, Ea(A), LEN, LEN, to, Leave::Nothing),
            Ok(Ea(A + LEN))
        );
        reads(&mut vm, space, A + LEN, WORDS);
        reads(&mut vm, child, A, WORDS);
        reads(&mut vm, child, A + LEN, [104, 105, 106, 107]);
        assert_eq!(read(&mut vm, space, A), Err(Fault::NotMapped));
        assert_all_comes_back(vm, &[space, child]);
    });
}

#[test]
fn a_mapping_left_behind_is_empty() {
    under_all(|fork| {
        let mut vm = machine(64, fork);
        let space = parent(&mut vm, 4);
        let child = vm.fork(space).unwrap();
        let to = vm
            .remap(child, Ea(A), LEN, LEN, Remap::MayMove, Leave::Mapping)
            .unwrap();
        reads(&mut vm, child, to.0, WORDS);
        reads(&mut vm, child, A, [0; 4]);
        reads(&mut vm, space, A, WORDS);
        assert_all_comes_back(vm, &[space, child]);
    });
}

#[test]
fn an_old_length_of_nothing_maps_shared_pages_twice() {
    let mut vm = machine(64, Fork::Shared);
    let object = vm.create_object(4).unwrap();
    let space = vm.create_space().unwrap();
    vm.map(space, &object_at(A, 4, object)).unwrap();
    vm.release_object(object);
    let at = |page: u64| Ea(A + page * PAGE);
    let again = vm
        .remap(space, at(1), 0, 2 * PAGE, Remap::MayMove, Leave::Nothing)
        .unwrap();
    write(&mut vm, space, again.0, 7).unwrap();
    assert_reads(&mut vm, space, 1, 7);
    let private = parent(&mut vm, 1);
    let refused = vm.remap(private, Ea(A), 0, PAGE, Remap::MayMove, Leave::Nothing);
    assert_eq!(refused, Err(VmError::Invalid));
    assert_all_comes_back(vm, &[space, private]);
}

#[test]
fn a_move_that_lacks_frames_changes_nothing() {
    let mut vm = machine(6, Fork::Lazy);
    let space = parent(&mut vm, 4);
    let child = vm.fork(space).unwrap();
    let refused = vm.remap(child, Ea(A), LEN, LEN, Remap::Fixed(Ea(B)), Leave::Nothing);
    assert_eq!(refused, Err(VmError::NoMemory));
    reads(&mut vm, child, A, WORDS);
    reads(&mut vm, space, A, WORDS);
    assert_all_comes_back(vm, &[space, child]);
}

/// The segment that the pages go to comes before theirs in the space's list.
#[test]
fn a_move_of_two_segments_to_a_lower_one_loses_no_page() {
    under_all(|fork| {
        let mut vm = machine(64, fork);
        let space = vm.create_space().unwrap();
        let start = B + 0x1000_0000 - 2 * PAGE;
        vm.map(space, &zero_at(start, 4)).unwrap();
        (0..4).for_each(|n| write(&mut vm, space, start + n * PAGE, n + 100).unwrap());
        let to = Remap::Fixed(Ea(A));
        vm.remap(space, Ea(start), LEN, LEN, to, Leave::Nothing)
            .unwrap();
        reads(&mut vm, space, A, WORDS);
        assert_all_comes_back(vm, &[space]);
    });
}

/// The part that does not go along lies in a segment that the child shares.
#[test]
fn a_move_that_also_shortens_leaves_the_child_what_it_had() {
    under_all(|fork| {
        let mut vm = machine(64, fork);
        let space = vm.create_space().unwrap();
        let start = A + 0x1000_0000 - 2 * PAGE;
        vm.map(space, &zero_at(start, 4)).unwrap();
        vm.map(space, &zero_at(start + 8 * PAGE, 1)).unwrap();
        write(&mut vm, space, start + 8 * PAGE, 8).unwrap();
        write(&mut vm, space, start, 100).unwrap();
        let child = vm.fork(space).unwrap();
        let to = Remap::Fixed(Ea(B));
        vm.remap(space, Ea(start), LEN, PAGE, to, Leave::Nothing)
            .unwrap();
        assert_clean(&mut vm);
        assert_eq!(read(&mut vm, space, B), Ok(100));
        reads(&mut vm, child, start, [100, 0, 0, 0]);
        assert_eq!(read(&mut vm, child, start + 8 * PAGE), Ok(8));
        assert_all_comes_back(vm, &[space, child]);
    });
}

#[test]
fn what_spans_two_mappings_does_not_move() {
    let mut vm = machine(64, Fork::Shared);
    let space = parent(&mut vm, 4);
    vm.protect(space, Ea(A + 2 * PAGE), PAGE, Prot::READ)
        .unwrap();
    let moved = vm.remap(space, Ea(A), LEN, LEN, Remap::Fixed(Ea(B)), Leave::Nothing);
    assert_eq!(moved, Err(VmError::NotMapped));
    let hole = vm.remap(space, Ea(B), PAGE, PAGE, Remap::MayMove, Leave::Nothing);
    assert_eq!(hole, Err(VmError::NotMapped));
    assert_all_comes_back(vm, &[space]);
}
