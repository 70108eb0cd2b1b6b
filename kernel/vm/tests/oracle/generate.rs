//! The generator: steps of any kind, mixed with fragments of programs that sharing
//! schemes get wrong.

use super::hunt::STEPS;
use super::places::PAGES;
use super::program::Op::{self, *};
use super::program::{Random, Step, step};

/// The program of a seed.
pub fn generate(seed: u64) -> Vec<Step> {
    let mut program = Writer {
        random: Random::new(seed),
        steps: Vec::with_capacity(STEPS + 40),
        focus: 0,
    };
    // The audit hides what is pending, and would hide half of all mistakes if it came
    // after each step of every program.
    if seed.is_multiple_of(2) {
        program.add(Settle, [1]);
    }
    while program.steps.len() < STEPS {
        program.fragment();
    }
    program.steps.truncate(STEPS);
    program.steps
}

/// The old length that asks mremap for the same pages once more.
const ONCE_MORE: u8 = 7;

/// How often steps of each kind come where any may.
const ANY: [(u32, Op); 23] = [
    (40, Write),
    (32, Read),
    (5, Resolve),
    (2, ForgetSegments),
    (14, MapZero),
    (8, MapShared),
    (8, MapPrivate),
    (9, Unmap),
    (8, Protect),
    (20, Remap),
    (6, Clear),
    (4, Flag),
    (3, Populate),
    (9, Fork),
    (3, Exit),
    (2, Create),
    (2, Release),
    (5, Resize),
    (3, Punch),
    (4, WriteFile),
    (2, ReadFile),
    (2, Settle),
    (2, Bound),
];

/// A program that is being written.
pub struct Writer {
    pub random: Random,
    pub steps: Vec<Step>,
    /// The page near which the program is at work for a while.
    pub focus: u8,
}

impl Writer {
    pub fn add<const N: usize>(&mut self, op: Op, numbers: [u8; N]) {
        self.steps.push(step(op, numbers));
    }

    /// A page: near where the program is at work, or one that is mapped, or any.
    pub fn page(&mut self) -> u8 {
        match self.random.below(10) {
            0..5 => self.near(self.focus),
            5..8 => PAGES as u8 + self.random.below(64),
            _ => self.random.below(PAGES as u32),
        }
    }

    /// A page near this one.
    pub fn near(&mut self, page: u8) -> u8 {
        (page + self.random.below(4)).min(PAGES as u8 - 1)
    }

    /// A page of the places.
    pub fn place(&mut self) -> u8 {
        match self.random.below(3) {
            0 => self.random.below(PAGES as u32),
            _ => self.near(self.focus),
        }
    }

    /// Mostly one of a few.
    pub fn space(&mut self) -> u8 {
        match self.random.below(4) {
            0 => self.random.below(8),
            _ => self.random.below(3),
        }
    }

    /// The size of a file: mostly as large as what maps it.
    pub fn size(&mut self, any: u8) -> u8 {
        self.random
            .weighted(&[(4, 0), (4, 1), (2, 6), (2, 7), (4, any)])
    }

    /// Mostly memory that can be written.
    pub fn prot(&mut self) -> u8 {
        self.random
            .weighted(&[(6, 0), (2, 1), (1, 3), (1, 4), (1, 5)])
    }

    pub fn any(&mut self) {
        let op = self.random.weighted(&ANY);
        let (space, page) = (self.space(), self.page());
        self.step_of(op, space, page);
    }

    /// A step of this kind on this page, or on any file.
    pub fn step_of(&mut self, op: Op, space: u8, page: u8) {
        let pages = self.pages();
        let r: [u8; 3] = std::array::from_fn(|_| self.random.below(40));
        match op {
            Read | Write | ForgetSegments | Exit => self.add(op, [space, page]),
            Resolve => self.add(op, [space, page, r[0]]),
            MapZero | MapShared | MapPrivate => self.map(op, space, page),
            Unmap | Clear => self.add(op, [space, page, pages]),
            Protect => {
                let prot = self.prot();
                self.add(op, [space, page, pages, prot]);
            }
            Remap => self.remap(space, page),
            Flag => self.add(op, [space, page, pages, r[0] % 4, r[1] % 3]),
            Populate => self.add(op, [space, page, pages, r[0] % 2]),
            Fork => self.add(op, [space, r[0] % 8, r[1] % 3]),
            Create | Release | Resize | Punch | WriteFile | ReadFile => self.file_step(op, r),
            Bound => self.add(op, [space, r[0] % 4, r[1] % 4]),
            Heap => self.add(op, [r[0] % 2]),
            Settle => self.add(op, []),
        }
    }

    fn map(&mut self, op: Op, space: u8, page: u8) {
        let (pages, prot, place) = (self.pages(), self.prot(), self.random.below(8));
        if op == MapZero {
            let grows = u8::from(self.random.below(6) == 0);
            return self.add(op, [space, page, pages, prot, place, grows]);
        }
        let (file, any) = (self.random.below(4), self.random.below(9));
        let first = self.random.weighted(&[(8, 0), (2, 1), (2, 2), (3, any)]);
        self.add(op, [space, page, pages, prot, place, file, first]);
    }

    fn remap(&mut self, space: u8, page: u8) {
        let (to, how) = (self.page(), self.random.below(4));
        let (pages, any) = (self.pages(), self.random.below(7));
        let (old, new, leave) = self.random.weighted(&[
            (3, (pages, any, 0)),
            (2, (pages, pages, 2)),
            (1, (ONCE_MORE, any, 0)),
        ]);
        self.add(Remap, [space, page, old, new, how, to, leave]);
    }

    fn file_step(&mut self, op: Op, r: [u8; 3]) {
        let (file, size) = (r[0] % 4, self.size(r[1]));
        match op {
            Create => self.add(op, [size]),
            Resize => self.add(op, [file, size]),
            _ => self.add(op, [file, r[1], r[2] % 6]),
        }
    }

    fn pages(&mut self) -> u8 {
        self.random
            .weighted(&[(4, 0), (3, 1), (3, 2), (2, 3), (1, 4), (2, 5)])
    }
}
