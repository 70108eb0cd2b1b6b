//! Whether a flattened device tree is well-formed (Devicetree Specification 0.4,
//! chapter 5): the `fdt` crate takes that for granted, and panics, or calls itself too
//! deeply, where it is not.

use crate::platform::device_tree::number;

const MAGIC: u64 = 0xd00d_feed;

/// Tokens of the structure block. FDT_NOP, 4, is not taken: the crate does not expect
/// it everywhere, and QEMU writes none.
const BEGIN_NODE: u64 = 1;
const END_NODE: u64 = 2;
const PROP: u64 = 3;
const END: u64 = 9;

/// Nodes within nodes; QEMU's tree has 4.
const DEEPEST: u32 = 16;

/// The header's size, in bytes.
pub const HEADER: usize = 40;

/// The size that a header gives for the whole tree.
pub fn size(header: &[u8; HEADER]) -> Result<u64, &'static str> {
    if number(&header[..4]) != MAGIC {
        return Err("its magic number is missing");
    }
    match number(&header[4..8]) {
        0..40 => Err("it is shorter than its header"),
        size => Ok(size),
    }
}

/// Checks the whole tree.
pub fn check(tree: &[u8]) -> Result<(), &'static str> {
    let cell = |offset| word(tree, offset);
    let block = |start: Option<usize>, size: Option<usize>| {
        let start = start?;
        tree.get(start..start.checked_add(size?)?)
    };
    // Of the header: off_dt_struct and size_dt_struct, off_dt_strings and size_dt_strings,
    // version and last_comp_version. Before version 17 there was no size_dt_struct.
    let structure = block(cell(8), cell(36)).ok_or("its structure lies outside")?;
    let names = block(cell(12), cell(32)).ok_or("its strings lie outside")?;
    match (cell(20), cell(24)) {
        (Some(17..), Some(..=17)) => Structure { structure, names }.check(),
        _ => Err("its version is not 17"),
    }
}

/// The cell at `offset`.
fn word(bytes: &[u8], offset: usize) -> Option<usize> {
    let bytes = bytes.get(offset..)?.get(..4)?;
    Some(number(bytes) as usize)
}

/// The bytes before the first NUL, if they are UTF-8.
fn name(bytes: &[u8]) -> Option<&str> {
    let end = bytes.iter().position(|&byte| byte == 0)?;
    core::str::from_utf8(&bytes[..end]).ok()
}

struct Structure<'a> {
    structure: &'a [u8],
    names: &'a [u8],
}

impl Structure<'_> {
    fn check(&self) -> Result<(), &'static str> {
        let (mut at, mut depth) = (0, 0);
        // A property may follow only a node's beginning or another property.
        let mut before = END_NODE;
        loop {
            let token = word(self.structure, at).ok_or("its structure has no end")? as u64;
            at += 4;
            match token {
                BEGIN_NODE if depth < DEEPEST && (depth > 0 || at == 4) => {
                    depth += 1;
                    at += self.node(at).ok_or("a node has no name")?;
                }
                PROP if before == BEGIN_NODE || before == PROP => {
                    at += self.property(at).ok_or("a property is malformed")?;
                }
                END_NODE if depth > 0 => depth -= 1,
                END if depth == 0 && before == END_NODE && at > 4 => return Ok(()),
                _ => return Err("its nodes are malformed, or too deep"),
            }
            before = token;
        }
    }

    /// The bytes that the name at `at` takes.
    fn node(&self, at: usize) -> Option<usize> {
        Some((name(self.structure.get(at..)?)?.len() + 1).next_multiple_of(4))
    }

    /// The bytes that the property at `at` takes: two cells and its value.
    fn property(&self, at: usize) -> Option<usize> {
        let length = word(self.structure, at)?;
        name(self.names.get(word(self.structure, at + 4)?..)?)?;
        self.structure.get(at + 8..)?.get(..length)?;
        Some(8 + length.next_multiple_of(4))
    }
}
