//! The initrd: a cpio archive in the "newc" format (cpio(5)).
//!
//! Regular files and directories are taken over; anything else in the archive is
//! named on the console and left out. A file's bytes are not copied. An archive
//! that is damaged stops the machine with a message: what could be read of it is
//! not what was meant.

use super::{Node, Tree};
use crate::boot_info::BootInfo;
use crate::platform;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use cpio_reader::{Entry, iter_files};
use linux_raw_sys::general::{NAME_MAX, PATH_MAX, S_IFDIR, S_IFMT, S_IFREG};

/// What the kernel brings for when the machine has no initrd.
static EMBEDDED: &[u8] = include_bytes!(env!("QUIRE_INITRD"));

const MAGIC: &[u8] = b"070701";
const TRAILER: &[u8] = b"TRAILER!!!";
/// Bytes before the name in an entry.
const HEADER: usize = 110;

/// Puts the machine's initrd into the tree, or else the embedded one.
pub fn add_initrd(tree: &mut Tree, info: &BootInfo) {
    let archive = info.initrd().unwrap_or(EMBEDDED);
    if let Err(reason) = unpack(tree, archive) {
        let reason = format!("the initrd cannot be used: {reason}");
        println!("quire: {reason}");
        platform::fail(&reason);
    }
}

/// Adds an archive's files and directories. An empty one has none.
fn unpack(tree: &mut Tree, archive: &'static [u8]) -> Result<(), &'static str> {
    if archive.is_empty() {
        return Ok(());
    }
    if !archive.starts_with(MAGIC) {
        return Err("it is not a cpio archive in the newc format (cpio -H newc; not compressed)");
    }
    let mut last = None;
    for entry in iter_files(archive) {
        if let Some((path, node)) = node_of(&entry) {
            let added = tree.add(&path, node);
            added.map_err(|_| "it has more files than the kernel has memory to list")?;
        }
        last = Some(entry);
    }
    match ends_properly(archive, last.as_ref()) {
        true => Ok(()),
        false => Err("the archive is damaged: its end is missing"),
    }
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

fn node_of(entry: &Entry<'static>) -> Option<(String, Node)> {
    let (mode, path) = (entry.mode().bits(), normal(entry.name()));
    if path.len() >= PATH_MAX as usize || path.split('/').any(|part| part.len() > NAME_MAX as usize)
    {
        println!(
            "quire: initrd: a name of {} bytes is too long: left out",
            path.len()
        );
        return None;
    }
    let node = match mode & S_IFMT {
        S_IFDIR => Node::Directory,
        S_IFREG => Node::File(entry.file(), mode & 0o777),
        _ => {
            println!(
                "quire: initrd: {} is no file and no directory: left out",
                entry.name()
            );
            return None;
        }
    };
    (!path.is_empty()).then_some((path, node))
}

/// `name` as the tree has its paths: no slash at the start, no empty part, no
/// `.` and no `..`.
fn normal(name: &str) -> String {
    let parts = name
        .split('/')
        .filter(|part| !matches!(*part, "" | "." | ".."));
    parts.collect::<Vec<_>>().join("/")
}
