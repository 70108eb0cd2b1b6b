//! What keeps an inode while no name does.
//!
//! Open files end in many ways: close, exec, exit, a signal. So that none of them can
//! be forgotten, an end is noticed by `Drop`, which only writes it down; the tree
//! [settles](super::Tree::settle) it later.

use super::Ino;
use crate::lock::Lock;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// What an inode is kept for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An open file that reads from a pipe.
    Reader,
    /// An open file that can write to a pipe or a regular file.
    Writer,
    /// An open file that has both ends of a pipe.
    BothEnds,
    /// An address space whose program is in the file.
    Runner,
    /// Anything else.
    Other,
}

/// Keeps an inode.
pub struct Hold {
    ino: Ino,
    role: Role,
    dropped: Arc<Dropped>,
}

impl Hold {
    pub(super) fn new(ino: Ino, role: Role, dropped: Arc<Dropped>) -> Hold {
        Hold { ino, role, dropped }
    }

    /// The inode.
    pub fn ino(&self) -> Ino {
        self.ino
    }

    /// What it is kept for.
    pub fn role(&self) -> Role {
        self.role
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.dropped.note(self.ino, self.role);
    }
}

/// The holds that have ended and that the tree has not counted off.
#[derive(Default)]
pub struct Dropped {
    list: Lock<Vec<(Ino, Role)>>,
    /// There are some: the tree looks at this whenever a program is to run.
    any: AtomicBool,
}

impl Dropped {
    /// A hold has ended.
    pub fn note(&self, ino: Ino, role: Role) {
        self.list.lock().push((ino, role));
        self.any.store(true, Relaxed);
    }

    /// Whether none has.
    #[inline]
    pub fn is_empty(&self) -> bool {
        !self.any.load(Relaxed)
    }

    /// One that has, and forgets it.
    pub fn take(&self) -> Option<(Ino, Role)> {
        let taken = self.list.lock().pop();
        if taken.is_none() {
            self.any.store(false, Relaxed);
        }
        taken
    }

    /// Gives back the room that nothing needs.
    pub fn shrink(&self) {
        self.list.lock().shrink_to_fit();
    }
}
