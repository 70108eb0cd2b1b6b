//! A directory: names, and what has them.
//!
//! An entry gets a number when it is made, larger than all before it: its place in
//! the order in which the directory is read, and the offset that getdents64 tells.
//! So an offset keeps its meaning while entries come and go (telldir(3)).

use super::Ino;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::ops::Bound::{Excluded, Unbounded};

/// A directory's entries, without `.` and `..`.
#[derive(Default)]
pub struct Directory {
    /// For each name the number of its entry, and what has the name.
    names: BTreeMap<Arc<[u8]>, (u64, Ino)>,
    entries: BTreeMap<u64, Entry>,
    last: u64,
}

/// An entry.
#[derive(Clone)]
pub struct Entry {
    /// Its name.
    pub name: Arc<[u8]>,
    /// What has the name.
    pub ino: Ino,
}

impl Directory {
    /// Numbers up to this are those of `.` and `..`.
    pub const DOTS: u64 = 2;

    /// Entries in it.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What has this name.
    pub fn get(&self, name: &[u8]) -> Option<Ino> {
        self.names.get(name).map(|(_, ino)| *ino)
    }

    /// The entry that was made first.
    pub fn first(&self) -> Option<&Entry> {
        self.entries.values().next()
    }

    /// The name of `ino`, if it is here.
    pub fn name_of(&self, ino: Ino) -> Option<&[u8]> {
        let mut entries = self.entries.values();
        entries
            .find(|entry| entry.ino == ino)
            .map(|entry| &*entry.name)
    }

    /// Adds an entry, whose name nothing here has.
    pub fn add(&mut self, name: &[u8], ino: Ino) {
        let name: Arc<[u8]> = name.into();
        self.last = self.last.max(Directory::DOTS) + 1;
        self.names.insert(name.clone(), (self.last, ino));
        self.entries.insert(self.last, Entry { name, ino });
    }

    /// Takes out an entry that is there.
    pub fn remove(&mut self, name: &[u8]) {
        if let Some((number, _)) = self.names.remove(name) {
            self.entries.remove(&number);
        }
    }

    /// Lets an entry that is there lead to `ino`.
    pub fn replace(&mut self, name: &[u8], ino: Ino) {
        if let Some((number, named)) = self.names.get_mut(name)
            && let Some(entry) = self.entries.get_mut(number)
        {
            (*named, entry.ino) = (ino, ino);
        }
    }

    /// The number of the entry that was made last.
    pub fn last(&self) -> u64 {
        self.last.max(Directory::DOTS)
    }

    /// The entries after number `last` and up to number `end`, each with its own.
    pub fn between(&self, last: u64, end: u64) -> impl Iterator<Item = (u64, &Entry)> {
        let range = self.entries.range((Excluded(last), Unbounded));
        let range = range.take_while(move |(number, _)| **number <= end);
        range.map(|(number, entry)| (*number, entry))
    }

    /// Rebuilds the maps, so that the memory that they take depends on what is in
    /// them and not on what was.
    pub fn compact(&mut self) {
        self.names = core::mem::take(&mut self.names).into_iter().collect();
        self.entries = core::mem::take(&mut self.entries).into_iter().collect();
    }
}
