//! Open files.

use super::node::DirEntry;
use super::{Device, Found, Node};
use crate::process::Pid;
use crate::state::Kernel;
use crate::syscall::Errno;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use spin::Mutex;

/// An open file: what dup and fork share.
pub struct OpenFile {
    /// What there is to read.
    pub contents: Contents,
    /// The offset, in bytes; in entries for a directory.
    pub offset: u64,
    /// What it was opened for.
    pub mode: Mode,
    /// What it is; its size is that of the contents.
    pub node: Node,
    /// Its path, as in [`Found`].
    pub path: String,
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
}

/// What there is to read.
pub enum Contents {
    /// A file of the initrd.
    Static(&'static [u8]),
    /// A text of /proc, as it was when it was opened.
    Text(Vec<u8>),
    /// A directory, as it was when it was opened.
    Directory(Vec<DirEntry>),
    /// A device.
    Device(Device),
}

impl OpenFile {
    /// The bytes of a file that has such.
    pub fn bytes(&self) -> Option<&[u8]> {
        match &self.contents {
            Contents::Static(bytes) => Some(bytes),
            Contents::Text(bytes) => Some(bytes),
            Contents::Directory(_) | Contents::Device(_) => None,
        }
    }

    /// A file that reads and writes `device`.
    pub fn device(device: Device, path: &str) -> Arc<Mutex<OpenFile>> {
        Arc::new(Mutex::new(OpenFile {
            contents: Contents::Device(device),
            offset: 0,
            mode: Mode::ReadWrite,
            node: Node::Device(device),
            path: path.into(),
        }))
    }
}

impl Kernel {
    /// Opens what was found.
    ///
    /// # Errors
    /// EISDIR, EROFS, EACCES: it cannot be written. ENOENT: it is gone. ENOMEM.
    pub fn open(&mut self, found: Found, mode: Mode) -> Result<Arc<Mutex<OpenFile>>, Errno> {
        self.afford()?;
        if mode != Mode::Read {
            writable(&found.node)?;
        }
        let contents = match found.node {
            Node::Directory => Contents::Directory(self.list(&found.path)?),
            Node::File(bytes, _) => Contents::Static(bytes),
            Node::Device(device) => Contents::Device(device),
            Node::Proc(file) => Contents::Text(self.text(file)?),
        };
        let Found { path, node } = found;
        Ok(Arc::new(Mutex::new(OpenFile {
            contents,
            offset: 0,
            mode,
            node,
            path,
        })))
    }

    /// The bytes of the program at `path`, as `pid` sees it; as from the root
    /// where there is no such process.
    ///
    /// # Errors
    /// EACCES: no regular file, or one that nobody may execute; those of
    /// [`Kernel::walk`].
    pub fn program(&self, pid: Pid, path: &str) -> Result<&'static [u8], Errno> {
        let cwd = self.processes.get(pid).map_or("", |process| &process.cwd);
        match self.walk(pid, cwd, path)?.node {
            Node::File(bytes, permissions) if permissions & 0o111 != 0 => Ok(bytes),
            _ => Err(Errno::EACCES),
        }
    }
}

fn writable(node: &Node) -> Result<(), Errno> {
    match node {
        Node::Directory => Err(Errno::EISDIR),
        Node::File(..) => Err(Errno::EROFS),
        Node::Proc(_) => Err(Errno::EACCES),
        Node::Device(_) => Ok(()),
    }
}
