//! The virtual memory on the table in memory, with more pages than their two groups have
//! slots: 32 of each segment that are 2048 pages apart, so in the smallest table all of them
//! want the same sixteen slots.

mod common;
use common::*;
use std::collections::BTreeMap;
use vm::*;
use zerocopy::byteorder::{BigEndian, ByteOrder, LittleEndian};

const PAGES: u64 = 32;

/// Where page `n` of the 32 is: in the first segment that a program may use.
fn at(n: u64) -> Ea {
    Ea(SEGMENT_SIZE + n * u64::from(GROUPS) * PAGE_SIZE)
}

/// Maps page `n`, private and zero.
fn map<O: ByteOrder>(vm: &mut Vm<Bench<O>>, space: SpaceId, n: u64) {
    let request = Map {
        place: Place::Fixed(at(n)),
        len: PAGE_SIZE,
        prot: Prot::READ | Prot::WRITE,
        flags: Flags::empty(),
        source: Source::Zero,
        label: Label::None,
    };
    vm.map(space, &request).unwrap();
}

/// A space with all 32.
fn parent<O: ByteOrder>(vm: &mut Vm<Bench<O>>) -> SpaceId {
    let space = vm.create_space().unwrap();
    (0..PAGES).for_each(|n| map(vm, space, n));
    space
}

/// What was ever noted of page `n`, in the table and before.
fn noted<O: ByteOrder>(vm: &Vm<Bench<O>>, space: SpaceId, n: u64) -> (Noted, Option<PteSlot>) {
    let frame = vm.peek(space, at(n)).unwrap();
    let name = vm.frame_records(frame).next().unwrap();
    (name.noted, name.pte)
}

/// Runs `test` in both byte orders and under each strategy.
macro_rules! everywhere {
    ($test:ident) => {
        for fork in [Fork::Shared, Fork::Lazy, Fork::Eager] {
            $test(machine::<BigEndian>(256, fork));
            $test(machine::<LittleEndian>(256, fork));
        }
    };
}

#[test]
fn r_and_c_outlive_the_entry() {
    fn test<O: ByteOrder>(mut vm: Vm<Bench<O>>) {
        let space = parent(&mut vm);
        for n in 0..PAGES {
            match n % 2 {
                0 => write(&mut vm, space, at(n), n + 100).unwrap(),
                _ => assert_eq!(read(&mut vm, space, at(n)), Ok(0)),
            }
        }
        let entered = |n: &u64| noted(&vm, space, *n).1.is_some();
        assert_eq!((0..PAGES).filter(entered).count(), 16);
        assert_eq!(vm.stat.evictions, PAGES - 16);
        for n in 0..PAGES {
            let expected = match n % 2 {
                0 => Noted::all(),
                _ => Noted::REFERENCED,
            };
            assert_eq!(noted(&vm, space, n).0, expected, "page {n}");
        }
        assert_clean(&mut vm);
    }
    everywhere!(test);
}

#[test]
fn every_page_comes_back_after_it_was_evicted() {
    fn test<O: ByteOrder>(mut vm: Vm<Bench<O>>) {
        let space = parent(&mut vm);
        for n in 0..PAGES {
            write(&mut vm, space, at(n), n + 100).unwrap();
        }
        let child = vm.fork(space).unwrap();
        for n in 0..PAGES {
            assert_eq!(read(&mut vm, child, at(n)), Ok(n + 100));
            write(&mut vm, child, at(n), n + 200).unwrap();
        }
        for n in (0..PAGES).rev() {
            assert_eq!(read(&mut vm, space, at(n)), Ok(n + 100));
            assert_eq!(read(&mut vm, child, at(n)), Ok(n + 200));
        }
        assert!(vm.stat.evictions >= 2 * PAGES, "{:?}", vm.stat);
        assert_clean(&mut vm);
        vm.destroy_space(child);
        vm.destroy_space(space);
        assert_clean(&mut vm);
        assert_eq!(vm.htab_counts().live, 0);
    }
    everywhere!(test);
}

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        (self.0 >> 33) % sides
    }
}

/// A page that is mapped: its word, and whether it may be written.
type Page = (u64, bool);

/// What each space should find.
type Model = Vec<(SpaceId, BTreeMap<u64, Page>)>;

/// One step of a random program, done to both.
fn step<O: ByteOrder>(vm: &mut Vm<Bench<O>>, model: &mut Model, dice: &mut Dice, number: u64) {
    let who = dice.roll(model.len() as u64) as usize;
    match dice.roll(60) {
        0 if model.len() < 4 => {
            let child = vm.fork(model[who].0).unwrap();
            let pages = model[who].1.clone();
            model.push((child, pages));
        }
        1 if model.len() > 1 => {
            let (space, _) = model.remove(who);
            vm.destroy_space(space);
        }
        roll => {
            let (space, pages) = &mut model[who];
            change_or_use(vm, *space, pages, roll, dice.roll(PAGES), number);
        }
    }
}

/// A step that is about page `n` of one space.
fn change_or_use<O: ByteOrder>(
    vm: &mut Vm<Bench<O>>,
    space: SpaceId,
    pages: &mut BTreeMap<u64, Page>,
    roll: u64,
    n: u64,
    number: u64,
) {
    let page = pages.get_mut(&n);
    match (roll, page) {
        (2..=3, _) => {
            vm.unmap(space, at(n), PAGE_SIZE).unwrap();
            pages.remove(&n);
        }
        (4..=6, _) => {
            map(vm, space, n);
            pages.insert(n, (0, true));
        }
        (7..=11, Some((_, writable))) => {
            *writable = !*writable;
            let prot = Prot::READ
                | if *writable {
                    Prot::WRITE
                } else {
                    Prot::empty()
                };
            vm.protect(space, at(n), PAGE_SIZE, prot).unwrap();
        }
        (12..=35, page) => {
            let done = write(vm, space, at(n), number);
            let expected = match page {
                Some((word, true)) => {
                    *word = number;
                    Ok(())
                }
                Some(_) => Err(Fault::NotPermitted),
                None => Err(Fault::NotMapped),
            };
            assert_eq!(done, expected);
        }
        (_, page) => {
            let expected = page.map(|(word, _)| *word).ok_or(Fault::NotMapped);
            assert_eq!(read(vm, space, at(n)), expected);
        }
    }
}

#[test]
fn a_random_program_finds_what_it_wrote() {
    fn test<O: ByteOrder>(mut vm: Vm<Bench<O>>) {
        let mut dice = Dice(20);
        let first = parent(&mut vm);
        let mut model = vec![(first, (0..PAGES).map(|n| (n, (0, true))).collect())];
        for number in 1..=20_000 {
            step(&mut vm, &mut model, &mut dice, number);
            if number % 100 == 0 {
                assert_clean(&mut vm);
            }
        }
        let stat = vm.stat;
        assert!(stat.evictions > 100 && stat.groups_full > 100, "{stat:?}");
        assert!(stat.ptes_protected > 100 && stat.forks > 100, "{stat:?}");
        for (space, _) in model {
            vm.destroy_space(space);
        }
        assert_clean(&mut vm);
        assert_eq!(vm.frame_counts().free, 256);
        // Entries of dead segments are the only ones that may be left.
        assert_eq!(vm.htab_counts().live, 0);
    }
    everywhere!(test);
}
