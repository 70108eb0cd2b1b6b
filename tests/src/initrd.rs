//! Archives to boot with, good and bad: the "newc" form of cpio (cpio(5)).

use std::fs;
use std::path::PathBuf;

use crate::{Kind, places};

/// The mode of an ordinary file that all may read and execute.
const PROGRAM: u32 = 0o100755;

/// What an archive says of one file.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// Its path.
    pub name: &'a str,
    /// Its kind and who may do what: stat(2), st_mode.
    pub mode: u32,
    /// Entries with the same number and more than one link are one file.
    pub inode: u32,
    /// How many there are of it.
    pub links: u32,
    /// Its bytes, or where a symbolic link leads.
    pub contents: &'a [u8],
}

impl<'a> Member<'a> {
    /// A program.
    pub fn program(name: &'a str, inode: u32, contents: &'a [u8]) -> Self {
        Member {
            name,
            mode: PROGRAM,
            inode,
            links: 1,
            contents,
        }
    }
}

/// The bytes of an archive with these files in it, each with its contents.
pub fn pack(files: &[(&str, &[u8])]) -> Vec<u8> {
    let members = files.iter().zip(1..);
    let members: Vec<_> = members
        .map(|((name, contents), inode)| Member::program(name, inode, contents))
        .collect();
    pack_members(&members)
}

/// The bytes of an archive of these.
pub fn pack_members(members: &[Member]) -> Vec<u8> {
    let mut archive = Vec::new();
    for each in members {
        member(&mut archive, each);
    }
    let end = Member {
        mode: 0,
        ..Member::program("TRAILER!!!", 0, &[])
    };
    member(&mut archive, &end);
    archive
}

/// One of Quire's own programs, as it was built for a machine.
pub fn built(kind: Kind, name: &str) -> Vec<u8> {
    let program = places::program(kind, name);
    fs::read(&program).unwrap_or_else(|error| {
        let program = program.display();
        panic!("{program}: {error}; run 'make kernel MACHINE={kind}'")
    })
}

/// Writes these bytes where QEMU can read them, in a file for a machine.
pub fn write(kind: Kind, file: &str, bytes: &[u8]) -> PathBuf {
    let path = places::scratch(&format!("{kind}-{file}"));
    fs::write(&path, bytes).expect("the target directory can be written");
    path
}

fn member(archive: &mut Vec<u8>, member: &Member) {
    let Member { name, contents, .. } = *member;
    let fields = [
        member.inode,
        member.mode,
        0, // owner
        0, // group
        member.links,
        0, // date
        contents.len() as u32,
        0, // device, major
        0, // device, minor
        0, // of what device this is, major
        0, // of what device this is, minor
        name.len() as u32 + 1,
        0, // no checksum in this form
    ];
    archive.extend_from_slice(b"070701");
    for field in fields {
        archive.extend_from_slice(format!("{field:08X}").as_bytes());
    }
    archive.extend_from_slice(name.as_bytes());
    archive.push(0);
    align(archive);
    archive.extend_from_slice(contents);
    align(archive);
}

/// Names and contents both begin at a multiple of four bytes.
fn align(archive: &mut Vec<u8>) {
    archive.resize(archive.len().next_multiple_of(4), 0);
}
