//! What is mounted where (mount(2)).
//!
//! A mount has a root: a directory without a name, which is found where the one that it
//! covers has its name. A tmpfs grows from its root as the tree does from its own; of a
//! proc the root only tells which one it is. Whoever has a file of a mount open, or works
//! in one of its directories, [holds](Hold) an inode of it, and it is busy.

use super::{Body, Directory, Hold, Ino, Kind, Role, Spot, Time, Tree};
use crate::state::{Kernel, Vm};
use crate::syscall::Errno;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// A kind of file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileSystem {
    /// Files in memory.
    Tmpfs,
    /// The kernel's state as text.
    Proc,
}

impl FileSystem {
    /// All that there are.
    pub const ALL: [FileSystem; 2] = [FileSystem::Tmpfs, FileSystem::Proc];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            FileSystem::Tmpfs => "tmpfs",
            FileSystem::Proc => "proc",
        }
    }
}

/// What is mounted somewhere.
pub struct Mount {
    /// Its root, which lives as long as it does.
    hold: Hold,
    /// The directory that it covers; the first mount covers none.
    pub covered: Option<Ino>,
    /// What it is.
    pub kind: FileSystem,
    /// What it calls itself: mount(2) is given any name.
    pub source: Box<[u8]>,
    /// st_dev of what is in it, and its number.
    pub device: u64,
}

impl Mount {
    /// Its root.
    pub fn root(&self) -> Ino {
        self.hold.ino()
    }
}

/// All mounts, in the order in which they were made.
#[derive(Default)]
pub struct Mounts {
    list: Vec<Mount>,
    last_device: u64,
}

/// The most mounts there can be: more are ENOSPC.
const MOST: usize = 256;

impl Mounts {
    fn on(&self, covered: Ino) -> Option<&Mount> {
        self.list
            .iter()
            .find(|mount| mount.covered == Some(covered))
    }

    fn with_root(&self, root: Ino) -> Option<&Mount> {
        self.list.iter().find(|mount| mount.root() == root)
    }

    /// Gives back room that nothing is in.
    pub(super) fn compact(&mut self) {
        self.list.shrink_to_fit();
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Mount> {
        self.list.iter()
    }
}

impl Tree {
    /// Mounts a file system on `covered`. The first one is the tree itself.
    pub(super) fn mount(
        &mut self,
        kind: FileSystem,
        source: &[u8],
        root: Ino,
        covered: Option<Ino>,
    ) {
        self.mounts.last_device += 1;
        let hold = self.hold(root, Role::Other);
        let inode = self.get_mut(root);
        (inode.links, inode.parent) = (2, root);
        self.mounts.list.push(Mount {
            hold,
            covered,
            kind,
            source: source.into(),
            device: self.mounts.last_device,
        });
    }

    /// Where a directory entry that is `ino` leads: to what is mounted there, if anything is.
    pub(super) fn surface(&self, ino: Ino) -> Spot {
        let mut found = Spot::Inode(ino);
        let mut at = ino;
        while let Some(mount) = self.mounts.on(at) {
            at = mount.root();
            found = match mount.kind {
                FileSystem::Tmpfs => Spot::Inode(at),
                FileSystem::Proc => Spot::Proc(at, String::new()),
            };
        }
        found
    }

    /// The directory that has the name of the directory `ino`: another one, if `ino` is the
    /// root of a mount.
    pub(super) fn named(&self, ino: Ino) -> Ino {
        let mut at = ino;
        while let Some(covered) = self.mounts.with_root(at).and_then(|mount| mount.covered) {
            at = covered;
        }
        at
    }

    /// The mount that `ino` is in. What has lost its directory counts to the first.
    pub fn mount_of(&self, ino: Ino) -> &Mount {
        let mut at = ino;
        loop {
            let parent = self.find(at).map(|inode| inode.parent);
            match parent {
                Some(parent) if parent != at => at = parent,
                _ => break,
            }
        }
        let first = &self.mounts.list[0];
        self.mounts.with_root(at).unwrap_or(first)
    }

    /// What is mounted at `spot`, if that is its root.
    pub fn mount_at(&self, spot: &Spot) -> Option<&Mount> {
        match spot {
            Spot::Inode(ino) => self.mounts.with_root(*ino),
            Spot::Proc(root, path) if path.is_empty() => self.mounts.with_root(*root),
            Spot::Proc(..) => None,
        }
    }

    /// Whether somebody uses what is in the mount with this root, or has covered a part of it.
    fn is_busy(&self, root: Ino, vm: &Vm) -> bool {
        let is_within = |ino| self.mount_of(ino).root() == root;
        let held = |ino: Ino| match ino == root {
            // The mount's own.
            true => self.get(ino).holds > 1,
            false => self.get(ino).holds > 0 || super::tree::is_mapped(self.get(ino), vm),
        };
        let covers = |mount: &Mount| mount.covered.is_some_and(is_within);
        self.mounts.iter().any(covers) || self.iter().any(|(ino, _)| held(ino) && is_within(ino))
    }

    /// Takes away all that is below the directory `root`: down to what is empty, and up again.
    fn empty(&mut self, vm: &Vm, root: Ino, now: Time) {
        let mut at = root;
        while let Ok(directory) = self.directory(at) {
            match directory.first().cloned() {
                Some(entry) if self.directory(entry.ino).is_ok_and(|dir| !dir.is_empty()) => {
                    at = entry.ino;
                }
                Some(entry) => self.unlink(vm, at, &entry.name, now),
                None if at == root => break,
                None => at = self.get(at).parent,
            }
        }
    }
}

impl Kernel {
    /// Mounts a file system of its own on the directory `spot`.
    ///
    /// # Errors
    /// ENOTDIR. ENOENT: the directory has been removed. EBUSY: it is the root, or one of
    /// proc's is there. EINVAL: it is in /proc. ENOSPC, ENOMEM.
    pub fn mount(
        &mut self,
        kind: FileSystem,
        source: &[u8],
        spot: &Spot,
        permissions: u32,
    ) -> Result<(), Errno> {
        self.afford()?;
        if self.kind(spot)? != Kind::Directory {
            return Err(Errno::ENOTDIR);
        }
        let there = self
            .tree
            .mount_at(spot)
            .map(|mount| (mount.root(), mount.kind));
        let covered = match (spot, there) {
            // There is one proc, and it is not put upon itself.
            (_, Some((_, FileSystem::Proc))) if kind == FileSystem::Proc => {
                return Err(Errno::EBUSY);
            }
            (_, Some((Ino::ROOT, _))) => return Err(Errno::EBUSY),
            (_, Some((root, _))) => root,
            (Spot::Inode(ino), None) => *ino,
            (Spot::Proc(..), None) => return Err(Errno::EINVAL),
        };
        if self.tree.get(covered).links == 0 {
            return Err(Errno::ENOENT);
        }
        if self.tree.mounts.list.len() >= MOST || !crate::heap::has_room_for_files() {
            return Err(Errno::ENOSPC);
        }
        let now = self.file_time();
        let body = Body::Directory(Directory::default());
        let root = self.tree.make(body, permissions, now);
        self.tree.mount(kind, source, root, Some(covered));
        Ok(())
    }

    /// Takes away what is mounted at `spot`, with all that is in it.
    ///
    /// # Errors
    /// EINVAL: nothing is mounted there. EBUSY: somebody uses it, or it is the root.
    pub fn unmount(&mut self, spot: &Spot) -> Result<(), Errno> {
        let mount = self.tree.mount_at(spot).ok_or(Errno::EINVAL)?;
        let root = mount.root();
        // What was closed a moment ago is not in use.
        self.settle_files();
        if root == Ino::ROOT || self.tree.is_busy(root, &self.vm) {
            return Err(Errno::EBUSY);
        }
        let now = self.file_time();
        self.tree.empty(&self.vm, root, now);
        self.tree.get_mut(root).links = 0;
        self.tree.mounts.list.retain(|mount| mount.root() != root);
        Ok(())
    }
}
