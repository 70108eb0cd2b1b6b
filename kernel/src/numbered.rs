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
    /// Bit n is set if row n is not empty: at least one is, but in the only leaf.
    used: u64,
    rows: [Option<Box<T>>; ROWS],
}

/// The numbers of the bits that are set, from the lowest.
fn bits(mut set: u64) -> impl Iterator<Item = usize> {
    core::iter::from_fn(move || {
        let lowest = set.trailing_zeros() as usize;
        set &= set.wrapping_sub(1);
        (lowest < ROWS).then_some(lowest)
    })
}

impl<T> Leaf<T> {
    #[cold]
    fn empty() -> Box<Leaf<T>> {
        Box::new(Leaf {
            used: 0,
            rows: [const { None }; ROWS],
        })
    }

    fn things(&self) -> impl Iterator<Item = (usize, &T)> {
        bits(self.used).filter_map(|n| Some((n, self.rows[n].as_deref()?)))
    }
}

/// Things of type `T`, each with a number that no other has.
pub struct Numbered<T> {
    /// In order: the number of row 0 divided by [`ROWS`].
    leaves: Vec<(u64, Box<Leaf<T>>)>,
    /// The leaf that was emptied last, to be the next one: a parent whose children's numbers
    /// begin a leaf would else make one for each of them.
    spare: Option<Box<Leaf<T>>>,
    /// Where the last one was found.
    last: Cell<usize>,
    len: usize,
}

impl<T> Numbered<T> {
    /// Nothing.
    pub const fn new() -> Numbered<T> {
        Numbered {
            leaves: Vec::new(),
            spare: None,
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
    pub fn insert(&mut self, number: u64, thing: Box<T>) {
        let at = self.search(number).unwrap_or_else(|at| {
            let leaf = self.spare.take().unwrap_or_else(Leaf::empty);
            self.leaves.insert(at, (number / ROWS as u64, leaf));
            at
        });
        let leaf = &mut self.leaves[at].1;
        let n = number as usize % ROWS;
        debug_assert!(leaf.rows[n].is_none(), "{number} is there twice");
        leaf.rows[n] = Some(thing);
        leaf.used |= 1 << n;
        self.len += 1;
    }

    /// Takes out the one with `number`.
    pub fn remove(&mut self, number: u64) -> Option<Box<T>> {
        let at = self.search(number).ok()?;
        let leaf = &mut self.leaves[at].1;
        let n = number as usize % ROWS;
        let thing = leaf.rows[n].take()?;
        leaf.used &= !(1 << n);
        if leaf.used == 0 && self.leaves.len() > 1 {
            self.spare = Some(self.leaves.remove(at).1);
        }
        self.len -= 1;
        Some(thing)
    }

    /// All, by number.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        self.leaves.iter().flat_map(|(key, leaf)| {
            let things = leaf.things();
            things.map(move |(n, thing)| (key * ROWS as u64 + n as u64, thing))
        })
    }

    /// All, by number.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        let things = self.leaves.iter().flat_map(|(_, leaf)| leaf.things());
        things.map(|(_, thing)| thing)
    }

    /// All, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        let rows = self.leaves.iter_mut().flat_map(|(_, leaf)| &mut leaf.rows);
        rows.filter_map(Option::as_deref_mut)
    }

    /// Gives back the room that nothing needs.
    pub fn shrink(&mut self) {
        self.leaves.shrink_to_fit();
        self.spare = None;
    }
}
