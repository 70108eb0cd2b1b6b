//! Fragments of programs: what sharing schemes get wrong, if they do.

use super::generate::Writer;
use super::places::PAGES;
use super::program::Op::{self, *};

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

impl Writer {
    /// Adds a fragment, or a step of any kind.
    pub fn fragment(&mut self) {
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

    /// Two different spaces; the second is free to be a child.
    fn two(&mut self) -> (u8, u8) {
        let parent = self.space();
        match self.random.below(3) {
            0 => (parent, (parent + 1 + self.random.below(7)) % 8),
            _ => (parent, (parent + 1) % 4),
        }
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
