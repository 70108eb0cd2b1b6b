//! What a fault does for the pages after its own: new memory is filled ahead, and inherited
//! memory is copied ahead.

mod common;
use common::*;
use vm::*;

/// A machine that fills eight pages ahead.
fn goes_ahead(limits: Limits, fork: Fork) -> Vm<Bench> {
    machine_with(Limits { ahead: 8, ..limits }, 64, fork)
}

/// Such a machine, with a space of 32 untouched pages.
fn eager_to_fill(frames: u32) -> (Vm<Bench>, SpaceId) {
    let mut vm = goes_ahead(Limits::for_frames(frames), Fork::Shared);
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

#[test]
fn what_a_fork_left_behind_is_not_filled_over() {
    under_both(|fork| {
        let mut vm = goes_ahead(Limits::for_frames(100), fork);
        let space = vm.create_space().unwrap();
        vm.map(space, &zero_at(A, 32)).unwrap();
        for page in [12, 16, 17] {
            write(&mut vm, space, A + page * PAGE, page).unwrap();
        }
        let child = vm.fork(space).unwrap();
        // Each fills what is new up to what it has inherited, and past what it has cut off.
        vm.unmap(space, Ea(A + 16 * PAGE), PAGE).unwrap();
        vm.map(space, &zero_at(A + 16 * PAGE, 1)).unwrap();
        let fills = vm.stat.zero_fills;
        let touches = [(8, 1), (9, 4), (13, 5), (14, 7), (15, 7), (16, 8)];
        for (page, filled) in touches {
            write(&mut vm, space, A + page * PAGE, 50).unwrap();
            assert_eq!(vm.stat.zero_fills - fills, filled, "{fork:?}: page {page}");
        }
        assert_reads(&mut vm, space, 12, 12);
        assert_reads(&mut vm, space, 11, 0);
        assert_reads(&mut vm, space, 17, 17);
        assert_reads(&mut vm, child, 9, 0);
        assert_reads(&mut vm, child, 16, 16);
        assert_all_comes_back(vm, &[space, child]);
    });
}

/// Writes pages of a space one by one, and looks how many frames objects have then.
fn write_shared(vm: &mut Vm<Bench>, space: SpaceId, ea: u64, touches: &[(u64, u32)]) {
    for (page, object) in touches {
        write(vm, space, ea + page * PAGE, *page).unwrap();
        assert_eq!(vm.frame_counts().object, *object, "after page {page}");
    }
}

#[test]
fn shared_memory_is_filled_ahead_and_files_are_not() {
    let mut vm = goes_ahead(Limits::for_frames(200), Fork::Shared);
    let space = vm.create_space().unwrap();
    let object = vm.create_memory(30).unwrap();
    // By VSID, and by aliases, where blocks lie otherwise.
    let unaligned = 2 * A + 3 * PAGE;
    vm.map(space, &object_at(A, 30, object)).unwrap();
    vm.map(space, &object_at(unaligned, 30, object)).unwrap();
    write_shared(&mut vm, space, A, &[(0, 1), (1, 8), (8, 16)]);
    write_shared(&mut vm, space, unaligned, &[(16, 21)]);
    let faults = vm.stat.faults;
    write_shared(&mut vm, space, A, &[(2, 21), (15, 21)]);
    write_shared(&mut vm, space, unaligned, &[(17, 21), (20, 21)]);
    assert_eq!(vm.stat.faults, faults, "the PTEs are there");
    write_shared(&mut vm, space, A, &[(23, 22), (24, 28), (29, 28)]);
    write_shared(&mut vm, space, A, &[(22, 29)]);
    (0..30).for_each(|page| {
        let written = [0, 1, 2, 8, 15, 16, 17, 20, 22, 23, 24, 29].contains(&page);
        assert_reads(&mut vm, space, page, if written { page } else { 0 });
    });
    vm.release_object(object);

    let file = vm.create_object(16).unwrap();
    vm.map(space, &object_at(3 * A, 16, file)).unwrap();
    let before = vm.frame_counts().object;
    let touches = [0, 1, 2, 3].map(|page| (page, before + page as u32 + 1));
    write_shared(&mut vm, space, 3 * A, &touches);
    assert_eq!(vm.object_frames(file), 4, "a file's holes are told");
    vm.release_object(file);
    assert_all_comes_back(vm, &[space]);
}

#[test]
fn what_objects_may_have_is_not_used_up_ahead() {
    let limits = Limits {
        kept: 30,
        ..Limits::for_frames(160)
    };
    let mut vm = goes_ahead(limits, Fork::Shared);
    let space = vm.create_space().unwrap();
    let object = vm.create_memory(32).unwrap();
    vm.map(space, &object_at(A, 32, object)).unwrap();
    write_shared(&mut vm, space, A, &[(0, 1), (1, 8), (8, 16)]);
    // A sixteenth of all frames would not be left.
    let touches: Vec<_> = (16..30).map(|page| (page, page as u32 + 1)).collect();
    write_shared(&mut vm, space, A, &touches);
    assert_eq!(write(&mut vm, space, A + 30 * PAGE, 1), Err(Fault::Full));
    vm.release_object(object);
    assert_all_comes_back(vm, &[space]);
}

/// A parent that has written 32 pages and has a child.
fn family(vm: &mut Vm<Bench>) -> [SpaceId; 2] {
    let space = parent(vm, 32);
    [space, vm.fork(space).unwrap()]
}

#[test]
fn inherited_memory_is_copied_ahead_after_half_a_block() {
    under_all(|fork| {
        let mut vm = goes_ahead(Limits::for_frames(200), fork);
        let spaces = family(&mut vm);
        let before = vm.stat.copies;
        // Four, in no order; to the end of a block; all of the next. Then four at the end of
        // one, and all of the next.
        let touches = [
            (0, 1),
            (1, 2),
            (3, 3),
            (2, 4),
            (4, 8),
            (8, 16),
            (20, 17),
            (21, 18),
            (22, 19),
            (23, 20),
            (24, 28),
            (30, 28),
        ];
        for (page, copies) in touches {
            write(&mut vm, spaces[1], A + page * PAGE, page).unwrap();
            assert_eq!(vm.stat.copies - before, copies, "{fork:?}: page {page}");
        }
        assert_eq!(vm.stat.copied_ahead, 17, "{fork:?}");
        let faults = vm.stat.faults;
        for page in [5, 6, 7, 9, 15, 25, 28] {
            write(&mut vm, spaces[1], A + page * PAGE, page).unwrap();
        }
        assert_eq!(vm.stat.faults, faults, "{fork:?}: the PTEs are there");
        let written = |page| {
            [5, 6, 7, 9, 15, 25, 28].contains(&page) || touches.iter().any(|(n, _)| *n == page)
        };
        for page in 0..32 {
            assert_reads(&mut vm, spaces[0], page, 100 + page);
            let word = if written(page) { page } else { 100 + page };
            assert_reads(&mut vm, spaces[1], page, word);
        }
        assert_all_comes_back(vm, &spaces);
    });
}

#[test]
fn nothing_is_copied_ahead_past_the_end_over_a_cut_or_when_frames_are_few() {
    under_both(|fork| {
        let mut vm = goes_ahead(Limits::for_frames(200), fork);
        let spaces = family(&mut vm);
        vm.unmap(spaces[1], Ea(A + 4 * PAGE), PAGE).unwrap();
        vm.map(spaces[1], &zero_at(A + 4 * PAGE, 1)).unwrap();
        vm.protect(spaces[1], Ea(A + 14 * PAGE), PAGE, Prot::READ)
            .unwrap();
        let mut touches: Vec<_> = (0..4).map(|page| (page, page + 1)).collect();
        // Page 4 is zero; page 14 is not to be written.
        touches.extend([(4, 4), (5, 7), (8, 13), (13, 13), (16, 14)]);
        for (page, copies) in touches {
            write(&mut vm, spaces[1], A + page * PAGE, page).unwrap();
            assert_eq!(vm.stat.copies, copies, "{fork:?}: after page {page}");
        }
        assert_reads(&mut vm, spaces[1], 14, 114);
        assert_all_comes_back(vm, &spaces);

        let mut vm = goes_ahead(Limits::for_frames(66), fork);
        let spaces = family(&mut vm);
        let pages = u64::from(vm.frame_counts().free - 1);
        (0..pages).for_each(|n| write(&mut vm, spaces[1], A + n * PAGE, n).unwrap());
        assert!(vm.frame_counts().free >= 1, "{fork:?}: one in sixteen");
        assert_all_comes_back(vm, &spaces);
    });
}

#[test]
fn the_last_to_see_pages_takes_them_over_ahead() {
    under_both(|fork| {
        let mut vm = goes_ahead(Limits::for_frames(200), fork);
        let spaces = family(&mut vm);
        (0..16).for_each(|n| write(&mut vm, spaces[1], A + n * PAGE, n).unwrap());
        let (copies, frames) = (vm.stat.copies, vm.frame_counts().private);
        (0..16).for_each(|n| write(&mut vm, spaces[0], A + n * PAGE, 50 + n).unwrap());
        assert_eq!(vm.stat.copies, copies, "{fork:?}");
        assert_eq!(vm.stat.renames, 16, "{fork:?}");
        assert_eq!(vm.frame_counts().private, frames, "{fork:?}");
        for n in 0..16 {
            assert_reads(&mut vm, spaces[0], n, 50 + n);
            assert_reads(&mut vm, spaces[1], n, n);
        }
        assert_all_comes_back(vm, &spaces);
    });
}
