//! Where things are in the tree.

use crate::Kind;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The top of the tree.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The directory that cargo and `make kernel` build into.
pub fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(directory) => root().join(directory),
        None => root().join("target"),
    }
}

/// A user program as it was built for a machine, with its symbols.
pub fn program(kind: Kind, name: &str) -> PathBuf {
    let folder = match kind {
        Kind::Pseries => "powerpc64le-quire/release",
        Kind::Ppce500 => "powerpc64-quire/release",
    };
    target().join(folder).join(name)
}

/// A file of this test's own to write to, named so that tests do not meet.
pub fn scratch(name: &str) -> PathBuf {
    let directory = target().join("quire-tests");
    fs::create_dir_all(&directory).expect("the target directory can be written");
    directory.join(name)
}
