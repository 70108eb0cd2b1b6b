//! Names made, taken away and changed: what open, mkdir, link, unlink and rename do
//! once the paths have been followed. What is refused has changed nothing.

use super::{Body, Directory, Ino, Kind, Last, Spot, Walk};
use crate::heap;
use crate::state::Kernel;
use crate::syscall::Errno;
use alloc::vec::Vec;

/// What rename does about something that has the new name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    /// It goes.
    Yes,
    /// It stays: RENAME_NOREPLACE.
    No,
    /// It gets the old name: RENAME_EXCHANGE.
    Exchange,
}

/// An entry that a path names: the directory and the name.
type Place = (Ino, Vec<u8>);

impl Kernel {
    /// The place for a new entry.
    ///
    /// # Errors
    /// EEXIST: something is there. ENOENT: the directory was removed, or is one of
    /// /proc, where nothing can be made; or a slash after the name says that it is a
    /// directory's, but `kind` is another. ENOSPC, ENOMEM.
    fn place_for(&self, walk: Walk, kind: Kind) -> Result<Place, Errno> {
        self.afford()?;
        if !heap::has_room_for_files() {
            return Err(Errno::ENOSPC);
        }
        if walk.found.is_some() {
            return Err(Errno::EEXIST);
        }
        match (walk.parent, walk.last) {
            (Spot::Inode(dir), Last::Name(name)) => {
                let fits = !walk.slash || kind == Kind::Directory;
                match fits && self.tree.get(dir).links > 0 {
                    true => Ok((dir, name)),
                    false => Err(Errno::ENOENT),
                }
            }
            _ => Err(Errno::ENOENT),
        }
    }

    /// Makes a file where `walk` found nothing.
    ///
    /// # Errors
    /// EEXIST, ENOENT, ENOMEM.
    pub fn make(&mut self, walk: Walk, body: Body, permissions: u32) -> Result<Ino, Errno> {
        let kind = body.kind();
        let (dir, name) = self.place_for(walk, kind)?;
        let now = self.file_time();
        let ino = self.tree.make(body, permissions, now);
        self.tree.link(dir, &name, ino, now);
        Ok(ino)
    }

    /// Makes a pipe where `walk` found nothing.
    ///
    /// # Errors
    /// As for [`Kernel::make`].
    pub fn make_fifo(&mut self, walk: Walk, permissions: u32) -> Result<Ino, Errno> {
        let (dir, name) = self.place_for(walk, Kind::Pipe)?;
        let now = self.file_time();
        let ino = self.tree.make_pipe(&mut self.vm, now)?;
        self.tree.get_mut(ino).permissions = permissions;
        self.tree.link(dir, &name, ino, now);
        Ok(ino)
    }

    /// mkdir.
    ///
    /// # Errors
    /// As for [`Kernel::make`].
    pub fn make_directory(&mut self, walk: Walk, permissions: u32) -> Result<(), Errno> {
        self.make(walk, Body::Directory(Directory::default()), permissions)
            .map(drop)
    }

    /// Gives what is at `spot` another name.
    ///
    /// # Errors
    /// EPERM: it is a directory. EXDEV: it is in /proc, or the name would be, or in another
    /// mount. ENOENT: it has lost its last name. EEXIST, ENOMEM.
    pub fn link(&mut self, spot: &Spot, walk: Walk) -> Result<(), Errno> {
        let kind = self.kind(spot)?;
        if walk.found.is_some() {
            return Err(Errno::EEXIST);
        }
        let (Spot::Inode(ino), Spot::Inode(dir)) = (spot, &walk.parent) else {
            return Err(Errno::EXDEV);
        };
        if self.tree.mount_of(*ino).root() != self.tree.mount_of(*dir).root() {
            return Err(Errno::EXDEV);
        }
        if kind == Kind::Directory {
            return Err(Errno::EPERM);
        }
        if self.tree.get(*ino).links == 0 {
            return Err(Errno::ENOENT);
        }
        let (dir, name) = self.place_for(walk, kind)?;
        let now = self.file_time();
        self.tree.link(dir, &name, *ino, now);
        Ok(())
    }

    /// unlink.
    ///
    /// # Errors
    /// EISDIR: it is a directory. EPERM: it is in /proc. ENOENT.
    pub fn unlink(&mut self, walk: Walk) -> Result<(), Errno> {
        let Last::Name(name) = walk.last else {
            return Err(Errno::EISDIR);
        };
        let found = walk.found.ok_or(Errno::ENOENT)?;
        if self.kind(&found)? == Kind::Directory {
            return Err(Errno::EISDIR);
        }
        let (Spot::Inode(dir), Spot::Inode(_)) = (walk.parent, found) else {
            return Err(Errno::EPERM);
        };
        let now = self.file_time();
        self.tree.unlink(&self.vm, dir, &name, now);
        Ok(())
    }

    /// rmdir.
    ///
    /// # Errors
    /// ENOTDIR, ENOTEMPTY. EINVAL: the path ends in `.`. EBUSY: it is the root, something
    /// is mounted there, or it is in /proc. ENOENT.
    pub fn remove_directory(&mut self, walk: Walk) -> Result<(), Errno> {
        let found = walk.found.ok_or(Errno::ENOENT)?;
        let name = match walk.last {
            Last::Name(name) => name,
            Last::DotDot => return Err(Errno::ENOTEMPTY),
            Last::Dot if found == Spot::Inode(Ino::ROOT) => return Err(Errno::EBUSY),
            Last::Dot => return Err(Errno::EINVAL),
        };
        if self.kind(&found)? != Kind::Directory {
            return Err(Errno::ENOTDIR);
        }
        if self.tree.mount_at(&found).is_some() {
            return Err(Errno::EBUSY);
        }
        let (Spot::Inode(dir), Spot::Inode(ino)) = (walk.parent, found) else {
            return Err(Errno::EBUSY);
        };
        if !self.tree.directory(ino)?.is_empty() {
            return Err(Errno::ENOTEMPTY);
        }
        let now = self.file_time();
        self.tree.unlink(&self.vm, dir, &name, now);
        Ok(())
    }

    /// rename.
    ///
    /// # Errors
    /// EBUSY: one of them is `.`, `..`, the root, or where something is mounted. EXDEV: one is
    /// in /proc, or in another mount than the other.
    /// EINVAL: a directory would come to lie in itself. EEXIST, EISDIR, ENOTDIR,
    /// ENOTEMPTY, ENOENT, ENOMEM.
    pub fn rename(&mut self, old: Walk, new: Walk, replace: Replace) -> Result<(), Errno> {
        self.afford()?;
        let slash = new.slash;
        let (from, moved) = self.entry(old)?;
        let (to, there) = self.entry(new)?;
        if self.tree.mount_of(from.0).root() != self.tree.mount_of(to.0).root() {
            return Err(Errno::EXDEV);
        }
        let moved = moved.ok_or(Errno::ENOENT)?;
        let now = self.file_time();
        let ((a, old), (b, new)) = ((from.0, &from.1[..]), (to.0, &to.1[..]));
        if self.tree.get(b).links == 0 {
            return Err(Errno::ENOENT);
        }
        if slash && self.tree.get(moved).kind() != Kind::Directory {
            return Err(Errno::ENOTDIR);
        }
        if self.is_within(b, moved) {
            return Err(Errno::EINVAL);
        }
        match (there, replace) {
            (Some(_), Replace::No) => return Err(Errno::EEXIST),
            (None, Replace::Exchange) => return Err(Errno::ENOENT),
            (Some(there), _) if there == moved => return Ok(()),
            (Some(there), Replace::Exchange) => {
                if self.is_within(a, there) {
                    return Err(Errno::EINVAL);
                }
                self.tree.exchange((a, old), (b, new), now);
                return Ok(());
            }
            (Some(there), Replace::Yes) => {
                self.may_replace(moved, there, a)?;
                self.tree.unlink(&self.vm, b, new, now);
            }
            (None, _) => {}
        }
        self.tree.rename((a, old), (b, new), now);
        Ok(())
    }

    /// The entry that `walk` names, and what has the name.
    fn entry(&self, walk: Walk) -> Result<(Place, Option<Ino>), Errno> {
        let Last::Name(name) = walk.last else {
            return Err(Errno::EBUSY);
        };
        let Spot::Inode(dir) = walk.parent else {
            return Err(Errno::EXDEV);
        };
        match walk.found {
            None => Ok(((dir, name), None)),
            Some(spot) if self.tree.mount_at(&spot).is_some() => Err(Errno::EBUSY),
            Some(Spot::Inode(ino)) => Ok(((dir, name), Some(ino))),
            Some(Spot::Proc(..)) => Err(Errno::EXDEV),
        }
    }

    /// Whether the directory `dir` is `ino` or lies below it.
    fn is_within(&self, dir: Ino, ino: Ino) -> bool {
        let mut at = dir;
        // The root of a mount is its own parent.
        while at != ino && at != self.tree.get(at).parent {
            at = self.tree.get(at).parent;
        }
        at == ino
    }

    /// Whether `moved`, which is in the directory `from`, may take the name of `there`.
    fn may_replace(&self, moved: Ino, there: Ino, from: Ino) -> Result<(), Errno> {
        let is_directory = |ino| self.tree.get(ino).kind() == Kind::Directory;
        match (is_directory(moved), is_directory(there)) {
            (true, false) => Err(Errno::ENOTDIR),
            (false, true) if self.is_within(from, there) => Err(Errno::ENOTEMPTY),
            (false, true) => Err(Errno::EISDIR),
            (true, true) if !self.tree.directory(there)?.is_empty() => Err(Errno::ENOTEMPTY),
            _ => Ok(()),
        }
    }
}
