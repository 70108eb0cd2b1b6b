//! From an inode back to a path: for getcwd and /proc/PID/maps.

use super::{Body, Ino, Tree};
use alloc::string::String;
use alloc::vec::Vec;
use vm::ObjectId;

/// What Linux puts after the name of a file that has none any more.
const DELETED: &[u8] = b" (deleted)";

impl Tree {
    /// The path of `name` in the directory `dir`, from the root.
    pub(super) fn path_in(&self, dir: Ino, name: &[u8]) -> Vec<u8> {
        let mut path = self.path(dir);
        if path.last() != Some(&b'/') {
            path.push(b'/');
        }
        path.extend_from_slice(name);
        path
    }

    /// The path of `ino` from the root: the last that it got, if it has several. What
    /// has lost its last name is told by that, with ` (deleted)` after it.
    pub fn path(&self, ino: Ino) -> Vec<u8> {
        let mut parts = Vec::new();
        let mut at = self.named(ino);
        while at != Ino::ROOT {
            let inode = self.get(at);
            if let Some(lost) = &inode.lost {
                return deleted(lost, &parts);
            }
            let Some((parent, name)) = self.name(inode.parent, at) else {
                break;
            };
            parts.push(name);
            at = self.named(parent);
        }
        joined(&parts)
    }

    /// A name of `ino` and the directory where it is: `likely`, if it is there.
    fn name(&self, likely: Ino, ino: Ino) -> Option<(Ino, &[u8])> {
        let here = self.find(likely).map(|inode| (likely, inode));
        let mut all = here.into_iter().chain(self.iter());
        all.find_map(|(dir, inode)| match &inode.body {
            Body::Directory(directory) => Some((dir, directory.name_of(ino)?)),
            _ => None,
        })
    }

    /// The inode whose contents `object` holds, and its path.
    pub fn path_of(&self, object: ObjectId) -> Option<(u64, String)> {
        let holds = |body: &Body| match body {
            Body::File(file) => file.object_if_there() == Some(object),
            _ => false,
        };
        let (ino, _) = self.iter().find(|(_, inode)| holds(&inode.body))?;
        let path = String::from_utf8_lossy(&self.path(ino)).into_owned();
        Some((ino.0, path))
    }
}

fn joined(parts: &[&[u8]]) -> Vec<u8> {
    if parts.is_empty() {
        return Vec::from(b"/");
    }
    let parts = parts.iter().rev();
    parts
        .flat_map(|part| b"/".iter().chain(*part))
        .copied()
        .collect()
}

fn deleted(lost: &[u8], below: &[&[u8]]) -> Vec<u8> {
    let mut path = Vec::from(lost);
    if !below.is_empty() {
        path.extend(joined(below));
    }
    path.extend_from_slice(DELETED);
    path
}
