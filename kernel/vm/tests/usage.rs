//! What is said of frames, groups and pages, and what it costs to translate.

mod common;
use common::*;
use vm::*;

fn usage(vm: &Vm<Bench>, space: SpaceId) -> Usage {
    let region = *vm.regions(space).next().unwrap();
    vm.usage(space, &region).unwrap()
}

#[test]
fn pages_are_counted_by_who_sees_them() {
    under_all(|fork| {
        let mut vm = machine(64, fork);
        let space = parent(&mut vm, 4);
        let alone = Usage {
            rss: 4 * PAGE,
            pss: 4 * PAGE,
            private_dirty: 4 * PAGE,
            referenced: 4 * PAGE,
            anonymous: 4 * PAGE,
            ..Usage::default()
        };
        assert_eq!(usage(&vm, space), alone);
        let child = vm.fork(space).unwrap();
        write(&mut vm, child, A, 1).unwrap();
        for who in [space, child] {
            let Usage {
                rss,
                pss,
                shared_dirty,
                private_dirty,
                ..
            } = usage(&vm, who);
            assert_eq!((rss, pss), (4 * PAGE, PAGE + 3 * PAGE / 2));
            assert_eq!((shared_dirty, private_dirty), (3 * PAGE, PAGE));
        }
        vm.destroy_space(child);
        assert_eq!(usage(&vm, space).private_dirty, 4 * PAGE);
        assert_all_comes_back(vm, &[space]);
    });
}

#[test]
fn a_frame_tells_its_name_and_its_aliases() {
    let mut vm = machine(64, Fork::Shared);
    let object = vm.create_object(2).unwrap();
    let [aligned, shifted] = [(); 2].map(|()| vm.create_space().unwrap());
    vm.map(aligned, &object_at(A, 2, object)).unwrap();
    vm.map(shifted, &object_at(A + PAGE, 2, object)).unwrap();
    write(&mut vm, aligned, A, 1).unwrap();
    assert_reads(&mut vm, shifted, 1, 1);
    let frame = vm.peek(aligned, Ea(A)).unwrap();
    assert_eq!(vm.frame_use(frame), Some(FrameUse::Object));
    let records: Vec<RecordReport> = vm.frame_records(frame).collect();
    let reach: Vec<Reach> = records.iter().map(|record| record.reach).collect();
    assert_eq!(reach, [Reach::Name, Reach::Derived]);
    assert!(records[0].noted.contains(Noted::CHANGED));
    assert!(!records[1].noted.contains(Noted::CHANGED));
    for record in &records {
        let group = record.pte.unwrap().0 / GROUP;
        let entries: Vec<_> = vm.group(group).unwrap().collect();
        let entry = entries[(record.pte.unwrap().0 % GROUP) as usize];
        assert_eq!(entry.0, SlotUse::Live(record.reach));
        assert_eq!(entry.1.unwrap().0.vpn, record.vpn);
    }
    assert_eq!(usage(&vm, shifted).shared_dirty, 0);
    assert_eq!(usage(&vm, shifted).shared_clean, PAGE);
    assert_eq!(vm.frame_use(FrameNo(0)), Some(FrameUse::Kernel));
    assert_eq!(vm.frame_use(FrameNo(60)), Some(FrameUse::Free));
    assert_eq!(vm.frame_use(FrameNo(1 << 20)), None);
    vm.release_object(object);
    assert_all_comes_back(vm, &[aligned, shifted]);
}

#[test]
fn a_hundred_aligned_readers_cost_no_alias_and_unaligned_ones_one_a_page() {
    let readers = |start: u64| {
        let mut vm = machine(64, Fork::Shared);
        let object = vm.create_object(20).unwrap();
        let map = Map {
            prot: Prot::READ,
            ..object_at(start, 20, object)
        };
        let mut spaces = Vec::new();
        let mut costs = Vec::new();
        for _ in 0..2 {
            let space = vm.create_space().unwrap();
            vm.map(space, &map).unwrap();
            (0..20).for_each(|n| _ = read(&mut vm, space, start + n * PAGE));
            costs.push(vm.translation());
            spaces.push(space);
        }
        let aliases = costs[1].aliases - costs[0].aliases;
        vm.release_object(object);
        assert_all_comes_back(vm, &spaces);
        (aliases, costs[1].segments - costs[0].segments)
    };
    assert_eq!(readers(A), (0, 0));
    let (aliases, segments) = readers(A + PAGE);
    assert_eq!(aliases, 20 * 40);
    assert!(segments > 0);
}

/// All at once and one by one, the same pages are there.
#[test]
fn resident_pages_are_those_that_can_be_peeked() {
    under_all(|fork| {
        let mut vm = machine(64, fork);
        let object = vm.create_object(u64::from(SEGMENT_PAGES) + 40).unwrap();
        let space = parent(&mut vm, 12);
        let first = u64::from(SEGMENT_PAGES) - 3;
        let private = Map {
            source: Source::Private { object, first },
            ..zero_at(A + 20 * PAGE, 9)
        };
        vm.map(space, &private).unwrap();
        let shared = Map {
            source: Source::Shared { object, first },
            ..zero_at(A + 40 * PAGE, 9)
        };
        vm.map(space, &shared).unwrap();
        write(&mut vm, space, A + 42 * PAGE, 1).unwrap();
        write(&mut vm, space, A + 44 * PAGE, 1).unwrap();
        let child = vm.fork(space).unwrap();
        vm.clear(child, Ea(A + 2 * PAGE), 3 * PAGE).unwrap();
        write(&mut vm, child, A + 21 * PAGE, 2).unwrap();
        write(&mut vm, child, A + PAGE, 2).unwrap();
        vm.unmap(child, Ea(A + 9 * PAGE), PAGE).unwrap();
        for who in [space, child] {
            for start in [0, 3, 30] {
                let mut bytes = [0; 50];
                vm.resident(who, Ea(A + start * PAGE), &mut bytes);
                for (n, byte) in bytes.into_iter().enumerate() {
                    let ea = Ea(A + (start + n as u64) * PAGE);
                    let there = vm.peek(who, ea).is_some();
                    assert_eq!(byte != 0, there, "{who:?} {ea:?}");
                }
            }
        }
        vm.release_object(object);
        assert_all_comes_back(vm, &[space, child]);
    });
}
