//! The tree that does not change: the initrd's files and the devices.
//!
//! A map from absolute paths, without the leading slash, to what is there. The
//! root is the empty path. A directory's entries are the paths that begin with
//! its own: neighbours in the map.

use super::initrd::add_initrd;
use super::node::{DirEntry, inode};
use super::{Device, Node};
use crate::boot_info::BootInfo;
use crate::heap;
use crate::syscall::Errno;
use alloc::collections::BTreeMap;
use alloc::string::String;

/// The tree.
pub struct Tree {
    nodes: BTreeMap<String, Node>,
}

impl Tree {
    /// The machine's initrd, with /dev and a place for /proc.
    ///
    /// A machine whose initrd cannot be used is failed, with the reason.
    pub fn new(info: &BootInfo) -> Tree {
        let mut tree = Tree {
            nodes: BTreeMap::new(),
        };
        tree.nodes.insert(String::new(), Node::Directory);
        add_initrd(&mut tree, info);
        let devices = Device::ALL.map(|(path, device, _)| (path, Node::Device(device)));
        for (path, node) in devices.into_iter().chain([("proc", Node::Directory)]) {
            // What the initrd has left of the memory is enough for these few.
            let _ = tree.add(path, node);
        }
        tree
    }

    /// Adds `node`, and the directories above it that are not there.
    ///
    /// # Errors
    /// ENOMEM: something was added, but there is no memory for more.
    pub fn add(&mut self, path: &str, node: Node) -> Result<(), Errno> {
        for (end, _) in path.match_indices('/') {
            self.nodes
                .entry(path[..end].into())
                .or_insert(Node::Directory);
            spare()?;
        }
        self.nodes.insert(path.into(), node);
        spare()
    }

    /// What is at `path`.
    pub fn get(&self, path: &str) -> Option<Node> {
        self.nodes.get(path).copied()
    }

    /// The entries of the directory at `path`.
    pub fn list(&self, path: &str) -> impl Iterator<Item = DirEntry> {
        let prefix = if path.is_empty() {
            String::new()
        } else {
            alloc::format!("{path}/")
        };
        let from = prefix.clone();
        self.nodes
            .range(from..)
            .map_while(move |(path, node)| Some((path.strip_prefix(&prefix)?, path, node)))
            .filter(|(name, ..)| !name.is_empty() && !name.contains('/'))
            .map(|(name, path, node)| DirEntry {
                name: name.into(),
                inode: inode(path),
                kind: node.kind(),
            })
    }
}

/// Whether there is memory for more.
fn spare() -> Result<(), Errno> {
    if heap::is_low() {
        Err(Errno::ENOMEM)
    } else {
        Ok(())
    }
}
