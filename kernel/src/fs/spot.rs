//! A place that a path leads to: an inode of the tree, or a path below /proc.

use super::{Hold, Ino, Kind, Node, Role, proc};
use crate::process::Pid;
use crate::state::Kernel;
use crate::syscall::Errno;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// A place that a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spot {
    /// An inode.
    Inode(Ino),
    /// What is at this path below /proc; /proc itself is the empty one. It need not
    /// be there any more: processes end.
    Proc(String),
}

/// A [`Spot`] that stays there.
#[derive(Clone)]
pub enum Kept {
    /// An inode, with what keeps it.
    Inode(Arc<Hold>),
    /// Something below /proc.
    Proc(String),
}

impl Kept {
    /// Where it is.
    pub fn spot(&self) -> Spot {
        match self {
            Kept::Inode(hold) => Spot::Inode(hold.ino()),
            Kept::Proc(path) => Spot::Proc(path.clone()),
        }
    }
}

/// Where a process is among the files: fork copies it.
#[derive(Clone)]
pub struct Whereabouts {
    /// Its working directory.
    pub directory: Kept,
    /// The permissions that its new files do not get.
    pub umask: u32,
}

impl Kernel {
    /// Keeps what is at `spot`.
    pub fn keep(&mut self, spot: Spot) -> Kept {
        match spot {
            Spot::Inode(ino) => Kept::Inode(Arc::new(self.tree.hold(ino, Role::Other))),
            Spot::Proc(path) => Kept::Proc(path),
        }
    }

    /// In the root, as process 1 begins.
    pub fn at_root(&mut self) -> Whereabouts {
        Whereabouts {
            directory: self.keep(Spot::Inode(Ino::ROOT)),
            umask: 0o022,
        }
    }

    /// What kind of file is at `spot`.
    ///
    /// # Errors
    /// ENOENT: it is not there any more.
    pub fn kind(&self, spot: &Spot) -> Result<Kind, Errno> {
        match spot {
            Spot::Inode(ino) => Ok(self.tree.get(*ino).kind()),
            Spot::Proc(path) if path.is_empty() => Ok(Kind::Directory),
            Spot::Proc(path) => Ok(self.proc_node(path)?.kind()),
        }
    }

    /// What is at `path` below /proc.
    ///
    /// # Errors
    /// ENOENT.
    pub fn proc_node(&self, path: &str) -> Result<Node, Errno> {
        if path.is_empty() {
            return Ok(Node::Directory);
        }
        proc::node(self, path).ok_or(Errno::ENOENT)
    }

    /// What has `name` in the directory `at`; `None` if nothing has.
    ///
    /// # Errors
    /// ENOTDIR.
    pub fn look_up(&self, at: &Spot, name: &[u8]) -> Result<Option<Spot>, Errno> {
        match at {
            Spot::Inode(dir) => Ok(match self.tree.look_up(*dir, name)? {
                Some(ino) if self.tree.proc == Some(ino) => Some(Spot::Proc(String::new())),
                found => found.map(Spot::Inode),
            }),
            Spot::Proc(path) => {
                let spot = below(path, name).map(Spot::Proc);
                Ok(spot.filter(|spot| self.kind(spot).is_ok()))
            }
        }
    }

    /// The directory above the directory `at`.
    ///
    /// # Errors
    /// ENOENT: `at` has been removed.
    pub fn above(&self, at: &Spot) -> Result<Spot, Errno> {
        match at {
            Spot::Inode(ino) => match self.tree.get(*ino) {
                inode if inode.links > 0 => Ok(Spot::Inode(inode.parent)),
                _ => Err(Errno::ENOENT),
            },
            Spot::Proc(path) if path.is_empty() => Ok(Spot::Inode(Ino::ROOT)),
            Spot::Proc(path) => {
                let above = path.rsplit_once('/').map_or("", |(above, _)| above);
                Ok(Spot::Proc(above.into()))
            }
        }
    }

    /// Where the symbolic link at `spot` leads, if there is one. `viewer` is who
    /// /proc/self is.
    pub fn link_target(&self, viewer: Pid, spot: &Spot) -> Option<Vec<u8>> {
        match spot {
            Spot::Inode(ino) => match &self.tree.get(*ino).body {
                super::Body::Link(target) => Some(Vec::from(&**target)),
                _ => None,
            },
            Spot::Proc(path) => match self.proc_node(path) {
                Ok(Node::Link(link)) => self.link_text(viewer, link),
                _ => None,
            },
        }
    }

    /// Where a link of /proc leads that goes there without a path; `None` for all else.
    pub fn jump_from(&self, spot: &Spot) -> Option<Spot> {
        match spot {
            Spot::Inode(_) => None,
            Spot::Proc(path) => match self.proc_node(path) {
                Ok(Node::Link(link)) => self.jump(link),
                _ => None,
            },
        }
    }

    /// The path of a directory, from the root.
    pub fn path_to(&self, spot: &Spot) -> Vec<u8> {
        match spot {
            Spot::Inode(ino) => self.tree.path(*ino),
            Spot::Proc(path) if path.is_empty() => Vec::from(b"/proc"),
            Spot::Proc(path) => format!("/proc/{path}").into_bytes(),
        }
    }
}

fn below(path: &str, name: &[u8]) -> Option<String> {
    let name = core::str::from_utf8(name).ok()?;
    Some(match path {
        "" => name.into(),
        _ => format!("{path}/{name}"),
    })
}
