//! What a fault does beyond its own page: neighbours that are in memory get their PTEs.

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

#[test]
fn behind_many_shadows_neighbours_come_only_after_a_row() {
    let mut vm = machine_with(Limits::for_frames(200), 64, Fork::Shared);
    let space = parent(&mut vm, 32);
    let mut spaces = vec![space];
    for n in 27..32 {
        spaces.push(vm.fork(space).unwrap());
        write(&mut vm, space, A + n * PAGE, 1).unwrap();
    }
    let deep = vm.segments(space).all(|slot| slot.depth >= 4);
    assert!(deep, "five levels, and a child on each");
    let touches = [
        (0, 1),
        (1, 2),
        (3, 3),
        (2, 4),
        (4, 8),
        (8, 16),
        (20, 17),
        (21, 18),
        (23, 19),
    ];
    for (page, known) in touches {
        assert_reads(&mut vm, space, page, 100 + page);
        let entered = entered(&mut vm, space).into_iter().filter(|n| *n < 27);
        assert_eq!(entered.count(), known, "after page {page}");
    }
    let faults = vm.stat.faults;
    (0..16).for_each(|n| assert_reads(&mut vm, space, n, 100 + n));
    assert_eq!(vm.stat.faults, faults);
    assert_all_comes_back(vm, &spaces);
}
