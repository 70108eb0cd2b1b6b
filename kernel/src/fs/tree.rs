//! The tree: all inodes by number, and the names between them.
//!
//! An inode lives as long as a name leads to it, an open file or a working directory
//! [holds](Hold) it, or a program maps its contents. Whatever takes the last of these
//! away only notes that; [`Tree::settle`] lets go of what nobody has any more, before
//! a program runs again.

use super::hold::{Dropped, Hold, Role};
use super::mounts::{FileSystem, Mount, Mounts};
use super::{Body, Device, Directory, Ino, Inode, Kind, Pipe, Time, Times};
use crate::numbered::Numbered;
use crate::process::Waiters;
use crate::state::Vm;
use crate::syscall::Errno;
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// All inodes.
pub struct Tree {
    inodes: Numbered<Inode>,
    last: u64,
    dropped: Arc<Dropped>,
    /// Forgotten, but mapped.
    orphans: BTreeSet<Ino>,
    /// What is mounted where.
    pub(super) mounts: Mounts,
}

impl Tree {
    /// An empty root directory.
    pub fn new(now: Time) -> Tree {
        let mut tree = Tree {
            inodes: Numbered::new(),
            last: 0,
            dropped: Arc::default(),
            orphans: BTreeSet::new(),
            mounts: Mounts::default(),
        };
        let root = tree.make(Body::Directory(Directory::default()), 0o755, now);
        debug_assert_eq!(root, Ino::ROOT);
        tree.mount(FileSystem::Tmpfs, b"rootfs", root, None);
        tree
    }

    /// A new inode without a name. It must get a name or a [hold](Tree::hold).
    pub fn make(&mut self, body: Body, permissions: u32, now: Time) -> Ino {
        self.last += 1;
        let ino = Ino(self.last);
        let inode = Inode {
            body,
            permissions,
            links: 0,
            times: Times::new(now),
            holds: 0,
            parent: Ino::ROOT,
            lost: None,
            waiters: Waiters::Nobody,
        };
        self.inodes.insert(ino.0, Box::new(inode));
        ino
    }

    /// A new pipe without a name.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn make_pipe(&mut self, vm: &mut Vm, now: Time) -> Result<Ino, Errno> {
        let pipe = Pipe::new(vm)?;
        Ok(self.make(Body::Pipe(pipe), 0o600, now))
    }

    /// The inode `ino`, which lives.
    #[inline]
    pub fn get(&self, ino: Ino) -> &Inode {
        self.inodes.get(ino.0).expect("an inode that lives")
    }

    /// The same, to be changed.
    #[inline]
    pub fn get_mut(&mut self, ino: Ino) -> &mut Inode {
        self.inodes.get_mut(ino.0).expect("an inode that lives")
    }

    /// The inode `ino`, if it lives.
    pub fn find(&self, ino: Ino) -> Option<&Inode> {
        self.inodes.get(ino.0)
    }

    /// All inodes.
    pub fn iter(&self) -> impl Iterator<Item = (Ino, &Inode)> {
        self.inodes.iter().map(|(ino, inode)| (Ino(ino), inode))
    }

    /// What is mounted, in the order in which it was.
    pub fn mounts(&self) -> impl Iterator<Item = &Mount> {
        self.mounts.iter()
    }

    /// How many inodes there are.
    pub fn len(&self) -> usize {
        self.inodes.len()
    }

    /// The directory `ino`.
    ///
    /// # Errors
    /// ENOTDIR.
    pub fn directory(&self, ino: Ino) -> Result<&Directory, Errno> {
        match &self.get(ino).body {
            Body::Directory(directory) => Ok(directory),
            _ => Err(Errno::ENOTDIR),
        }
    }

    fn directory_mut(&mut self, ino: Ino) -> &mut Directory {
        match &mut self.get_mut(ino).body {
            Body::Directory(directory) => directory,
            _ => unreachable!("the caller found a directory"),
        }
    }

    /// The pipe `ino`.
    #[inline]
    pub fn pipe(&mut self, ino: Ino) -> Option<&mut Pipe> {
        match &mut self.get_mut(ino).body {
            Body::Pipe(pipe) => Some(pipe),
            _ => None,
        }
    }

    /// What has `name` in the directory `dir`.
    ///
    /// # Errors
    /// ENOTDIR.
    pub fn look_up(&self, dir: Ino, name: &[u8]) -> Result<Option<Ino>, Errno> {
        Ok(self.directory(dir)?.get(name))
    }

    /// Keeps `ino` for as long as the result lives.
    pub fn hold(&mut self, ino: Ino, role: Role) -> Hold {
        let inode = self.get_mut(ino);
        inode.holds += 1;
        for holders in inode.holders(role).into_iter().flatten() {
            *holders += 1;
        }
        Hold::new(ino, role, self.dropped.clone())
    }

    /// Gives `ino` a name in `dir` that nothing there has.
    pub fn link(&mut self, dir: Ino, name: &[u8], ino: Ino, now: Time) {
        self.enter(dir, name, ino);
        self.get_mut(dir).times.modify(now);
        let inode = self.get_mut(ino);
        inode.lost = None;
        inode.times.changed = now;
        inode.links += match inode.kind() {
            Kind::Directory => 2,
            _ => 1,
        };
    }

    fn enter(&mut self, dir: Ino, name: &[u8], ino: Ino) {
        self.directory_mut(dir).add(name, ino);
        self.arrive(dir, ino);
    }

    /// `ino` has come into `dir`.
    fn arrive(&mut self, dir: Ino, ino: Ino) {
        let inode = self.get_mut(ino);
        inode.parent = dir;
        if inode.kind() == Kind::Directory {
            self.get_mut(dir).links += 1;
        }
    }

    /// `ino` has gone from `dir`.
    fn leave(&mut self, dir: Ino, ino: Ino) {
        if self.get(ino).kind() == Kind::Directory {
            self.get_mut(dir).links -= 1;
        }
    }

    /// Takes away a name that is there. A directory that has it is empty.
    pub fn unlink(&mut self, vm: &Vm, dir: Ino, name: &[u8], now: Time) {
        let Some(ino) = self.directory_mut(dir).get(name) else {
            return;
        };
        let inode = self.get(ino);
        let is_last = inode.links == 1 || inode.kind() == Kind::Directory;
        if is_last && (inode.holds > 0 || is_mapped(inode, vm)) {
            let lost = self.path_in(dir, name).into_boxed_slice();
            self.get_mut(ino).lost = Some(lost);
        }
        self.directory_mut(dir).remove(name);
        self.leave(dir, ino);
        self.get_mut(dir).times.modify(now);
        let inode = self.get_mut(ino);
        inode.times.changed = now;
        inode.links = if is_last { 0 } else { inode.links - 1 };
        if is_last {
            self.dropped.note(ino, Role::Other);
            // As if a hold had ended, which settle counts.
            self.get_mut(ino).holds += 1;
        }
    }

    /// Gives what has the name `old` in `from` the name `new` in `to` instead, where
    /// nothing has it.
    pub fn rename(&mut self, (from, old): (Ino, &[u8]), (to, new): (Ino, &[u8]), now: Time) {
        let Some(ino) = self.directory_mut(from).get(old) else {
            return;
        };
        self.directory_mut(from).remove(old);
        self.leave(from, ino);
        self.enter(to, new, ino);
        for changed in [from, to] {
            self.get_mut(changed).times.modify(now);
        }
        self.get_mut(ino).times.changed = now;
    }

    /// Lets two names that are there lead each to what the other led to.
    pub fn exchange(&mut self, (a, old): (Ino, &[u8]), (b, new): (Ino, &[u8]), now: Time) {
        let (Some(one), Some(two)) = (
            self.directory_mut(a).get(old),
            self.directory_mut(b).get(new),
        ) else {
            return;
        };
        self.leave(a, one);
        self.leave(b, two);
        self.directory_mut(a).replace(old, two);
        self.directory_mut(b).replace(new, one);
        self.arrive(a, two);
        self.arrive(b, one);
        for changed in [a, b] {
            self.get_mut(changed).times.modify(now);
        }
        for changed in [one, two] {
            self.get_mut(changed).times.changed = now;
        }
    }

    /// Whether nothing has been dropped since [`settle`](Tree::settle).
    #[inline]
    pub fn is_settled(&self) -> bool {
        self.dropped.is_empty()
    }

    /// Lets go of what has been dropped since the last time and of which nothing is
    /// left. Gives the pipes of which an end was closed and that live on.
    pub fn settle(&mut self, vm: &mut Vm) -> Vec<Ino> {
        let mut pipes = Vec::new();
        while let Some((ino, role)) = self.dropped.take() {
            let inode = self.get_mut(ino);
            inode.holds -= 1;
            let is_forgotten = inode.is_forgotten();
            for holders in inode.holders(role).into_iter().flatten() {
                *holders -= 1;
            }
            if let Body::Pipe(pipe) = &mut inode.body {
                pipe.settle();
                pipes.push(ino);
            }
            if is_forgotten {
                self.forget(ino, vm);
            }
        }
        pipes.retain(|ino| self.find(*ino).is_some());
        pipes
    }

    fn forget(&mut self, ino: Ino, vm: &mut Vm) {
        if is_mapped(self.get(ino), vm) {
            self.orphans.insert(ino);
            return;
        }
        let inode = self.inodes.remove(ino.0);
        match inode.map(|inode| inode.body) {
            Some(Body::File(mut file)) => file.release(vm),
            Some(Body::Pipe(pipe)) => pipe.release(vm),
            _ => {}
        }
    }

    /// Lets go of the files that were only mapped, and are not any more. To be called
    /// after anything that can unmap.
    #[inline]
    pub fn sweep(&mut self, vm: &mut Vm) {
        if !self.orphans.is_empty() {
            self.forget_orphans(vm);
        }
    }

    #[inline(never)]
    fn forget_orphans(&mut self, vm: &mut Vm) {
        for ino in core::mem::take(&mut self.orphans) {
            self.forget(ino, vm);
        }
    }

    /// Shrinks the tables, so that the memory that they take depends on what is in
    /// them and not on what was: then two measurements can be compared.
    pub fn compact(&mut self) {
        self.mounts.compact();
        self.dropped.shrink();
        self.inodes.shrink();
        for inode in self.inodes.values_mut() {
            if let Body::Directory(directory) = &mut inode.body {
                directory.compact();
            }
        }
    }

    /// The console, for the first process: /dev/console, or one without a name if that has
    /// been removed.
    pub fn console(&mut self, now: Time) -> Ino {
        let dev = self.look_up(Ino::ROOT, b"dev").unwrap_or(None);
        let found = dev.and_then(|dev| self.look_up(dev, b"console").unwrap_or(None));
        let is_console = |ino: &Ino| matches!(self.get(*ino).body, Body::Device(Device::Console));
        match found.filter(is_console) {
            Some(ino) => ino,
            None => self.make(Body::Device(Device::Console), 0o620, now),
        }
    }
}

pub(super) fn is_mapped(inode: &Inode, vm: &Vm) -> bool {
    let object = match &inode.body {
        Body::File(file) => file.object_if_there(),
        _ => None,
    };
    object.is_some_and(|object| vm.is_mapped(object))
}
