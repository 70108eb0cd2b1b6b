//! Things by number, found in a few instructions.
//!
//! Numbers are given in ascending order: to processes, threads and inodes. So those that
//! are used together are near each other. They are kept in **leaves** of [`ROWS`] numbers in
//! a row, in order. Some are **at hand**, where they are looked for first: of those whose keys
//! have the same lowest bits the one that was last looked for to be changed. A step of growth
//! is a leaf, or room for more in the list of leaves, 16 bytes each.

use alloc::boxed::Box;
use alloc::vec::Vec;

/// Numbers in a leaf.
const ROWS: usize = 64;
/// Leaves at hand.
const HANDS: usize = 8;

struct Leaf<T> {
    rows: [Option<Box<T>>; ROWS],
    /// Bit n is set if row n is not empty: at least one is, but in the only leaf.
    used: u64,
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

/// A place for a leaf at hand.
struct Hand<T> {
    /// The first number of the leaf that is here, or that was and is no more.
    first: u64,
    leaf: Option<Box<Leaf<T>>>,
}

/// Which one the leaf for `number` is put into.
#[inline]
fn hand(number: u64) -> usize {
    number as usize / ROWS % HANDS
}

/// Things of type `T`, each with a number that no other has.
pub struct Numbered<T> {
    at_hand: [Hand<T>; HANDS],
    /// In order: the number of row 0 divided by [`ROWS`], the key; and the leaf if it is not
    /// at hand.
    leaves: Vec<(u64, Option<Box<Leaf<T>>>)>,
    /// The leaf that was emptied last, to be the next one: a parent whose children's numbers
    /// begin a leaf would else make one for each of them.
    spare: Option<Box<Leaf<T>>>,
    len: usize,
}

impl<T> Numbered<T> {
    /// Nothing.
    pub const fn new() -> Numbered<T> {
        Numbered {
            at_hand: [const {
                Hand {
                    first: 0,
                    leaf: None,
                }
            }; HANDS],
            leaves: Vec::new(),
            spare: None,
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

    /// Where the leaf for `number` is in the list, or where it would be.
    fn search(&self, number: u64) -> Result<usize, usize> {
        let key = number / ROWS as u64;
        self.leaves.binary_search_by_key(&key, |(key, _)| *key)
    }

    /// Puts leaf `at` of the list at hand.
    fn put_at_hand(&mut self, at: usize) {
        let (key, leaf) = &mut self.leaves[at];
        let Some(leaf) = leaf.take() else {
            return;
        };
        let first = *key * ROWS as u64;
        let hand = &mut self.at_hand[hand(first)];
        let before = core::mem::replace(&mut hand.first, first);
        if let Some(leaf) = hand.leaf.replace(leaf)
            && let Ok(at) = self.search(before)
        {
            self.leaves[at].1 = Some(leaf);
        }
    }

    /// Which leaf at hand has the row for `number`, and which row that is; or had, and then
    /// there is none.
    #[inline]
    fn near(&self, number: u64) -> Option<(usize, usize)> {
        let hand = hand(number);
        let row = number.wrapping_sub(self.at_hand[hand].first) as usize;
        (row < ROWS).then_some((hand, row))
    }

    /// The one with `number`, if it is in another leaf.
    #[cold]
    #[inline(never)]
    fn far(&self, number: u64) -> Option<&T> {
        let leaf = self.leaves[self.search(number).ok()?].1.as_ref()?;
        leaf.rows[number as usize % ROWS].as_deref()
    }

    /// The same, to be changed.
    #[cold]
    #[inline(never)]
    fn far_mut(&mut self, number: u64) -> Option<&mut T> {
        self.put_at_hand(self.search(number).ok()?);
        self.get_near(number)
    }

    /// The one with `number`.
    #[inline]
    pub fn get(&self, number: u64) -> Option<&T> {
        match self.near(number) {
            Some((hand, row)) => self.at_hand[hand].leaf.as_ref()?.rows[row].as_deref(),
            None => self.far(number),
        }
    }

    /// The same, to be changed, if it is in a leaf at hand.
    #[inline]
    pub fn get_near(&mut self, number: u64) -> Option<&mut T> {
        let (hand, row) = self.near(number)?;
        self.at_hand[hand].leaf.as_mut()?.rows[row].as_deref_mut()
    }

    /// The same, wherever it is.
    #[inline]
    pub fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        match self.near(number) {
            Some(_) => self.get_near(number),
            None => self.far_mut(number),
        }
    }

    /// Adds `thing` as the one with `number`, which nothing has.
    pub fn insert(&mut self, number: u64, thing: Box<T>) {
        let at = self.search(number).unwrap_or_else(|at| {
            let leaf = self.spare.take().unwrap_or_else(Leaf::empty);
            self.leaves.insert(at, (number / ROWS as u64, Some(leaf)));
            at
        });
        self.put_at_hand(at);
        let leaf = &mut self.at_hand[hand(number)].leaf;
        let leaf = leaf.as_mut().expect("it has just been put there");
        let n = number as usize % ROWS;
        debug_assert!(leaf.rows[n].is_none(), "{number} is there twice");
        leaf.rows[n] = Some(thing);
        leaf.used |= 1 << n;
        self.len += 1;
    }

    /// Takes out the one with `number`.
    pub fn remove(&mut self, number: u64) -> Option<Box<T>> {
        let at = self.search(number).ok()?;
        self.put_at_hand(at);
        let hand = &mut self.at_hand[hand(number)].leaf;
        let leaf = hand.as_mut()?;
        let n = number as usize % ROWS;
        let thing = leaf.rows[n].take()?;
        leaf.used &= !(1 << n);
        if leaf.used == 0 && self.leaves.len() > 1 {
            self.leaves.remove(at);
            self.spare = hand.take();
        }
        self.len -= 1;
        Some(thing)
    }

    /// The leaves, with their keys.
    fn all(&self) -> impl Iterator<Item = (u64, &Leaf<T>)> {
        self.leaves.iter().filter_map(|(key, leaf)| {
            let hand = &self.at_hand[*key as usize % HANDS];
            let leaf = leaf.as_deref().or(hand.leaf.as_deref());
            Some((*key, leaf?))
        })
    }

    /// All, by number.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        self.all().flat_map(|(key, leaf)| {
            let things = leaf.things();
            things.map(move |(n, thing)| (key * ROWS as u64 + n as u64, thing))
        })
    }

    /// All, by number.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        let things = self.all().flat_map(|(_, leaf)| leaf.things());
        things.map(|(_, thing)| thing)
    }

    /// All, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        let at_hand = self.at_hand.each_mut();
        let mut at_hand = at_hand.map(|hand| hand.leaf.as_deref_mut());
        let leaves = self.leaves.iter_mut().filter_map(move |(key, leaf)| {
            let hand = &mut at_hand[*key as usize % HANDS];
            leaf.as_deref_mut().or_else(|| hand.take())
        });
        leaves.flat_map(|leaf| leaf.rows.iter_mut().filter_map(Option::as_deref_mut))
    }

    /// Gives back the room that nothing needs.
    pub fn shrink(&mut self) {
        self.leaves.shrink_to_fit();
        self.spare = None;
    }
}
