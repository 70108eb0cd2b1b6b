//! Open files.

use super::node::DirEntry;
use super::{Below, Body, Hold, Ino, Kept, Kind, Role, Spot, proc};
use crate::lock::Lock;
use crate::state::Kernel;
use crate::syscall::Errno;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use vm::ObjectId;

/// An open file: what dup and fork share.
pub struct OpenFile {
    /// What is open.
    pub target: Target,
    /// The offset in bytes; of a directory, the number of the last entry read.
    pub offset: u64,
    /// Of a directory, the number of the last entry that a reading of it tells. What is
    /// made later is not told: else a program that makes an entry for each that it reads,
    /// as `find -exec sed -i` does, would never come to the end.
    pub reading_ends: u64,
    /// What it was opened for.
    pub mode: Mode,
    /// O_APPEND, O_NONBLOCK and the other flags that F_GETFL tells.
    pub flags: u32,
}

/// What is open.
pub enum Target {
    /// An inode.
    Inode(Hold),
    /// A file of a proc, and its text when it was opened.
    Text(Below, Vec<u8>),
    /// A directory of a proc, as it was when it was opened.
    List(Below, Vec<DirEntry>),
}

/// What it was opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// O_RDONLY.
    Read,
    /// O_WRONLY.
    Write,
    /// O_RDWR.
    ReadWrite,
    /// O_PATH: to name the file, and nothing else.
    Path,
}

impl Mode {
    /// Whether it can be read.
    #[inline]
    pub fn reads(self) -> bool {
        matches!(self, Mode::Read | Mode::ReadWrite)
    }

    /// Whether it can be written.
    #[inline]
    pub fn writes(self) -> bool {
        matches!(self, Mode::Write | Mode::ReadWrite)
    }
}

/// What mmap of a file maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mapping {
    /// The pages of an object.
    Object(ObjectId),
    /// Memory that is zero at first: /dev/zero.
    Zero,
}

impl OpenFile {
    /// An open inode, at its start.
    pub fn new(hold: Hold, mode: Mode, flags: u32) -> Arc<Lock<OpenFile>> {
        OpenFile::with(Target::Inode(hold), mode, flags)
    }

    fn with(target: Target, mode: Mode, flags: u32) -> Arc<Lock<OpenFile>> {
        Arc::new(Lock::new(OpenFile {
            target,
            offset: 0,
            reading_ends: 0,
            mode,
            flags,
        }))
    }

    /// The inode that is open, if it is one.
    #[inline]
    pub fn ino(&self) -> Option<Ino> {
        match &self.target {
            Target::Inode(hold) => Some(hold.ino()),
            Target::Text(..) | Target::List(..) => None,
        }
    }

    /// Where it is.
    pub fn spot(&self) -> Spot {
        match &self.target {
            Target::Inode(hold) => Spot::Inode(hold.ino()),
            Target::Text(below, _) | Target::List(below, _) => below.spot(),
        }
    }
}

/// Which end of a pipe somebody gets who opens it by its name or by a link of /proc.
fn end_of_pipe(mode: Mode) -> Role {
    match mode {
        Mode::Read => Role::Reader,
        Mode::Write => Role::Writer,
        Mode::ReadWrite => Role::BothEnds,
        Mode::Path => Role::Other,
    }
}

impl Kernel {
    /// Opens what is at `spot`.
    ///
    /// # Errors
    /// EISDIR, EACCES: it cannot be written. ELOOP: it is a symbolic link. ENOENT: it
    /// is gone. ENXIO: it has no name.
    /// ETXTBSY: it cannot be written while its program runs. ENOMEM.
    pub fn open(
        &mut self,
        spot: Spot,
        mode: Mode,
        flags: u32,
    ) -> Result<Arc<Lock<OpenFile>>, Errno> {
        self.afford()?;
        let kind = self.kind(&spot)?;
        // As in Linux: it was made open, and cannot be opened.
        if kind == Kind::Anonymous && mode != Mode::Path {
            return Err(Errno::ENXIO);
        }
        if kind == Kind::Link && mode != Mode::Path {
            return Err(Errno::ELOOP);
        }
        if kind == Kind::Directory && mode.writes() {
            return Err(Errno::EISDIR);
        }
        let target = match spot {
            Spot::Inode(ino) if kind == Kind::Pipe => {
                Target::Inode(self.tree.hold(ino, end_of_pipe(mode)))
            }
            Spot::Inode(ino) if mode.writes() => {
                self.tree.get(ino).require_not_running()?;
                Target::Inode(self.tree.hold(ino, Role::Writer))
            }
            Spot::Inode(ino) => Target::Inode(self.tree.hold(ino, Role::Other)),
            Spot::Proc(..) if mode.writes() => return Err(Errno::EACCES),
            Spot::Proc(root, path) if mode == Mode::Path || kind == Kind::Link => {
                Target::Text(self.keep_below(root, path), Vec::new())
            }
            Spot::Proc(root, path) => {
                let below = self.keep_below(root, path);
                self.open_proc(below)?
            }
        };
        Ok(OpenFile::with(target, mode, flags))
    }

    fn open_proc(&mut self, below: Below) -> Result<Target, Errno> {
        match self.proc_node(&below.path)? {
            super::Node::Directory => {
                let entries = self.list_proc(&below.path);
                Ok(Target::List(below, entries))
            }
            // Only with O_PATH, which does not come here.
            super::Node::Link(_) => Err(Errno::ELOOP),
            super::Node::Proc(file) => {
                let text = self.text(file)?;
                Ok(Target::Text(below, text))
            }
        }
    }

    /// The entries of a directory of /proc, `.` and `..` first.
    fn list_proc(&self, path: &str) -> Vec<DirEntry> {
        let full = match path {
            "" => String::from("proc"),
            _ => format!("proc/{path}"),
        };
        let above = full.rsplit_once('/').map_or("", |(above, _)| above);
        let dots = [(".", &*full), ("..", above)].map(|(name, path)| DirEntry {
            name: name.into(),
            inode: super::node::inode(path),
            kind: Kind::Directory,
        });
        let mut entries = Vec::from(dots);
        proc::list(self, &full, &mut entries);
        entries
    }

    /// What is open, to be kept as a working directory.
    ///
    /// # Errors
    /// ENOTDIR.
    pub fn keep_directory(&mut self, file: &OpenFile) -> Result<Kept, Errno> {
        let spot = file.spot();
        match self.kind(&spot)? {
            Kind::Directory => Ok(self.keep(spot)),
            _ => Err(Errno::ENOTDIR),
        }
    }

    /// What a mapping of an open file maps. Whether its mode allows the mapping is
    /// for the caller to say.
    ///
    /// # Errors
    /// EBADF: it was opened with O_PATH. ENODEV: it is nothing that can be mapped.
    /// ENOMEM.
    pub fn mapping(&mut self, file: &OpenFile) -> Result<Mapping, Errno> {
        if file.mode == Mode::Path {
            return Err(Errno::EBADF);
        }
        let ino = file.ino().ok_or(Errno::ENODEV)?;
        match &mut self.tree.get_mut(ino).body {
            Body::File(contents) => contents.object(&mut self.vm).map(Mapping::Object),
            Body::Device(super::Device::Zero) => Ok(Mapping::Zero),
            _ => Err(Errno::ENODEV),
        }
    }
}
