//! Things by number, found in a few instructions.
//!
//! Numbers are given in ascending order: to processes, threads and inodes. So those that
//! are used together are near each other. They are kept in **leaves** of [`ROWS`] numbers in
//! a row, in order, and the leaf found last is looked at first. A step of growth is a leaf,
//! or room for more in the list of leaves, 16 bytes each.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::Cell;

/// Numbers in a leaf.
const ROWS: usize = 64;

struct Leaf<T> {
    /// How many rows are not empty: at least one.
    used: usize,
    rows: [Option<Box<T>>; ROWS],
}

/// Things of type `T`, each with a number that no other has.
pub struct Numbered<T> {
    /// In order: the number of row 0 divided by [`ROWS`].
    leaves: Vec<(u64, Box<Leaf<T>>)>,
    /// Where the last one was found.
    last: Cell<usize>,
    len: usize,
}

impl<T> Numbered<T> {
    /// Nothing.
    pub const fn new() -> Numbered<T> {
        Numbered {
            leaves: Vec::new(),
            last: Cell::new(0),
            len: 0,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Where the leaf for `number` is, or where it would be.
    fn search(&self, number: u64) -> Result<usize, usize> {
        let key = number / ROWS as u64;
        let found = self.leaves.binary_search_by_key(&key, |(key, _)| *key);
        found.inspect(|at| self.last.set(*at))
    }

    /// The row for `number`, if it is in the leaf found last.
    #[inline]
    fn near(&self, number: u64) -> Option<&Option<Box<T>>> {
        let (key, leaf) = self.leaves.get(self.last.get())?;
        let row = number.wrapping_sub(*key * ROWS as u64);
        leaf.rows.get(row as usize)
    }

    /// The row for `number`, if it is in another.
    #[cold]
    #[inline(never)]
    fn far(&self, number: u64) -> Option<&Option<Box<T>>> {
        self.search(number).ok()?;
        self.near(number)
    }

    /// The one with `number`.
    #[inline]
    pub fn get(&self, number: u64) -> Option<&T> {
        match self.near(number) {
            Some(row) => row.as_deref(),
            None => self.far(number)?.as_deref(),
        }
    }

    /// The same, to be changed, if it is in the leaf found last.
    #[inline]
    pub fn get_near(&mut self, number: u64) -> Option<&mut T> {
        let (key, leaf) = self.leaves.get_mut(self.last.get())?;
        let row = number.wrapping_sub(*key * ROWS as u64);
        leaf.rows.get_mut(row as usize)?.as_deref_mut()
    }

    /// The same, wherever it is.
    #[inline]
    pub fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        if self.near(number).is_none() {
            self.far(number)?;
        }
        self.get_near(number)
    }

    /// Adds `thing` as the one with `number`, which nothing has.
    pub fn insert(&mut self, number: u64, thing: T) {
        let at = self.search(number).unwrap_or_else(|at| {
            let leaf = Leaf {
                used: 0,
                rows: [const { None }; ROWS],
            };
            self.leaves
                .insert(at, (number / ROWS as u64, Box::new(leaf)));
            at
        });
        let leaf = &mut self.leaves[at].1;
        let row = &mut leaf.rows[number as usize % ROWS];
        debug_assert!(row.is_none(), "{number} is there twice");
        *row = Some(Box::new(thing));
        leaf.used += 1;
        self.len += 1;
    }

    /// Takes out the one with `number`.
    pub fn remove(&mut self, number: u64) -> Option<T> {
        let at = self.search(number).ok()?;
        let leaf = &mut self.leaves[at].1;
        let thing = leaf.rows[number as usize % ROWS].take()?;
        leaf.used -= 1;
        if leaf.used == 0 {
            self.leaves.remove(at);
        }
        self.len -= 1;
        Some(*thing)
    }

    /// All, by number.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        self.leaves.iter().flat_map(|(key, leaf)| {
            let rows = (key * ROWS as u64..).zip(&leaf.rows);
            rows.filter_map(|(number, row)| Some((number, row.as_deref()?)))
        })
    }

    /// All, by number.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        let rows = self.leaves.iter().flat_map(|(_, leaf)| &leaf.rows);
        rows.filter_map(Option::as_deref)
    }

    /// All, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        let rows = self.leaves.iter_mut().flat_map(|(_, leaf)| &mut leaf.rows);
        rows.filter_map(Option::as_deref_mut)
    }

    /// Gives back the room that nothing needs.
    pub fn shrink(&mut self) {
        self.leaves.shrink_to_fit();
    }
}
