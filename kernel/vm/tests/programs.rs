//! What a program begins with: all its mappings at once, and its segments as it is entered.

mod common;
use common::*;
use vm::*;

/// Mappings of `pages` pages each at these addresses.
fn maps<const N: usize>(at: [u64; N], pages: u64) -> [Map; N] {
    at.map(|ea| zero_at(ea, pages))
}

#[test]
fn mapped_at_once_is_mapped_one_by_one() {
    let at = [A + 4 * PAGE, A, A + 2 * PAGE, A << 4];
    let mut vm = machine(64, Fork::Shared);
    let [first, second] = [0; 2].map(|_| vm.create_space().unwrap());
    vm.map_first(first, &maps(at, 2)).unwrap();
    for request in maps(at, 2) {
        vm.map(second, &request).unwrap();
    }
    let [first_has, second_has] = [first, second].map(|space| {
        let regions = vm.regions(space);
        regions
            .map(|region| (region.start, region.end))
            .collect::<Vec<_>>()
    });
    assert_eq!(first_has, second_has);
    assert_eq!(first_has.len(), 2, "neighbours are one region");
    write(&mut vm, first, A + 5 * PAGE, 1).unwrap();
    assert_clean(&mut vm);
    assert_all_comes_back(vm, &[first, second]);
}

#[test]
fn what_cannot_be_mapped_at_once_is_refused() {
    let mut vm = machine(64, Fork::Shared);
    let object = vm.create_object(2).unwrap();
    let requests = [
        (maps([A, A + PAGE], 2), VmError::Exists),
        (maps([A, A + 2 * PAGE + 1], 2), VmError::Invalid),
        (maps([A, USER_END.0 - PAGE], 2), VmError::NoMemory),
    ];
    for (mut request, error) in requests {
        request[0].source = Source::Shared { object, first: 0 };
        let space = vm.create_space().unwrap();
        assert_eq!(vm.map_first(space, &request), Err(error));
        vm.destroy_space(space);
        assert!(!vm.is_mapped(object), "a mapping is still counted");
        assert_clean(&mut vm);
    }
    let space = vm.create_space().unwrap();
    let bounds = Bounds {
        address_space: 3 * PAGE,
        ..Bounds::NONE
    };
    vm.set_bounds(space, bounds);
    let both = maps([A, A + 2 * PAGE], 2);
    assert_eq!(vm.map_first(space, &both), Err(VmError::NoMemory));
    vm.release_object(object);
    assert_all_comes_back(vm, &[space]);
}

/// A fork lowers all keys at once; whoever runs then must find the new ones.
#[test]
fn a_space_is_entered_with_its_segments() {
    under_all(|fork| {
        let mut vm = machine(64, fork);
        let parent = parent(&mut vm, 4);
        let child = vm.fork(parent).unwrap();
        for space in [child, parent, child] {
            vm.enter_space(space);
            let slots = vm.segments(space).count();
            let held = vm.machine.slb.keys().filter(|(other, _)| *other == space);
            assert_eq!(held.count(), slots, "{fork:?}");
            write(&mut vm, space, A, u64::from(space.0)).unwrap();
            assert_clean(&mut vm);
        }
        assert_reads(&mut vm, parent, 0, parent.0.into());
        assert_reads(&mut vm, child, 0, child.0.into());
        assert_all_comes_back(vm, &[parent, child]);
    });
}
