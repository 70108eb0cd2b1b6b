//! Random programs on many spaces, against an oracle that keeps each word and
//! really copies at fork. The seed is in every message.

mod common;
use common::*;
use std::collections::{BTreeMap, BTreeSet};
use vm::*;

/// Pages are chosen among these, so that programs meet themselves again: four
/// places in two segments, two of them on both sides of a boundary.
const PAGES: u64 = 24;

fn ea_of(n: u64) -> u64 {
    let start = [0x1000_0000, 0x1FFF_D000, 0x2800_0000, 0x3000_0000][(n / 6) as usize];
    start + n % 6 * PAGE_SIZE
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Page {
    Private(u64),
    Shared(ObjectId, u64),
}

#[derive(Clone, Default)]
struct Oracle {
    pages: BTreeMap<u64, (Prot, Page)>,
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % n
    }
}

struct Program {
    vm: Vm<Bench>,
    random: Random,
    spaces: Vec<(SpaceId, Oracle)>,
    objects: BTreeMap<(u32, u64), u64>,
    sizes: BTreeMap<u32, u64>,
    log: Vec<String>,
    /// Each fork is done in another way.
    mixed: bool,
}

impl Program {
    fn new(seed: u64, fork: Fork, limits: Limits, groups: u32) -> Program {
        let mut vm = machine_with(limits, groups, fork);
        let first = vm.create_space().unwrap();
        let random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let spaces = vec![(first, Oracle::default())];
        Program {
            vm,
            random,
            spaces,
            objects: BTreeMap::new(),
            sizes: BTreeMap::new(),
            log: vec![format!("seed {seed} {fork:?}")],
            mixed: false,
        }
    }

    fn step(&mut self) {
        let n = self.random.below(self.spaces.len() as u64) as usize;
        let page = self.random.below(PAGES);
        match self.random.below(100) {
            0..30 => self.write(n, page),
            30..55 => self.read(n, page),
            55..67 => self.map(n, page),
            67..75 => self.unmap(n, page),
            75..81 => self.protect(n, page),
            81..86 => self.map_object(n, page),
            86..95 => self.fork(n),
            _ => self.exit(n),
        }
    }

    fn note(&mut self, what: String) {
        self.log.push(what);
    }

    /// Up to six pages from `page`, within its place.
    fn range(&mut self, page: u64) -> std::ops::Range<u64> {
        page..(page + 1 + self.random.below(6)).min(page / 6 * 6 + 6)
    }

    fn write(&mut self, n: usize, page: u64) {
        let word = self.random.below(1 << 40);
        let ea = ea_of(page);
        self.note(format!("write {:?} {ea:#x} {word}", self.spaces[n].0));
        let result = write(&mut self.vm, self.spaces[n].0, ea, word);
        let expected = match self.spaces[n].1.pages.get(&ea) {
            None => Err(Fault::NotMapped),
            Some((prot, _)) if !prot.contains(Prot::WRITE) => Err(Fault::NotPermitted),
            Some((_, page)) => self.within(page).map(|_| ()),
        };
        if result == Err(Fault::NoMemory) {
            return assert_eq!(expected, Ok(()));
        }
        assert_eq!(result, expected, "{:#?}", self.log);
        if result.is_ok() {
            match &mut self.spaces[n].1.pages.get_mut(&ea).unwrap().1 {
                Page::Private(old) => *old = word,
                Page::Shared(object, at) => _ = self.objects.insert((object.0, *at), word),
            }
        }
    }

    fn read(&mut self, n: usize, page: u64) {
        let ea = ea_of(page);
        self.note(format!("read {:?} {ea:#x}", self.spaces[n].0));
        let result = read(&mut self.vm, self.spaces[n].0, ea);
        let expected = match self.spaces[n].1.pages.get(&ea) {
            None => Err(Fault::NotMapped),
            Some((prot, _)) if prot.is_empty() => Err(Fault::NotPermitted),
            Some((_, page)) => self.within(page),
        };
        if result != Err(Fault::NoMemory) {
            assert_eq!(result, expected, "{:#?}", self.log);
        }
    }

    /// What stands in a page, unless it is past the end of its object.
    fn within(&self, page: &Page) -> Result<u64, Fault> {
        match page {
            Page::Private(word) => Ok(*word),
            Page::Shared(object, at) if *at >= self.sizes[&object.0] => Err(Fault::PastEnd),
            Page::Shared(object, at) => {
                Ok(self.objects.get(&(object.0, *at)).copied().unwrap_or(0))
            }
        }
    }

    fn prot(&mut self) -> Prot {
        match self.random.below(8) {
            0 => Prot::empty(),
            1 | 2 => Prot::READ,
            _ => Prot::READ | Prot::WRITE,
        }
    }

    fn map(&mut self, n: usize, page: u64) {
        let range = self.range(page);
        let prot = self.prot();
        self.note(format!(
            "map {:?} {:#x} {range:?} {prot:?}",
            self.spaces[n].0,
            ea_of(page)
        ));
        let request = Map {
            prot,
            ..zero_at(ea_of(page), range.end - range.start)
        };
        if self.vm.map(self.spaces[n].0, &request).is_ok() {
            let pages = range.map(|page| (ea_of(page), (prot, Page::Private(0))));
            self.spaces[n].1.pages.extend(pages);
        }
    }

    /// The objects whose first page some space has mapped, each once.
    fn mapped_objects(&self) -> Vec<ObjectId> {
        let spaces = self.spaces.iter();
        let pages = spaces.flat_map(|(_, oracle)| oracle.pages.values());
        let objects = pages.filter_map(|(_, page)| match page {
            Page::Shared(object, 0) => Some(*object),
            _ => None,
        });
        BTreeSet::from_iter(objects).into_iter().collect()
    }

    fn map_object(&mut self, n: usize, page: u64) {
        let range = self.range(page);
        let pages = range.end - range.start;
        let prot = if self.random.below(3) == 0 {
            Prot::READ
        } else {
            Prot::READ | Prot::WRITE
        };
        let objects = self.mapped_objects();
        let old = objects
            .get(self.random.below(1 + objects.len() as u64) as usize)
            .copied();
        let object = match old {
            Some(object) => object,
            None => self.vm.create_object(pages).unwrap(),
        };
        self.note(format!(
            "{object:?} {:?} {:#x} {pages}",
            self.spaces[n].0,
            ea_of(page)
        ));
        let request = Map {
            prot,
            ..object_at(ea_of(page), pages, object)
        };
        let mapped = self.vm.map(self.spaces[n].0, &request);
        if old.is_none() {
            self.sizes.insert(object.0, pages);
            self.objects.retain(|(id, _), _| *id != object.0);
            self.vm.release_object(object);
        }
        // A mapping may reach past the end of an old object: SIGBUS there.
        if mapped.is_ok() {
            for (at, page) in range.enumerate() {
                let entry = (prot, Page::Shared(object, at as u64));
                self.spaces[n].1.pages.insert(ea_of(page), entry);
            }
        }
    }

    fn unmap(&mut self, n: usize, page: u64) {
        let range = self.range(page);
        self.note(format!(
            "unmap {:?} {:#x} {range:?}",
            self.spaces[n].0,
            ea_of(page)
        ));
        let len = (range.end - range.start) * PAGE_SIZE;
        if self
            .vm
            .unmap(self.spaces[n].0, Ea(ea_of(page)), len)
            .is_ok()
        {
            range.for_each(|page| _ = self.spaces[n].1.pages.remove(&ea_of(page)));
        }
    }

    fn protect(&mut self, n: usize, page: u64) {
        let range = self.range(page);
        let prot = self.prot();
        self.note(format!(
            "protect {:?} {:#x} {range:?} {prot:?}",
            self.spaces[n].0,
            ea_of(page)
        ));
        let (space, oracle) = &mut self.spaces[n];
        let pages = &mut oracle.pages;
        let covered = range.clone().all(|page| pages.contains_key(&ea_of(page)));
        let len = (range.end - range.start) * PAGE_SIZE;
        let result = self.vm.protect(*space, Ea(ea_of(page)), len, prot);
        if !covered {
            assert_eq!(result, Err(VmError::NoMemory), "{:#?}", self.log);
        }
        if result.is_ok() {
            range.for_each(|page| pages.get_mut(&ea_of(page)).unwrap().0 = prot);
        }
    }

    fn fork(&mut self, n: usize) {
        if self.spaces.len() == 8 {
            return;
        }
        if self.mixed {
            let all = [Fork::Shared, Fork::Lazy, Fork::Eager];
            let strategy = all[self.random.below(3) as usize];
            self.vm.set_strategy(strategy);
            self.note(format!("{strategy:?}"));
        }
        self.note(format!("fork {:?}", self.spaces[n].0));
        if let Ok(child) = self.vm.fork(self.spaces[n].0) {
            let oracle = self.spaces[n].1.clone();
            self.spaces.push((child, oracle));
        }
    }

    fn exit(&mut self, n: usize) {
        self.note(format!("exit {:?}", self.spaces[n].0));
        let (space, _) = self.spaces.swap_remove(n);
        self.vm.destroy_space(space);
        if self.spaces.is_empty() {
            self.spaces
                .push((self.vm.create_space().unwrap(), Oracle::default()));
        }
    }

    fn audit(&mut self) {
        let findings = self.vm.audit();
        assert!(findings.is_empty(), "{findings:#?} {:#?}", self.log);
        let counts = self.vm.frame_counts();
        let most = self.most_frames();
        assert!(
            counts.private + counts.object <= most,
            "{counts:?}, not {most}: {:#?}",
            self.log
        );
    }

    /// Frames that a kernel would use which copies everything at fork: one for each
    /// private page of each space, and one for each page of an object in use.
    fn most_frames(&self) -> u32 {
        let mut objects = std::collections::BTreeSet::new();
        let mut private = 0;
        for (_, page) in self
            .spaces
            .iter()
            .flat_map(|(_, oracle)| oracle.pages.values())
        {
            match page {
                Page::Private(_) => private += 1,
                Page::Shared(object, _) => _ = objects.insert(object.0),
            }
        }
        private
            + objects
                .iter()
                .map(|object| self.sizes[object] as u32)
                .sum::<u32>()
    }

    /// Every page of every space, and every frame.
    fn finish(mut self) {
        for n in 0..self.spaces.len() {
            (0..PAGES).for_each(|page| self.read(n, page));
        }
        let spaces: Vec<SpaceId> = self.spaces.iter().map(|(space, _)| *space).collect();
        assert_all_comes_back(self.vm, &spaces);
    }
}

fn run(seeds: std::ops::Range<u64>, limits: Limits, groups: u32) {
    under_all(|fork| {
        for seed in seeds.clone() {
            run_one(Program::new(seed, fork, limits, groups), seed);
        }
    });
    for seed in seeds {
        let mut program = Program::new(seed, Fork::Shared, limits, groups);
        program.mixed = true;
        run_one(program, seed);
    }
}

fn run_one(mut program: Program, seed: u64) {
    for step in 0..200 {
        program.step();
        // The audit settles what is pending, and would hide half of all
        // programs if it came after every step of each.
        if seed.is_multiple_of(2) || step % 50 == 49 {
            program.audit();
        }
    }
    program.finish();
}

#[test]
fn with_room_for_everything() {
    run(0..300, Limits::for_frames(1000), 16);
}

#[test]
fn with_a_table_of_two_groups() {
    run(1000..1300, Limits::for_frames(1000), 2);
}

#[test]
fn with_few_frames_few_aliases_and_few_vsids() {
    let limits = Limits {
        frames: 40,
        aliases: 6,
        segments: u32::MAX,
        generations: 2,
    };
    run(2000..2300, limits, 2);
    run(
        3000..3300,
        Limits {
            aliases: 30,
            ..limits
        },
        2,
    );
}
