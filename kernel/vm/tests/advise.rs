//! What a program says of its memory: advice, bounds, and stacks that grow.

mod common;
use common::*;
use vm::*;

const NONE: Flags = Flags::empty();

#[test]
fn cleared_pages_are_zero_and_only_for_the_one_who_asked() {
    under_all(|fork| {
        let mut vm = machine(64, fork);
        let space = parent(&mut vm, 4);
        let child = vm.fork(space).unwrap();
        vm.clear(space, Ea(A + PAGE), 2 * PAGE).unwrap();
        for (page, mine, its) in [(0, 100, 100), (1, 0, 101), (2, 0, 102), (3, 103, 103)] {
            assert_reads(&mut vm, space, page, mine);
            assert_reads(&mut vm, child, page, its);
        }
        vm.clear(child, Ea(A), 4 * PAGE).unwrap();
        assert_reads(&mut vm, child, 3, 0);
        assert_reads(&mut vm, space, 3, 103);
        assert_all_comes_back(vm, &[space, child]);
    });
}

#[test]
fn a_child_lacks_what_is_marked_and_has_wiped_what_is_to_be_wiped() {
    under_all(|fork| {
        let mut vm = machine(64, fork);
        let space = parent(&mut vm, 4);
        let mut mark = |page: u64, flags| {
            vm.set_flags(space, Ea(A + page * PAGE), PAGE, flags, NONE)
                .unwrap()
        };
        mark(0, Flags::DONT_FORK);
        mark(1, Flags::WIPE_ON_FORK);
        mark(2, Flags::LOCKED);
        let child = vm.fork(space).unwrap();
        assert_eq!(read(&mut vm, child, A), Err(Fault::NotMapped));
        assert_reads(&mut vm, child, 1, 0);
        assert_reads(&mut vm, child, 2, 102);
        write(&mut vm, child, A + PAGE, 5).unwrap();
        let flags: Vec<Flags> = vm.regions(child).map(|region| region.flags).collect();
        assert_eq!(flags, [Flags::WIPE_ON_FORK, NONE]);
        (0..4).for_each(|n| assert_reads(&mut vm, space, n, n + 100));
        let grandchild = vm.fork(child).unwrap();
        assert_reads(&mut vm, grandchild, 1, 0);
        assert_reads(&mut vm, grandchild, 3, 103);
        assert_all_comes_back(vm, &[space, child, grandchild]);
    });
}

#[test]
fn a_stack_grows_to_its_bound_and_keeps_away_from_its_neighbour() {
    under_all(|fork| {
        let mut vm = machine(64, fork);
        let space = vm.create_space().unwrap();
        let top = A + 0x100_0000;
        let stack = Map {
            flags: Flags::GROWS_DOWN,
            ..zero_at(top - PAGE, 1)
        };
        vm.map(space, &stack).unwrap();
        let bounds = Bounds {
            stack: 600 * PAGE,
            ..Bounds::NONE
        };
        vm.set_bounds(space, bounds);
        write(&mut vm, space, top - 9 * PAGE, 1).unwrap();
        assert_eq!(read(&mut vm, space, top - 2 * PAGE), Ok(0));
        assert_eq!(vm.regions(space).count(), 1);
        assert_eq!(
            read(&mut vm, space, top - 601 * PAGE),
            Err(Fault::NotMapped)
        );
        let child = vm.fork(space).unwrap();
        write(&mut vm, child, top - 600 * PAGE, 2).unwrap();
        assert_eq!(read(&mut vm, space, top - 600 * PAGE), Ok(0));
        vm.unmap(space, Ea(top - 600 * PAGE), 599 * PAGE).unwrap();
        vm.map(space, &zero_at(top - 300 * PAGE, 1)).unwrap();
        let gap = 256;
        let lowest = top - (300 - 1 - gap) * PAGE;
        assert_eq!(
            write(&mut vm, space, lowest - PAGE, 3),
            Err(Fault::NotMapped)
        );
        write(&mut vm, space, lowest, 3).unwrap();
        assert_all_comes_back(vm, &[space, child]);
    });
}

#[test]
fn bounds_refuse_and_leave_what_is_there() {
    let mut vm = machine(64, Fork::Shared);
    let space = parent(&mut vm, 4);
    let bounds = Bounds {
        address_space: 6 * PAGE,
        data: 5 * PAGE,
        ..Bounds::NONE
    };
    vm.set_bounds(space, bounds);
    let at = |page: u64, pages: u64| zero_at(A + page * PAGE, pages);
    let mut map = |request: &Map| vm.map(space, request);
    assert_eq!(map(&at(8, 3)), Err(VmError::NoMemory), "all");
    assert_eq!(map(&at(8, 2)), Err(VmError::NoMemory), "data");
    assert!(map(&at(2, 3)).is_ok(), "two of the three are there already");
    let read_only = Map {
        prot: Prot::READ,
        ..at(8, 1)
    };
    assert!(map(&read_only).is_ok(), "it is not data");
    let both = Prot::READ | Prot::WRITE;
    let become_data = vm.protect(space, Ea(A + 8 * PAGE), PAGE, both);
    assert_eq!(become_data, Err(VmError::NoMemory));
    assert_reads(&mut vm, space, 1, 101);
    assert_all_comes_back(vm, &[space]);
}

#[test]
fn a_populated_range_faults_no_more() {
    let mut vm = machine(64, Fork::Shared);
    let space = vm.create_space().unwrap();
    vm.map(space, &zero_at(A, 8)).unwrap();
    vm.populate(space, Ea(A), 8 * PAGE, Access::Write).unwrap();
    let faults = vm.stat.faults;
    (0..8).for_each(|n| write(&mut vm, space, A + n * PAGE, n).unwrap());
    assert_eq!(vm.stat.faults, faults);
    let hole = vm.populate(space, Ea(A), 9 * PAGE, Access::Read);
    assert_eq!(hole, Err(Fault::NotMapped));
    assert_all_comes_back(vm, &[space]);
}
