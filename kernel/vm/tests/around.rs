//! What a fault does beyond its own page: neighbours that are in memory get their PTEs, and
//! new memory is filled ahead.

mod common;
use common::*;
use vm::*;

/// A parent that has written 32 pages, forked, and moved away by writing the last of them.
fn moved_away(vm: &mut Vm<Bench>) -> [SpaceId; 2] {
    let space = parent(vm, 32);
    let child = vm.fork(space).unwrap();
    write(vm, space, A + 31 * PAGE, 1).unwrap();
    [space, child]
}

/// Which of 32 pages the processor finds without a fault.
fn entered(vm: &mut Vm<Bench>, space: SpaceId) -> Vec<u64> {
    let pages = 0..32;
    pages
        .filter(|n| is_entered(vm, space, Ea(A + n * PAGE)))
        .collect()
}

#[test]
fn inherited_neighbours_come_with_a_page() {
    let mut vm = machine_with(Limits::for_frames(100), 64, Fork::Shared);
    let spaces = moved_away(&mut vm);
    let (faults, free) = (vm.stat.faults, vm.frame_counts().free);
    assert_reads(&mut vm, spaces[0], 5, 105);
    assert_eq!(
        entered(&mut vm, spaces[0]),
        (0..16).chain([31]).collect::<Vec<_>>()
    );
    assert_eq!(vm.stat.faults, faults + 1);
    assert_eq!(vm.frame_counts().free, free, "nothing is filled or copied");
    (0..16).for_each(|n| assert_reads(&mut vm, spaces[0], n, 100 + n));
    assert_eq!(vm.stat.faults, faults + 1);
    write(&mut vm, spaces[0], A + 6 * PAGE, 2).unwrap();
    assert_reads(&mut vm, spaces[1], 6, 106);
    assert_all_comes_back(vm, &spaces);
}

#[test]
fn neighbours_take_nothing_from_anybody() {
    let few = Limits {
        aliases: 4,
        ..Limits::for_frames(100)
    };
    let mut vm = machine_with(few, 64, Fork::Shared);
    let spaces = moved_away(&mut vm);
    assert_reads(&mut vm, spaces[0], 5, 105);
    assert_eq!(vm.frame_counts().aliases, 4, "as many as there is room for");
    let made = vm.stat.aliases_made;
    assert_reads(&mut vm, spaces[0], 20, 120);
    assert_eq!(
        vm.stat.aliases_made,
        made + 1,
        "only the page itself takes another's"
    );
    assert_all_comes_back(vm, &spaces);

    let mut vm = machine_with(Limits::for_frames(100), 2, Fork::Shared);
    let spaces = moved_away(&mut vm);
    let evictions = vm.stat.evictions;
    assert_reads(&mut vm, spaces[0], 5, 105);
    assert!(
        vm.stat.evictions <= evictions + 1,
        "neighbours evict nobody"
    );
    assert_all_comes_back(vm, &spaces);
}

#[test]
fn neighbours_end_with_the_region() {
    let mut vm = machine_with(Limits::for_frames(100), 64, Fork::Shared);
    let spaces = moved_away(&mut vm);
    vm.unmap(spaces[0], Ea(A + 3 * PAGE), PAGE).unwrap();
    vm.protect(spaces[0], Ea(A + 9 * PAGE), PAGE, Prot::empty())
        .unwrap();
    assert_reads(&mut vm, spaces[0], 5, 105);
    let found = entered(&mut vm, spaces[0]);
    assert!(!found.contains(&3) && !found.contains(&9), "{found:?}");
    assert!(found.contains(&4) && found.contains(&8), "{found:?}");
    assert_all_comes_back(vm, &spaces);
}

/// A machine that fills eight pages ahead, with a space of 32 untouched pages.
fn eager_to_fill(frames: u32) -> (Vm<Bench>, SpaceId) {
    let limits = Limits {
        ahead: 8,
        ..Limits::for_frames(frames)
    };
    let mut vm = machine_with(limits, 64, Fork::Shared);
    let space = vm.create_space().unwrap();
    vm.map(space, &zero_at(A, 32)).unwrap();
    (vm, space)
}

#[test]
fn one_page_after_the_other_is_filled_ahead() {
    let (mut vm, space) = eager_to_fill(100);
    let touches = [(0, 1), (1, 8), (8, 16), (20, 17), (22, 18), (23, 19)];
    for (page, private) in touches {
        write(&mut vm, space, A + page * PAGE, page).unwrap();
        assert_eq!(vm.frame_counts().private, private, "after page {page}");
    }
    let faults = vm.stat.faults;
    for page in 0..16 {
        let word = if [1, 8].contains(&page) { page } else { 0 };
        assert_eq!(read(&mut vm, space, A + page * PAGE), Ok(word));
    }
    assert_eq!(vm.stat.faults, faults);
    assert_all_comes_back(vm, &[space]);
}

#[test]
fn nothing_is_filled_ahead_past_the_end_or_when_frames_are_few() {
    let (mut vm, space) = eager_to_fill(100);
    vm.unmap(space, Ea(A + 4 * PAGE), 28 * PAGE).unwrap();
    (0..2).for_each(|n| write(&mut vm, space, A + n * PAGE, n).unwrap());
    assert_eq!(vm.frame_counts().private, 4);
    assert_all_comes_back(vm, &[space]);

    let (mut vm, space) = eager_to_fill(20);
    let pages = (vm.frame_counts().free - 1) as u64;
    (0..pages).for_each(|n| write(&mut vm, space, A + n * PAGE, n).unwrap());
    assert!(vm.frame_counts().free >= 1, "one frame in sixteen is left");
    assert_all_comes_back(vm, &[space]);
}
