//! Archives to boot with, good and bad: the "newc" form of cpio (cpio(5)).

use std::fs;
use std::path::{Path, PathBuf};

use crate::places;

/// The mode of an ordinary file that all may read and execute.
const PROGRAM: u32 = 0o100755;

/// The bytes of an archive with these files in it, each with its contents.
pub fn pack(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (index, (name, contents)) in files.iter().enumerate() {
        member(&mut archive, index as u32 + 1, PROGRAM, name, contents);
    }
    member(&mut archive, 0, 0, "TRAILER!!!", &[]);
    archive
}

/// Writes an archive whose /init is this program of Quire's own.
pub fn with_init(file: &str, program: &Path) -> PathBuf {
    let contents = fs::read(program)
        .unwrap_or_else(|error| panic!("{}: {error}; run 'make kernel'", program.display()));
    write(file, &pack(&[("init", &contents)]))
}

/// Writes these bytes where QEMU can read them.
pub fn write(file: &str, bytes: &[u8]) -> PathBuf {
    let path = places::scratch(file);
    fs::write(&path, bytes).expect("the target directory can be written");
    path
}

fn member(archive: &mut Vec<u8>, inode: u32, mode: u32, name: &str, contents: &[u8]) {
    let fields = [
        inode,
        mode,
        0, // owner
        0, // group
        1, // links
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
