//! What a path can lead to, and what a directory's reader is told of it.

use super::proc;
use alloc::string::String;
use linux_raw_sys::general::{
    DT_CHR, DT_DIR, DT_FIFO, DT_LNK, DT_REG, DT_UNKNOWN, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK,
    S_IFREG,
};

/// What a path below /proc leads to.
#[derive(Clone, Copy)]
pub enum Node {
    /// A directory.
    Directory,
    /// A file, made when it is opened.
    Proc(proc::File),
    /// A symbolic link.
    Link(proc::Link),
}

impl Node {
    /// What kind of file it is.
    pub fn kind(&self) -> Kind {
        match self {
            Node::Directory => Kind::Directory,
            Node::Proc(_) => Kind::Regular,
            Node::Link(_) => Kind::Link,
        }
    }
}

/// What kind of file something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A regular file.
    Regular,
    /// A character device.
    Device,
    /// A symbolic link.
    Link,
    /// A pipe.
    Pipe,
    /// Something that has no name and no kind.
    Anonymous,
}

impl Kind {
    /// For getdents64's d_type.
    pub fn dirent(self) -> u8 {
        (match self {
            Kind::Directory => DT_DIR,
            Kind::Regular => DT_REG,
            Kind::Device => DT_CHR,
            Kind::Link => DT_LNK,
            Kind::Pipe => DT_FIFO,
            Kind::Anonymous => DT_UNKNOWN,
        }) as u8
    }

    /// For stat's st_mode.
    pub fn mode(self) -> u32 {
        match self {
            Kind::Directory => S_IFDIR,
            Kind::Regular => S_IFREG,
            Kind::Device => S_IFCHR,
            Kind::Link => S_IFLNK,
            Kind::Pipe => S_IFIFO,
            Kind::Anonymous => 0,
        }
    }
}

/// A line of a directory below /proc.
pub struct DirEntry {
    /// The name, without a slash.
    pub name: String,
    /// Its inode number.
    pub inode: u64,
    /// What it is.
    pub kind: Kind,
}

/// The inode number of a path below /proc: its 64-bit FNV-1a hash. So it is the
/// same each time, and nothing need remember it.
pub fn inode(path: &str) -> u64 {
    path.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ byte as u64).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
