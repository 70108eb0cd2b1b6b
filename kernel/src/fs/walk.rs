//! From a path to what is there.

use super::node::{DirEntry, Kind, inode};
use super::{Node, proc};
use crate::process::Pid;
use crate::state::Kernel;
use crate::syscall::Errno;
use alloc::string::String;
use alloc::vec::Vec;
use linux_raw_sys::general::NAME_MAX;

/// Where a path leads.
pub struct Found {
    /// The absolute path: no slash at the start, no `.` and no `..` in it.
    pub path: String,
    /// What is there.
    pub node: Node,
}

impl Found {
    /// Its inode number.
    pub fn inode(&self) -> u64 {
        inode(&self.path)
    }
}

impl Kernel {
    /// Follows `path` from the directory `base`, an absolute path as in
    /// [`Found`]. `viewer` is who /proc/self is.
    ///
    /// # Errors
    /// ENOENT, ENOTDIR, ENAMETOOLONG.
    pub fn walk(&self, viewer: Pid, base: &str, path: &str) -> Result<Found, Errno> {
        if path.is_empty() {
            return Err(Errno::ENOENT);
        }
        let start = if path.starts_with('/') { "" } else { base };
        let mut at = String::from(start);
        let mut node = self.node(start).ok_or(Errno::ENOENT)?;
        for part in path.split('/') {
            if !matches!(node, Node::Directory) {
                return Err(Errno::ENOTDIR);
            }
            if part.len() > NAME_MAX as usize {
                return Err(Errno::ENAMETOOLONG);
            }
            step(&mut at, part, viewer);
            node = self.node(&at).ok_or(Errno::ENOENT)?;
        }
        Ok(Found { path: at, node })
    }

    /// What is at an absolute path as in [`Found`].
    fn node(&self, path: &str) -> Option<Node> {
        match path.strip_prefix("proc/") {
            Some(rest) => proc::node(self, rest),
            None => self.tree.get(path),
        }
    }

    /// The entries of a directory, `.` and `..` first.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn list(&self, path: &str) -> Result<Vec<DirEntry>, Errno> {
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        let dots = [(".", path), ("..", parent)].map(|(name, path)| DirEntry {
            name: name.into(),
            inode: inode(path),
            kind: Kind::Directory,
        });
        let mut entries = Vec::from(dots);
        if path == "proc" || path.starts_with("proc/") {
            proc::list(self, path, &mut entries);
        } else {
            for entry in self.tree.list(path) {
                entries.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
                entries.push(entry);
                self.afford()?;
            }
        }
        Ok(entries)
    }
}

/// Goes on from `at` by one part of a path.
fn step(at: &mut String, part: &str, viewer: Pid) {
    match part {
        "" | "." => {}
        ".." => at.truncate(at.rfind('/').unwrap_or(0)),
        "self" if at == "proc" => *at = alloc::format!("proc/{viewer}"),
        _ => {
            if !at.is_empty() {
                at.push('/');
            }
            at.push_str(part);
        }
    }
}
