//! Device trees that ppce500 is started with, most of them broken: each is refused in
//! words. pseries' comes from its firmware, which nobody can give another.

use quire_tests::{Kind, Machine, Run, places};
use std::ffi::OsString;
use std::fs;
use std::sync::LazyLock;

/// Tokens of the structure (Devicetree Specification, §5.4).
const BEGIN_NODE: u32 = 1;
const END_NODE: u32 = 2;
const END: u32 = 9;

/// The tree that QEMU makes.
static QEMUS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let file = places::scratch("qemus.dtb");
    let mut dump = OsString::from("dumpdtb=");
    dump.push(&file);
    machine().option("-M", dump).run().exits(0);
    let mut tree = fs::read(file).expect("QEMU has written it");
    let size = u32::from_be_bytes(tree[4..8].try_into().expect("four bytes"));
    tree.truncate(size as usize);
    tree
});

fn machine() -> Machine {
    Machine::new(Kind::Ppce500, "init=/bin/true")
}

/// Starts the machine with this tree.
fn run(name: &str, tree: &[u8]) -> Run {
    let file = places::scratch(&format!("{name}.dtb"));
    fs::write(&file, tree).expect("the file can be written");
    machine().option("-dtb", file).run()
}

fn is_refused(name: &str, tree: &[u8], why: &str) {
    run(name, tree)
        .exits(1)
        .says(&["Quire cannot start: ", why])
        .says(&["failed: cannot start"]);
}

/// QEMU's, with the first `old` made `new`, which is as long.
fn changed(old: &[u8], new: &[u8]) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let mut tree = QEMUS.clone();
    let at = tree.windows(old.len()).position(|bytes| bytes == old);
    let at = at.expect("the tree has it");
    tree[at..][..new.len()].copy_from_slice(new);
    tree
}

fn cells(cells: &[u32]) -> Vec<u8> {
    cells.iter().flat_map(|cell| cell.to_be_bytes()).collect()
}

/// A tree of this structure, and no names of properties.
fn tree(structure: &[u32]) -> Vec<u8> {
    let size = 4 * structure.len() as u32;
    // After the header an empty list of memory to be reserved, and one empty string.
    let header = [
        0xd00d_feed,
        60 + size,
        56,
        56 + size,
        40,
        17,
        16,
        0,
        4,
        size,
    ];
    cells(&[&header[..], &[0; 4], structure, &[0]].concat())
}

#[test]
fn qemus_own() {
    run("own", &QEMUS).exits(0);
}

#[test]
fn names_outside() {
    let mut tree = QEMUS.clone();
    let end = (tree.len() as u32 - 4).to_be_bytes();
    tree[12..16].copy_from_slice(&end);
    is_refused("names", &tree, "no device tree: ");
}

#[test]
fn no_nodes() {
    is_refused("no-nodes", &tree(&[END]), "no device tree: its nodes");
}

#[test]
fn no_end() {
    is_refused(
        "no-end",
        &tree(&[BEGIN_NODE, 0]),
        "no device tree: its structure",
    );
}

#[test]
fn nothing_in_it() {
    let empty = tree(&[BEGIN_NODE, 0, END_NODE, END]);
    is_refused("nothing", &empty, "no node /chosen");
}

#[test]
fn nodes_within_nodes_without_end() {
    let down = [BEGIN_NODE, 0].repeat(10_000);
    let up = [END_NODE].repeat(10_000);
    let deep = tree(&[&down[..], &up[..], &[END]].concat());
    is_refused("deep", &deep, "no device tree: its nodes");
}

#[test]
fn a_device_is_missing() {
    let tree = changed(b"fsl,mpc8544-guts\0", b"fsl,mpc8544-gats\0");
    is_refused("missing", &tree, "no node fsl,mpc8544-guts");
}

// The node moves, the path to it does not.
#[test]
fn a_console_that_is_not_there() {
    let tree = changed(b"\0\x01serial@4500", b"\0\x01serial@4400");
    is_refused("console", &tree, "a property stdout-path");
}

#[test]
fn devices_out_of_reach() {
    let ranges = |high| cells(&[0, high, 0xe000_0000, 0x10_0000]);
    let tree = changed(&ranges(0xf), &ranges(0x1));
    is_refused("reach", &tree, "a device at 0x1e0004500 to 0x1e0004600");
}

/// Without its clock the machine does not know the date, and that is all.
#[test]
fn no_clock() {
    run(
        "clock",
        &changed(b"pericom,pt7c4338\0", b"pericom,pt7c4339\0"),
    )
    .exits(0);
}
