//! The sequences that sharing schemes get wrong, one by one: fork, and then one side
//! changes something.

mod common;
use common::*;
use vm::*;

#[test]
fn a_child_sees_what_its_parent_saw_and_no_more() {
    under_all(|fork| {
        let mut vm = machine(64, fork);
        let parent = parent(&mut vm, 8);
        let child = vm.fork(parent).unwrap();
        write(&mut vm, child, A, 1).unwrap();
        write(&mut vm, parent, A + PAGE, 2).unwrap();
        for (space, first, second) in [(parent, 100, 2), (child, 1, 101)] {
            assert_reads(&mut vm, space, 0, first);
            assert_reads(&mut vm, space, 1, second);
            assert_reads(&mut vm, space, 2, 102);
        }
        assert_all_comes_back(vm, &[parent, child]);
    });
}

#[test]
fn fork_writes_no_alias_no_pte_and_takes_no_frame() {
    under_both(|fork| {
        let mut vm = machine_with(Limits::for_frames(2000), 512, fork);
        let parent = parent(&mut vm, 1000);
        let (stat, free) = (vm.stat, vm.frame_counts().free);
        let child = vm.fork(parent).unwrap();
        assert_eq!(
            Stat {
                forks: 1,
                moves: vm.stat.moves,
                ..stat
            },
            vm.stat
        );
        assert_eq!(vm.frame_counts().free, free);
        assert_all_comes_back(vm, &[parent, child]);
    });
}

/// What the kernel places is not beside the stack, to which a child writes at once.
#[test]
fn a_child_that_uses_its_stack_still_shares_what_was_mapped() {
    let mut vm = machine(64, Fork::Shared);
    let space = vm.create_space().unwrap();
    let stack = USER_END.0 - 2 * PAGE;
    vm.map(space, &zero_at(stack, 2)).unwrap();
    let place = Place::Any;
    let mapped = vm
        .map(
            space,
            &Map {
                place,
                ..zero_at(0, 4)
            },
        )
        .unwrap();
    for at in [stack, mapped.0] {
        write(&mut vm, space, at, 1).unwrap();
    }
    let child = vm.fork(space).unwrap();
    write(&mut vm, child, stack, 2).unwrap();
    assert_eq!(read(&mut vm, child, mapped.0), Ok(1));
    assert_eq!(vm.stat.aliases_made, 0);
    assert_all_comes_back(vm, &[space, child]);
}

/// What one side does to page 1 of four after a fork; then either side exits or
/// not; then both read and write.
fn one_side_changes(change: impl Fn(&mut Vm<Bench>, SpaceId), expect: Result<u64, Fault>) {
    under_all(|fork| {
        for (changer, leaver) in [(0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (1, 2)] {
            let mut vm = machine(64, fork);
            let first = parent(&mut vm, 4);
            let sides = [first, vm.fork(first).unwrap()];
            change(&mut vm, sides[changer]);
            assert_clean(&mut vm);
            if leaver < 2 {
                vm.destroy_space(sides[leaver]);
            }
            let stays: Vec<usize> = (0..2).filter(|n| *n != leaver).collect();
            for side in &stays {
                let expected = if *side == changer { expect } else { Ok(101) };
                assert_eq!(read(&mut vm, sides[*side], A + PAGE), expected, "{fork:?}");
                for page in [0, 2, 3] {
                    assert_reads(&mut vm, sides[*side], page, 100 + page);
                    write(&mut vm, sides[*side], A + page * PAGE, page).unwrap();
                    assert_reads(&mut vm, sides[*side], page, page);
                }
            }
            let stays: Vec<SpaceId> = stays.iter().map(|n| sides[*n]).collect();
            assert_all_comes_back(vm, &stays);
        }
    });
}

#[test]
fn munmap_on_one_side() {
    let change = |vm: &mut Vm<Bench>, space| vm.unmap(space, Ea(A + PAGE), PAGE).unwrap();
    one_side_changes(change, Err(Fault::NotMapped));
}

#[test]
fn a_new_mapping_at_the_same_place_on_one_side() {
    let change = |vm: &mut Vm<Bench>, space| _ = vm.map(space, &zero_at(A + PAGE, 1)).unwrap();
    one_side_changes(change, Ok(0));
}

#[test]
fn munmap_and_a_later_mapping_on_one_side() {
    let change = |vm: &mut Vm<Bench>, space| {
        vm.unmap(space, Ea(A + PAGE), PAGE).unwrap();
        assert_eq!(read(vm, space, A + PAGE), Err(Fault::NotMapped));
        vm.map(space, &zero_at(A + PAGE, 1)).unwrap();
    };
    one_side_changes(change, Ok(0));
}

#[test]
fn a_shared_object_over_private_memory_on_one_side() {
    let change = |vm: &mut Vm<Bench>, space| {
        let object = vm.create_object(1).unwrap();
        vm.map(space, &object_at(A + PAGE, 1, object)).unwrap();
        vm.release_object(object);
        write(vm, space, A + PAGE, 77).unwrap();
    };
    one_side_changes(change, Ok(77));
}

#[test]
fn mprotect_on_one_side() {
    under_all(|fork| {
        for changer in 0..2 {
            let mut vm = machine(64, fork);
            let first = parent(&mut vm, 4);
            let sides = [first, vm.fork(first).unwrap()];
            vm.protect(sides[changer], Ea(A), 4 * PAGE, Prot::READ)
                .unwrap();
            let (lowered, other) = (sides[changer], sides[1 - changer]);
            assert_eq!(write(&mut vm, lowered, A, 1), Err(Fault::NotPermitted));
            write(&mut vm, other, A, 2).unwrap();
            assert_reads(&mut vm, lowered, 0, 100);
            vm.destroy_space(other);
            assert_eq!(write(&mut vm, lowered, A, 1), Err(Fault::NotPermitted));
            vm.protect(lowered, Ea(A), 2 * PAGE, Prot::READ | Prot::WRITE)
                .unwrap();
            write(&mut vm, lowered, A + PAGE, 3).unwrap();
            assert_eq!(
                write(&mut vm, lowered, A + 2 * PAGE, 1),
                Err(Fault::NotPermitted)
            );
            assert_reads(&mut vm, lowered, 0, 100);
            assert_reads(&mut vm, lowered, 3, 103);
            assert_all_comes_back(vm, &[lowered]);
        }
    });
}

#[test]
fn a_grandchild_over_a_hole_that_its_parent_remapped() {
    under_all(|fork| {
        let mut vm = machine(64, fork);
        let parent = parent(&mut vm, 4);
        let child = vm.fork(parent).unwrap();
        vm.unmap(child, Ea(A + PAGE), PAGE).unwrap();
        vm.map(child, &zero_at(A + PAGE, 1)).unwrap();
        let grandchild = vm.fork(child).unwrap();
        assert_reads(&mut vm, grandchild, 1, 0);
        write(&mut vm, grandchild, A + PAGE, 7).unwrap();
        vm.destroy_space(child);
        assert_reads(&mut vm, grandchild, 1, 7);
        assert_reads(&mut vm, grandchild, 2, 102);
        vm.destroy_space(parent);
        assert_reads(&mut vm, grandchild, 2, 102);
        write(&mut vm, grandchild, A + 2 * PAGE, 8).unwrap();
        assert_reads(&mut vm, grandchild, 0, 100);
        assert_all_comes_back(vm, &[grandchild]);
    });
}

#[test]
fn both_sides_rewrite_everything_within_twice_the_frames() {
    under_all(|fork| {
        let pages = 400;
        let mut vm = machine_with(
            Limits::for_frames(2 * pages as u32 + KERNEL_FRAMES),
            64,
            fork,
        );
        let parent = parent(&mut vm, pages);
        let child = vm.fork(parent).unwrap();
        for n in 0..pages {
            write(&mut vm, child, A + n * PAGE, n).unwrap();
        }
        for n in 0..pages {
            write(&mut vm, parent, A + n * PAGE, n + 1).unwrap();
        }
        assert_eq!(vm.frame_counts().free, 0);
        for n in 0..pages {
            assert_reads(&mut vm, child, n, n);
            assert_reads(&mut vm, parent, n, n + 1);
        }
        assert_all_comes_back(vm, &[parent, child]);
    });
}

#[test]
fn the_kernel_writes_into_a_page_that_both_share() {
    under_all(|fork| {
        for writer in 0..2 {
            let mut vm = machine(64, fork);
            let first = parent(&mut vm, 2);
            let sides = [first, vm.fork(first).unwrap()];
            let frame = vm.resolve(sides[writer], Ea(A), Access::Write).unwrap();
            vm.machine.words[frame.0 as usize] = 5;
            assert_reads(&mut vm, sides[writer], 0, 5);
            assert_reads(&mut vm, sides[1 - writer], 0, 100);
            assert_all_comes_back(vm, &sides);
        }
    });
}

#[test]
fn an_eager_fork_aliases_every_page_and_copies_none() {
    let mut vm = machine_with(Limits::for_frames(2000), 512, Fork::Eager);
    let parent = parent(&mut vm, 1000);
    let (stat, free) = (vm.stat, vm.frame_counts().free);
    let child = vm.fork(parent).unwrap();
    let aliases = vm.stat.aliases_made - stat.aliases_made;
    let lowered = vm.stat.ptes_protected - stat.ptes_protected;
    assert_eq!((aliases, lowered), (1000, 1000));
    assert_eq!((vm.stat.copies, vm.frame_counts().free), (0, free));
    vm.destroy_space(parent);
    assert_eq!(vm.stat.promotions, 1000);
    assert_reads(&mut vm, child, 999, 1099);
    write(&mut vm, child, A, 1).unwrap();
    assert_eq!(vm.stat.copies, 0, "nobody else has it");
    assert_all_comes_back(vm, &[child]);
}
