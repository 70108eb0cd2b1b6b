//! What happens when something runs out, and what is refused.

mod common;
use common::*;
use vm::*;

#[test]
fn a_vsid_is_not_used_again_while_an_entry_has_it() {
    let limits = Limits {
        generations: 2,
        ..Limits::for_frames(32)
    };
    let mut vm = machine_with(limits, 4, Fork::Shared);
    for round in 0..50 {
        let space = vm.create_space().unwrap();
        vm.map(space, &zero_at(A, 4)).unwrap();
        assert_reads(&mut vm, space, 1, 0);
        write(&mut vm, space, A + PAGE, round).unwrap();
        assert_clean(&mut vm);
        vm.destroy_space(space);
    }
}

#[test]
fn out_of_frames_is_refused_and_loses_nothing() {
    under_all(|fork| {
        let mut vm = machine(12, fork);
        let parent = parent(&mut vm, 8);
        let child = vm.fork(parent).unwrap();
        let written = (0..8)
            .take_while(|n| write(&mut vm, child, A + n * PAGE, *n).is_ok())
            .count() as u64;
        assert_eq!(written, 4);
        assert_clean(&mut vm);
        (0..8).for_each(|n| assert_reads(&mut vm, parent, n, n + 100));
        (0..written).for_each(|n| assert_reads(&mut vm, child, n, n));
        vm.destroy_space(child);
        (0..8).for_each(|n| write(&mut vm, parent, A + n * PAGE, n).unwrap());
        assert_all_comes_back(vm, &[parent]);
    });
}

#[test]
fn requests_that_make_no_sense_are_refused() {
    let mut vm = machine(12, Fork::Shared);
    let space = vm.create_space().unwrap();
    let bad = [
        (A + 1, 1),
        (USER_END.0, 1),
        (USER_END.0 - PAGE, 2),
        (u64::MAX - PAGE + 1, 1),
    ];
    for (ea, pages) in bad {
        assert!(vm.map(space, &zero_at(ea, pages)).is_err(), "{ea:#x}");
        assert!(vm.unmap(space, Ea(ea), pages * PAGE).is_err(), "{ea:#x}");
    }
    assert_eq!(vm.map(space, &zero_at(A, 0)), Err(VmError::Invalid));
    assert_eq!(
        vm.map(
            space,
            &Map {
                len: u64::MAX,
                ..zero_at(A, 1)
            }
        ),
        Err(VmError::NoMemory)
    );
    assert_eq!(
        vm.protect(space, Ea(A), PAGE, Prot::READ),
        Err(VmError::NoMemory)
    );
    assert_eq!(read(&mut vm, space, A), Err(Fault::NotMapped));
    vm.map(
        space,
        &Map {
            prot: Prot::empty(),
            ..zero_at(A, 1)
        },
    )
    .unwrap();
    assert_eq!(read(&mut vm, space, A), Err(Fault::NotPermitted));
    vm.machine.heap_is_low = true;
    assert_eq!(vm.map(space, &zero_at(A, 1)), Err(VmError::NoMemory));
    assert_eq!(vm.fork(space), Err(VmError::NoMemory));
    assert_all_comes_back(vm, &[space]);
}

#[test]
fn what_one_instruction_needs_at_once_is_never_its_own_victim() {
    let mut vm = machine_with(Limits::for_frames(64), 2, Fork::Shared);
    let space = parent(&mut vm, 40);
    let mut entered = vec![];
    let mut state = 1u64;
    for _ in 0..5000 {
        state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        let ea = A + (state >> 33) % 40 * PAGE;
        // A page that is mapped anew leaves a free slot somewhere in the table.
        if !entered.iter().rev().take(4).any(|last| *last == ea) {
            vm.map(space, &zero_at(ea, 1)).unwrap();
        }
        let before = vm.stat.ptes_entered;
        read(&mut vm, space, ea).unwrap();
        if vm.stat.ptes_entered > before {
            entered.push(ea);
        }
        let last = entered.iter().rev().take(4);
        assert!(
            last.clone().all(|ea| is_entered(&mut vm, space, Ea(*ea))),
            "{last:?}"
        );
    }
    assert_all_comes_back(vm, &[space]);
}

#[test]
fn without_room_for_a_held_alias_an_eager_fork_is_refused() {
    let limits = Limits {
        aliases: 10,
        ..Limits::for_frames(64)
    };
    let mut vm = machine_with(limits, 4, Fork::Eager);
    let parent = parent(&mut vm, 8);
    let child = vm.fork(parent).unwrap();
    assert_eq!(vm.fork(parent), Err(VmError::NoMemory));
    write(&mut vm, parent, A, 5).unwrap();
    assert_reads(&mut vm, child, 0, 100);
    assert_all_comes_back(vm, &[parent, child]);
}

/// Tables that grow for good must leave the rest of the heap to the kernel.
#[test]
fn tables_do_not_grow_while_the_heap_is_low() {
    under_all(|fork| {
        let mut vm = machine(64, fork);
        let parent = parent(&mut vm, 30);
        let child = vm.fork(parent).unwrap();
        vm.machine.heap_is_low = true;
        let mut split = (0..30).step_by(2).map(|n| Ea(A + n * PAGE));
        let refused = split.find_map(|ea| vm.protect(child, ea, PAGE, Prot::READ).err());
        assert_eq!(refused, Some(VmError::NoMemory), "{fork:?}");
        (0..30).for_each(|n| assert_reads(&mut vm, child, n, n + 100));
        vm.machine.heap_is_low = false;
        vm.protect(child, Ea(A), PAGE, Prot::READ).unwrap();
        vm.machine.heap_is_low = true;
        vm.unmap(child, Ea(A), 30 * PAGE).unwrap();
        assert_clean(&mut vm);
        assert_all_comes_back(vm, &[parent, child]);
    });
}

/// What gives memory back must work just then.
#[test]
fn whole_regions_can_be_unmapped_while_the_heap_is_low() {
    let mut vm = machine(64, Fork::Shared);
    let space = parent(&mut vm, 30);
    vm.map(space, &zero_at(A + 40 * PAGE, 1)).unwrap();
    vm.machine.heap_is_low = true;
    let mut split = (0..30).step_by(2).map(|n| Ea(A + n * PAGE));
    let refused = split.find_map(|ea| vm.protect(space, ea, PAGE, Prot::READ).err());
    assert_eq!(refused, Some(VmError::NoMemory));
    vm.unmap(space, Ea(A), PAGE).unwrap();
    vm.unmap(space, Ea(A), 30 * PAGE).unwrap();
    assert_eq!(vm.regions(space).count(), 1);
    assert_all_comes_back(vm, &[space]);
}

#[test]
fn many_regions_are_joined_and_unmapped_at_once() {
    let mut vm = machine(64, Fork::Shared);
    let space = parent(&mut vm, 50);
    for n in (0..50).step_by(2) {
        vm.protect(space, Ea(A + n * PAGE), PAGE, Prot::READ)
            .unwrap();
    }
    assert_eq!(vm.regions(space).count(), 50);
    vm.unmap(space, Ea(A + 10 * PAGE), 5 * PAGE).unwrap();
    assert_eq!(vm.regions(space).count(), 45);
    let all = Prot::READ | Prot::WRITE;
    vm.protect(space, Ea(A), 10 * PAGE, all).unwrap();
    vm.protect(space, Ea(A + 15 * PAGE), 35 * PAGE, all)
        .unwrap();
    assert_eq!(vm.regions(space).count(), 2);
    vm.unmap(space, Ea(A + 5 * PAGE), 40 * PAGE).unwrap();
    let ends = vm
        .regions(space)
        .map(|region| (region.start.0, region.end.0));
    assert!(ends.eq([(A, A + 5 * PAGE), (A + 45 * PAGE, A + 50 * PAGE)]));
    assert_all_comes_back(vm, &[space]);
}

#[test]
fn what_was_forked_can_be_written_while_the_heap_is_low() {
    under_all(|fork| {
        let mut vm = machine(64, fork);
        let parent = parent(&mut vm, 4);
        let child = vm.fork(parent).unwrap();
        let others: Vec<SpaceId> = (0..4).map(|_| vm.fork(child).unwrap()).collect();
        others.into_iter().for_each(|other| vm.destroy_space(other));
        vm.machine.heap_is_low = true;
        for space in [child, parent] {
            (0..4).for_each(|n| write(&mut vm, space, A + n * PAGE, n).unwrap());
        }
        assert_all_comes_back(vm, &[parent, child]);
    });
}

/// What nobody's death would give back has a bound of its own: the rest is for what can
/// be had by killing.
#[test]
fn held_objects_take_so_many_frames_and_no_more() {
    let limits = Limits {
        kept: 3,
        ..Limits::for_frames(32)
    };
    let mut vm = machine_with(limits, 4, Fork::Shared);
    let object = vm.create_object(5).unwrap();
    for n in 0..3 {
        vm.object_page(object, n).unwrap();
    }
    assert_eq!(vm.object_page(object, 3), Err(Fault::Full));
    let space = vm.create_space().unwrap();
    vm.map(space, &object_at(A, 5, object)).unwrap();
    assert_eq!(write(&mut vm, space, A + 4 * PAGE, 1), Err(Fault::Full));
    vm.resize_object(object, 2).unwrap();
    vm.resize_object(object, 5).unwrap();
    write(&mut vm, space, A + 4 * PAGE, 1).unwrap();
    assert_eq!(vm.object_page(object, 3), Err(Fault::Full));
    // Released, it is kept by its mapping alone, and goes with that.
    vm.release_object(object);
    write(&mut vm, space, A + 3 * PAGE, 1).unwrap();
    let another = vm.create_object(3).unwrap();
    (0..3).for_each(|n| _ = vm.object_page(another, n).unwrap());
    vm.punch_object(another, 1..2);
    vm.object_page(another, 1).unwrap();
    vm.release_object(another);
    assert_all_comes_back(vm, &[space]);
}
