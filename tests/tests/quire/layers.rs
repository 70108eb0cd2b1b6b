//! What is above the machine does not know which machine it is on.

use quire_tests::places;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the machines are: what else is in these directories is above them.
const ABOVE: &[&str] = &["kernel", "user"];
const BELOW: &[&str] = &["kernel/src/arch", "kernel/src/platform"];

/// Words that are, or would tell, a machine's name.
const NAMES: &[&str] = &[
    "pseries",
    "ppce500",
    "e500",
    "e5500",
    "e6500",
    "power8",
    "power9",
    "power10",
    "book3s",
    "booke",
    "iii-s",
    "iii-e",
    "target_vendor",
];

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory of the tree") {
        let path = entry.expect("an entry of it").path();
        if BELOW.iter().any(|below| path == places::root().join(below)) {
            continue;
        }
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn nothing_above_names_a_machine() {
    let mut all = Vec::new();
    ABOVE
        .iter()
        .for_each(|above| files(&places::root().join(above), &mut all));
    assert!(all.len() > 200, "only {} files", all.len());
    let named: Vec<_> = all
        .iter()
        .filter(|file| {
            let text = fs::read_to_string(file).expect("text").to_lowercase();
            NAMES.iter().any(|name| text.contains(name))
        })
        .collect();
    assert!(named.is_empty(), "{named:#?}");
}
