//! The initrd: a cpio archive in the "newc" format (cpio(5)).
//!
//! Regular files, directories and symbolic links are copied into the tree; then the
//! archive's own memory can be given back. Anything else in the archive is named on the
//! console and left out. An archive that is damaged stops the machine with a message:
//! what could be read of it is not what was meant.

use super::{Body, Directory, File, Ino, Time, Tree};
use crate::heap;
use crate::state::Vm;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use cpio_reader::{Entry, iter_files};
use linux_raw_sys::general::{NAME_MAX, PATH_MAX, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG};

const MAGIC: &[u8] = b"070701";
const TRAILER: &[u8] = b"TRAILER!!!";
/// Bytes before the name in an entry.
const HEADER: usize = 110;

const TOO_MANY: &str = "it has more files than the kernel has memory to list";
const TOO_LARGE: &str = "its files are larger than the machine's memory";
const IN_THE_WAY: &str = "the archive is damaged: a file is in a directory's place";

/// What a hard link has in common with the others of its file: device and inode.
type Identity = (Option<u32>, Option<u32>, u32);

/// Fills a tree from an archive.
pub struct Unpacker<'a> {
    /// The tree.
    pub tree: &'a mut Tree,
    /// Where the contents go.
    pub vm: &'a mut Vm,
    linked: BTreeMap<Identity, Ino>,
}

impl<'a> Unpacker<'a> {
    /// Fills `tree`.
    pub fn new(tree: &'a mut Tree, vm: &'a mut Vm) -> Unpacker<'a> {
        Unpacker {
            tree,
            vm,
            linked: BTreeMap::new(),
        }
    }

    /// Adds what an archive holds. An empty one has nothing.
    ///
    /// # Errors
    /// Why the archive cannot be used.
    pub fn unpack(&mut self, archive: &[u8]) -> Result<(), &'static str> {
        if archive.is_empty() {
            return Ok(());
        }
        if !archive.starts_with(MAGIC) {
            return Err(
                "it is not a cpio archive in the newc format (cpio -H newc; not compressed)",
            );
        }
        let mut last = None;
        for entry in iter_files(archive) {
            self.add(&entry)?;
            last = Some(entry);
        }
        match ends_properly(archive, last.as_ref()) {
            true => Ok(()),
            false => Err("the archive is damaged: its end is missing"),
        }
    }

    fn add(&mut self, entry: &Entry) -> Result<(), &'static str> {
        let parts: Vec<&str> = parts(entry.name()).collect();
        let Some((name, above)) = parts.split_last() else {
            return Ok(());
        };
        if let Some(why) = objection(entry, &parts) {
            println!("quire: initrd: {why}: left out");
            return Ok(());
        }
        let now = time_of(entry);
        let dir = self.directory(above, now)?;
        let ino = self.inode(entry, dir, name, now)?;
        self.tree.get_mut(ino).times.modify(now);
        self.write(ino, entry.file())
    }

    /// The directory at a path, made with all above it where it is not there.
    fn directory(&mut self, path: &[&str], now: Time) -> Result<Ino, &'static str> {
        let mut dir = Ino::ROOT;
        for name in path {
            let found = self.tree.look_up(dir, name.as_bytes());
            dir = match found.map_err(|_| IN_THE_WAY)? {
                Some(ino) => ino,
                None => {
                    let body = Body::Directory(Directory::default());
                    let ino = self.tree.make(body, 0o755, now);
                    self.name(dir, name, ino, now)?
                }
            };
        }
        self.tree.directory(dir).map_err(|_| IN_THE_WAY)?;
        Ok(dir)
    }

    /// The inode of an entry: a new one with the entry's name, or one that is there.
    fn inode(
        &mut self,
        entry: &Entry,
        dir: Ino,
        name: &str,
        now: Time,
    ) -> Result<Ino, &'static str> {
        let permissions = entry.mode().bits() & 0o7777;
        let body = body_of(entry);
        let there = self.tree.look_up(dir, name.as_bytes()).unwrap_or(None);
        if let Some(ino) = there {
            if self.tree.get(ino).kind() == body.kind() {
                self.tree.get_mut(ino).permissions = permissions;
                return Ok(ino);
            }
            return Err("the archive is damaged: two entries have one name");
        }
        let is_linked = entry.nlink() > 1 && matches!(body, Body::File(_));
        let identity = (entry.devmajor(), entry.devminor(), entry.ino());
        if is_linked && let Some(ino) = self.linked.get(&identity) {
            return self.name(dir, name, *ino, now);
        }
        let ino = self.tree.make(body, permissions, now);
        if is_linked {
            self.linked.insert(identity, ino);
        }
        self.name(dir, name, ino, now)
    }

    fn name(&mut self, dir: Ino, name: &str, ino: Ino, now: Time) -> Result<Ino, &'static str> {
        self.tree.link(dir, name.as_bytes(), ino, now);
        if heap::is_low() {
            Err(TOO_MANY)
        } else {
            Ok(ino)
        }
    }

    /// Of a file with several names, the last entry alone has the contents.
    fn write(&mut self, ino: Ino, contents: &[u8]) -> Result<(), &'static str> {
        match &mut self.tree.get_mut(ino).body {
            Body::File(file) if !contents.is_empty() => {
                file.resize(self.vm, 0).map_err(|_| TOO_LARGE)?;
                match file.write(self.vm, 0, contents) {
                    Ok(done) if done == contents.len() => Ok(()),
                    _ if heap::is_low() => Err(TOO_MANY),
                    _ => Err(TOO_LARGE),
                }
            }
            _ => Ok(()),
        }
    }
}

fn time_of(entry: &Entry) -> Time {
    Time {
        seconds: entry.mtime() as i64,
        nanoseconds: 0,
    }
}

fn body_of(entry: &Entry) -> Body {
    match entry.mode().bits() & S_IFMT {
        S_IFDIR => Body::Directory(Directory::default()),
        S_IFLNK => Body::Link(entry.file().into()),
        _ => Body::File(File::default()),
    }
}

/// Why an entry cannot be in the tree.
fn objection(entry: &Entry, parts: &[&str]) -> Option<String> {
    let length = parts.iter().map(|part| part.len() + 1).sum::<usize>() - 1;
    let kind = entry.mode().bits() & S_IFMT;
    let empty_link = kind == S_IFLNK && entry.file().is_empty();
    if length >= PATH_MAX as usize || parts.iter().any(|part| part.len() > NAME_MAX as usize) {
        return Some(alloc::format!("a name of {length} bytes is too long"));
    }
    if !matches!(kind, S_IFDIR | S_IFREG | S_IFLNK) || empty_link {
        let name = entry.name();
        return Some(alloc::format!("{name} is no file, directory or link"));
    }
    None
}

/// Whether the archive's trailer comes after `last`. The reader stops at a
/// trailer and at an error alike.
fn ends_properly(archive: &[u8], last: Option<&Entry>) -> bool {
    let read = last.map_or(0, |entry| {
        let end = entry.file().as_ptr_range().end as usize;
        (end - archive.as_ptr() as usize).next_multiple_of(4)
    });
    let rest = archive.get(read..).unwrap_or_default();
    let name = rest.get(HEADER..HEADER + TRAILER.len());
    rest.starts_with(MAGIC) && name == Some(TRAILER)
}

/// The parts of a name: none is empty, `.` or `..`.
fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.split('/')
        .filter(|part| !matches!(*part, "" | "." | ".."))
}
