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
    /// What is at this path in the proc that is mounted with this root; the root itself is
    /// the empty one. It need not be there any more: processes end.
    Proc(Ino, String),
}

/// Something in a proc that stays mounted.
pub struct Below {
    /// What keeps it mounted: its root.
    pub root: Hold,
    /// The path below that.
    pub path: String,
}

impl Below {
    /// Where it is.
    pub fn spot(&self) -> Spot {
        Spot::Proc(self.root.ino(), self.path.clone())
    }
}

/// A [`Spot`] that stays there.
#[derive(Clone)]
pub enum Kept {
    /// An inode, with what keeps it.
    Inode(Arc<Hold>),
    /// Something in a proc.
    Proc(Arc<Below>),
}

impl Kept {
    /// Where it is.
    pub fn spot(&self) -> Spot {
        match self {
            Kept::Inode(hold) => Spot::Inode(hold.ino()),
            Kept::Proc(below) => below.spot(),
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
            Spot::Proc(root, path) => Kept::Proc(Arc::new(self.keep_below(root, path))),
        }
    }

    /// Keeps the proc with this root mounted.
    pub fn keep_below(&mut self, root: Ino, path: String) -> Below {
        let root = self.tree.hold(root, Role::Other);
        Below { root, path }
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
            Spot::Proc(_, path) => Ok(self.proc_node(path)?.kind()),
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
            Spot::Inode(dir) => {
                let found = self.tree.look_up(*dir, name)?;
                Ok(found.map(|ino| self.tree.surface(ino)))
            }
            Spot::Proc(root, path) => {
                let spot = below(path, name).map(|path| Spot::Proc(*root, path));
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
            Spot::Proc(root, path) if !path.is_empty() => {
                let above = path.rsplit_once('/').map_or("", |(above, _)| above);
                Ok(Spot::Proc(*root, above.into()))
            }
            Spot::Inode(ino) | Spot::Proc(ino, _) => match self.tree.get(self.tree.named(*ino)) {
                inode if inode.links > 0 => Ok(Spot::Inode(inode.parent)),
                _ => Err(Errno::ENOENT),
            },
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
            Spot::Proc(_, path) => match self.proc_node(path) {
                Ok(Node::Link(link)) => self.link_text(viewer, link),
                _ => None,
            },
        }
    }

    /// Where a link of /proc leads that goes there without a path; `None` for all else.
    pub fn jump_from(&self, spot: &Spot) -> Option<Spot> {
        match spot {
            Spot::Inode(_) => None,
            Spot::Proc(_, path) => match self.proc_node(path) {
                Ok(Node::Link(link)) => self.jump(link),
                _ => None,
            },
        }
    }

    /// The path of a directory, from the root.
    pub fn path_to(&self, spot: &Spot) -> Vec<u8> {
        match spot {
            Spot::Inode(ino) => self.tree.path(*ino),
            Spot::Proc(root, path) => {
                let mut whole = self.tree.path(*root);
                if !path.is_empty() {
                    whole.push(b'/');
                    whole.extend_from_slice(path.as_bytes());
                }
                whole
            }
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
