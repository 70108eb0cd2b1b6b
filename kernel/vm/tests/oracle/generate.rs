//! The generator: fragments of programs that sharing schemes get wrong, mixed with
//! steps of any kind.

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
    while program.steps.len() < STEPS {
        program.fragment();
    }
    program.steps.truncate(STEPS);
    program.steps
}

/// How often steps of each kind come where any may.
const ANY: [(u32, Op); 22] = [
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
];

/// What one side does to memory that it shares.
const CHANGES: [(u32, Op); 9] = [
    (6, Unmap),
    (6, Protect),
    (6, Clear),
    (10, Remap),
    (5, Flag),
    (5, MapZero),
    (3, MapPrivate),
    (2, MapShared),
    (3, Write),
];

struct Writer {
    random: Random,
    steps: Vec<Step>,
    /// The page near which the program is at work for a while.
    focus: u8,
}

impl Writer {
    fn fragment(&mut self) {
        if self.steps.is_empty() || self.random.below(20) == 0 {
            self.focus = self.random.below(PAGES as u32);
        }
        match self.random.below(100) {
            0..70 => self.any(),
            70..79 => self.one_side(),
            79..81 => self.remaps(),
            81..84 => self.grandchild(),
            84..90 => self.both_ways(),
            90..93 => self.told_of_fork(),
            93..95 => self.stack(),
            95..96 => self.sweep(),
            96..97 => self.little_heap(),
            97..98 => self.deep(),
            _ => self.file_changes(),
        }
    }

    fn add<const N: usize>(&mut self, op: Op, numbers: [u8; N]) {
        self.steps.push(step(op, numbers));
    }

    /// A page: near where the program is at work, or one that is mapped, or any.
    fn page(&mut self) -> u8 {
        match self.random.below(10) {
            0..5 => self.near(self.focus),
            5..8 => PAGES as u8 + self.random.below(64),
            _ => self.random.below(PAGES as u32),
        }
    }

    /// A page of the places.
    fn place(&mut self) -> u8 {
        match self.random.below(3) {
            0 => self.random.below(PAGES as u32),
            _ => self.near(self.focus),
        }
    }

    /// Mostly one of a few.
    fn space(&mut self) -> u8 {
        match self.random.below(4) {
            0 => self.random.below(8),
            _ => self.random.below(3),
        }
    }

    /// The size of a file: mostly as large as what maps it.
    fn size(&mut self, any: u8) -> u8 {
        self.random
            .weighted(&[(4, 0), (4, 1), (2, 6), (2, 7), (4, any)])
    }

    /// Mostly memory that can be written.
    fn prot(&mut self) -> u8 {
        self.random
            .weighted(&[(6, 0), (2, 1), (1, 3), (1, 4), (1, 5)])
    }

    fn any(&mut self) {
        let op = self.random.weighted(&ANY);
        let (space, page) = (self.space(), self.page());
        self.step_of(op, space, page);
    }

    /// A step of this kind on this page, or on any file.
    fn step_of(&mut self, op: Op, space: u8, page: u8) {
        let pages = self
            .random
            .weighted(&[(4, 0), (3, 1), (3, 2), (2, 3), (1, 4), (2, 5)]);
        let r: [u8; 4] = std::array::from_fn(|_| self.random.below(40));
        match op {
            Read | Write | ForgetSegments | Exit => self.add(op, [space, page]),
            Resolve => self.add(op, [space, page, r[0]]),
            MapZero => {
                let grows = u8::from(self.random.below(6) == 0);
                let prot = self.prot();
                self.add(op, [space, page, pages, prot, r[0] % 8, grows]);
            }
            MapShared | MapPrivate => {
                let first = self.random.weighted(&[(8, 0), (2, 1), (2, 2), (3, r[0])]);
                let prot = self.prot();
                self.add(op, [space, page, pages, prot, r[1] % 8, r[2] % 4, first]);
            }
            Unmap | Clear => self.add(op, [space, page, pages]),
            Protect => {
                let prot = self.prot();
                self.add(op, [space, page, pages, prot]);
            }
            Remap => {
                let to = self.page();
                let again = self.random.below(6) == 0;
                let (old, how, leave) = (if again { 7 } else { pages }, r[1] % 4, r[2] % 3);
                let new = if leave == 2 { old } else { r[0] % 7 };
                self.add(op, [space, page, old, new, how, to, leave]);
            }
            Flag => self.add(op, [space, page, pages, r[0] % 4, r[1] % 3]),
            Populate => self.add(op, [space, page, pages, r[0] % 2]),
            Fork => self.add(op, [space, r[0] % 8, r[1] % 3]),
            Create => {
                let size = self.size(r[0]);
                self.add(op, [size]);
            }
            Release => self.add(op, [r[0] % 4]),
            Resize => {
                let size = self.size(r[1]);
                self.add(op, [r[0] % 4, size]);
            }
            Punch => self.add(op, [r[0] % 4, r[1], r[2] % 6]),
            WriteFile | ReadFile => self.add(op, [r[0] % 4, r[1]]),
            Heap | Settle => self.add(op, [r[0] % 2]),
        }
    }

    /// Two different spaces; the second is free to be a child.
    fn two(&mut self) -> (u8, u8) {
        let parent = self.space();
        match self.random.below(3) {
            0 => (parent, (parent + 1 + self.random.below(7)) % 8),
            _ => (parent, (parent + 1) % 4),
        }
    }

    /// A page near this one.
    fn near(&mut self, page: u8) -> u8 {
        (page + self.random.below(4)).min(PAGES as u8 - 1)
    }

    /// Accesses of both spaces near a page.
    fn accesses(&mut self, spaces: [u8; 2], page: u8) {
        for _ in 0..1 + self.random.below(4) {
            let space = spaces[usize::from(self.random.below(2))];
            let page = match self.random.below(4) {
                0 => PAGES as u8 + self.random.below(64),
                _ => self.near(page),
            };
            let op = self.random.weighted(&[(3, Write), (2, Read)]);
            self.add(op, [space, page]);
        }
    }

    /// Memory with something in it.
    fn filled(&mut self, space: u8) -> u8 {
        let page = self.place();
        if self.random.below(3) > 0 {
            self.add(MapZero, [space, page, 3]);
        }
        for n in 0..self.random.below(4) {
            self.add(Write, [space, page + n]);
        }
        page
    }

    fn fork(&mut self, parent: u8, child: u8) {
        let strategy = self.random.below(3);
        self.add(Fork, [parent, child, strategy]);
    }

    /// Fork; one side changes something; the other may exit; then both go on.
    fn one_side(&mut self) {
        let (parent, child) = self.two();
        let page = self.filled(parent);
        self.fork(parent, child);
        if self.random.below(3) == 0 {
            self.accesses([parent, child], page);
        }
        let (changes, other) = match self.random.below(2) {
            0 => (parent, child),
            _ => (child, parent),
        };
        for _ in 0..1 + self.random.below(2) {
            let (op, at) = (self.random.weighted(&CHANGES), self.near(page));
            self.step_of(op, changes, at);
        }
        if self.random.below(2) == 0 {
            self.accesses([parent, child], page);
        }
        let leaves = self.random.below(3);
        if leaves < 2 {
            self.add(Exit, [[other, changes][usize::from(leaves)]]);
        }
        self.accesses([parent, child], page);
    }

    /// A hole that a child made, mapped anew; then a grandchild.
    fn grandchild(&mut self) {
        let (parent, child) = self.two();
        let grandchild = (child + 3) % 8;
        let page = self.filled(parent);
        self.fork(parent, child);
        let hole = self.near(page);
        self.add(Unmap, [child, hole, 0]);
        if self.random.below(4) > 0 {
            self.add(MapZero, [child, hole, 0]);
        }
        self.fork(child, grandchild);
        self.accesses([child, grandchild], page);
        if self.random.below(2) == 0 {
            let leaver = [parent, child][usize::from(self.random.below(2))];
            self.add(Exit, [leaver]);
        }
        self.accesses([parent, grandchild], page);
    }

    /// One file by VSID and by aliases, shared and private, written by all.
    fn both_ways(&mut self) {
        let (one, other) = self.two();
        let file = self.random.below(4);
        let aligned = [0, 9, 18, 30][usize::from(self.random.below(4))];
        let page = self.place();
        let own = self.random.weighted(&[(2, 0), (1, 7)]);
        self.add(Unmap, [one, aligned, 5]);
        self.add(MapShared, [one, aligned, 5, 0, own, file]);
        let kind = self.random.weighted(&[(1, MapShared), (1, MapPrivate)]);
        self.add(kind, [other, page, 3, 0, 0, file]);
        for _ in 0..2 + self.random.below(4) {
            self.accesses([one, one], aligned);
            self.accesses([other, other], page);
            self.add(Write, [one, PAGES as u8 + 63]);
            self.change_of_file(file);
        }
    }

    fn change_of_file(&mut self, file: u8) {
        let size = self
            .random
            .weighted(&[(3, 0), (3, 1), (1, 2), (2, 3), (2, 5), (2, 6), (1, 7)]);
        let at = self.random.below(6);
        match self.random.below(6) {
            0 | 1 => self.add(Resize, [file, size]),
            2 => self.add(Punch, [file, at, 1]),
            3 => self.add(WriteFile, [file, at]),
            _ => {}
        }
    }

    /// A file that grows, shrinks and is written while it is mapped.
    fn file_changes(&mut self) {
        let (one, other) = self.two();
        let (file, page) = (self.random.below(4), self.place());
        let kind = self.random.weighted(&[(1, MapShared), (2, MapPrivate)]);
        self.add(kind, [one, page, 5, 0, 0, file]);
        self.accesses([one, one], page);
        self.fork(one, other);
        for _ in 0..3 {
            self.change_of_file(file);
            self.accesses([one, other], page);
        }
    }

    /// What a child shall not have, or not the contents of.
    fn told_of_fork(&mut self) {
        let (parent, child) = self.two();
        let page = self.filled(parent);
        let flag = self.random.below(2);
        self.add(Flag, [parent, page, 1, flag]);
        self.fork(parent, child);
        self.accesses([parent, child], page);
        if self.random.below(2) == 0 {
            self.add(Flag, [child, page, 1, flag, 1]);
            self.fork(child, (child + 1) % 8);
        }
        self.accesses([child, (child + 1) % 8], page);
    }

    /// Written memory goes elsewhere, before a fork or after, and perhaps comes back.
    fn remaps(&mut self) {
        let (parent, child) = self.two();
        let page = self.filled(parent);
        if self.random.below(3) > 0 {
            self.fork(parent, child);
        }
        let (from, old) = (self.near(page), self.random.below(3));
        for mover in [parent, child] {
            let (how, to) = (1 + self.random.below(3), self.place());
            let (new, leave) =
                self.random
                    .weighted(&[(3, (old, 0)), (2, (old, 2)), (1, (old + 2, 0))]);
            self.add(Remap, [mover, from, old, new, how, to, leave]);
            self.accesses([parent, child], from);
        }
        if self.random.below(2) == 0 {
            self.add(Exit, [parent]);
            self.accesses([child, child], page);
        }
    }

    /// A stack, and what is below it; before a fork and after.
    fn stack(&mut self) {
        let (parent, child) = self.two();
        self.add(Unmap, [parent, 24, 5]);
        self.add(MapZero, [parent, 18, 1, 0, 0, 1]);
        self.fork(parent, child);
        for _ in 0..2 + self.random.below(3) {
            self.accesses([parent, child], 24);
        }
    }

    /// All pages of a space: more than a few groups have entries for.
    fn sweep(&mut self) {
        let space = self.space();
        let op = self.random.weighted(&[(2, Read), (1, Write)]);
        (0..PAGES as u8).for_each(|page| self.add(op, [space, page]));
    }

    fn little_heap(&mut self) {
        self.add(Heap, [1]);
        for _ in 0..1 + self.random.below(8) {
            self.any();
        }
        self.add(Heap, [0]);
    }

    /// Forks and writes until the chain of shadows is as deep as it may be.
    fn deep(&mut self) {
        let (parent, child) = self.two();
        let other = (parent + 8 - 1) % 8;
        let page = self.random.below(PAGES as u32 - 6);
        self.add(MapZero, [parent, page, 5]);
        for n in 0..18 {
            let child = if n % 2 == 0 { child } else { other };
            let (strategy, at) = (self.random.below(2), self.near(page));
            self.add(Write, [parent, at]);
            self.add(Fork, [parent, child, strategy]);
        }
    }
}
