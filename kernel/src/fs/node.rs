//! What a path can lead to.

use super::{Device, proc};
use alloc::string::String;
use linux_raw_sys::general::{DT_CHR, DT_DIR, DT_REG, S_IFCHR, S_IFDIR, S_IFREG};

/// What a path leads to.
#[derive(Clone, Copy)]
pub enum Node {
    /// A directory.
    Directory,
    /// A file of the initrd: its bytes and the nine bits of its permissions.
    File(&'static [u8], u32),
    /// A device.
    Device(Device),
    /// A file under /proc, made when it is opened.
    Proc(proc::File),
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
}

impl Kind {
    /// For getdents64's d_type.
    pub fn dirent(self) -> u8 {
        (match self {
            Kind::Directory => DT_DIR,
            Kind::Regular => DT_REG,
            Kind::Device => DT_CHR,
        }) as u8
    }

    /// For stat's st_mode.
    pub fn mode(self) -> u32 {
        match self {
            Kind::Directory => S_IFDIR,
            Kind::Regular => S_IFREG,
            Kind::Device => S_IFCHR,
        }
    }
}

impl Node {
    /// What kind of file it is.
    pub fn kind(&self) -> Kind {
        match self {
            Node::Directory => Kind::Directory,
            Node::File(..) | Node::Proc(_) => Kind::Regular,
            Node::Device(_) => Kind::Device,
        }
    }

    /// st_mode.
    pub fn mode(&self) -> u32 {
        self.kind().mode()
            | match self {
                Node::Directory => 0o555,
                Node::File(_, permissions) => *permissions,
                Node::Device(_) => 0o666,
                Node::Proc(_) => 0o444,
            }
    }

    /// Bytes. As in Linux, 0 for what is made when it is opened.
    pub fn size(&self) -> u64 {
        match self {
            Node::File(bytes, _) => bytes.len() as u64,
            _ => 0,
        }
    }
}

/// A line of a directory.
pub struct DirEntry {
    /// The name, without a slash.
    pub name: String,
    /// Its inode number.
    pub inode: u64,
    /// What it is.
    pub kind: Kind,
}

/// The inode number of an absolute path: its 64-bit FNV-1a hash. So it is the
/// same each time, and nothing need remember it.
pub fn inode(path: &str) -> u64 {
    path.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ byte as u64).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
