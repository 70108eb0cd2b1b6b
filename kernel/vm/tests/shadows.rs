//! Shadows: they stay few, nothing is lost or gained in a fold, and no page stays
//! that nobody sees.

mod common;
use common::*;
use vm::*;

#[test]
fn rights_taken_away_stay_away_after_a_fold() {
    under_all(|fork| {
        let mut vm = machine(64, fork);
        let parent = parent(&mut vm, 8);
        let child = vm.fork(parent).unwrap();
        vm.protect(parent, Ea(A), 4 * PAGE, Prot::READ).unwrap();
        vm.destroy_space(child);
        write(&mut vm, parent, A + 7 * PAGE, 1).unwrap();
        assert_eq!(write(&mut vm, parent, A, 1), Err(Fault::NotPermitted));
        assert_reads(&mut vm, parent, 0, 100);
        assert_all_comes_back(vm, &[parent]);
    });
}

#[test]
fn cycles_of_fork_write_and_exit_leave_no_trace() {
    under_all(|fork| {
        let mut vm = machine(256, fork);
        let parent = parent(&mut vm, 16);
        for n in 0..1000 {
            let child = vm.fork(parent).unwrap();
            write(&mut vm, child, A + n % 16 * PAGE, n).unwrap();
            write(&mut vm, parent, A + n % 7 * PAGE, n).unwrap();
            vm.destroy_space(child);
            assert!(vm.segments(parent).all(|slot| slot.depth <= 1));
        }
        assert_clean(&mut vm);
        assert_eq!(vm.frame_counts().private, 16);
        assert_all_comes_back(vm, &[parent]);
    });
}

#[test]
fn two_hundred_children_at_once_stay_within_sixteen_shadows() {
    under_all(|fork| {
        let mut vm = machine_with(Limits::for_frames(4000), 64, fork);
        let parent = parent(&mut vm, 16);
        let mut all = vec![parent];
        for n in 0..200 {
            let child = vm.fork(parent).unwrap();
            write(&mut vm, child, A, n).unwrap();
            write(&mut vm, parent, A + (1 + n % 3) * PAGE, n).unwrap();
            all.push(child);
        }
        for (n, child) in all[1..].iter().enumerate() {
            assert_reads(&mut vm, *child, 0, n as u64);
            assert_reads(&mut vm, *child, 5, 105);
            let last = (0..n as u64).rev().find(|m| m % 3 == 0);
            assert_reads(&mut vm, *child, 1, last.unwrap_or(101));
        }
        assert_all_comes_back(vm, &all);
    });
}

#[test]
fn holes_stay_holes_when_a_deep_chain_is_flattened() {
    under_both(|fork| {
        let mut vm = machine_with(Limits::for_frames(2000), 64, fork);
        let parent = parent(&mut vm, 40);
        let mut all = vec![parent];
        for n in 0..39 {
            all.push(vm.fork(parent).unwrap());
            vm.map(parent, &zero_at(A + n * PAGE, 1)).unwrap();
            write(&mut vm, parent, A + 39 * PAGE, n).unwrap();
        }
        assert!(vm.stat.flattens > 0);
        (0..39).for_each(|n| assert_reads(&mut vm, parent, n, 0));
        for (n, child) in all[1..]
            .iter()
            .enumerate()
            .map(|(n, child)| (n as u64, *child))
        {
            assert_reads(&mut vm, child, n, n + 100);
            assert_reads(
                &mut vm,
                child,
                n.saturating_sub(1),
                if n == 0 { 100 } else { 0 },
            );
        }
        assert_all_comes_back(vm, &all);
    });
}

/// Forks `forks` times, with a write of some pages after each. After the fork
/// number `lower_at`, page 0 may no longer be written. Then the children go, from
/// the last to the first or the other way: page 0 stays as it is through all the
/// folds, into whichever segment they go.
fn lowered_stays_lowered(forks: usize, lower_at: usize, pages_at: impl Fn(usize) -> u64) {
    under_all(|fork| {
        for last_first in [false, true] {
            let mut vm = machine_with(
                Limits {
                    aliases: 20_000,
                    ..Limits::for_frames(4000)
                },
                256,
                fork,
            );
            let parent = parent(&mut vm, 300);
            let mut children = Vec::new();
            for n in 0..forks {
                children.push(vm.fork(parent).unwrap());
                if n == lower_at {
                    vm.protect(parent, Ea(A), PAGE, Prot::READ).unwrap();
                }
                for page in 0..pages_at(n) {
                    write(&mut vm, parent, A + (1 + n as u64 * 5 + page) * PAGE, 1).unwrap();
                }
            }
            while !children.is_empty() {
                let n = if last_first { children.len() - 1 } else { 0 };
                vm.destroy_space(children.remove(n));
                write(&mut vm, parent, A + 299 * PAGE, 1).unwrap();
                assert_eq!(write(&mut vm, parent, A, 1), Err(Fault::NotPermitted));
            }
            assert_reads(&mut vm, parent, 0, 100);
            assert_all_comes_back(vm, &[parent]);
        }
    });
}

#[test]
fn rights_taken_away_stay_away_through_every_fold() {
    lowered_stays_lowered(1, 0, |_| 0);
    lowered_stays_lowered(2, 0, |n| n as u64);
    lowered_stays_lowered(2, 0, |n| 1 + 2 * n as u64);
    lowered_stays_lowered(2, 1, |n| 3 - 2 * n as u64);
    lowered_stays_lowered(40, 5, |_| 1);
}

#[test]
fn a_page_that_nobody_sees_any_more_is_free_at_once() {
    under_both(|fork| {
        let mut vm = machine(64, fork);
        let parent = parent(&mut vm, 8);
        let child = vm.fork(parent).unwrap();
        write(&mut vm, parent, A, 1).unwrap();
        assert_eq!(vm.frame_counts().private, 9);
        vm.unmap(child, Ea(A), PAGE).unwrap();
        assert_eq!(vm.frame_counts().private, 8);
        assert_all_comes_back(vm, &[parent, child]);
    });
}
