//! What the machines' device trees have in common, however they are handed over.

use core::fmt;

/// What is wrong with a device tree.
#[derive(Debug)]
pub enum Unusable {
    /// There is no such node.
    NoNode(&'static str),
    /// A node lacks a property that it must have.
    NoProperty(&'static str),
    /// A property is not what it must be.
    Malformed(&'static str),
    /// There is more than the kernel has room to note.
    TooMany(&'static str),
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unusable::NoNode(n) => write!(f, "the device tree has no node {n}"),
            Unusable::NoProperty(p) => write!(f, "the device tree lacks the property {p}"),
            Unusable::Malformed(p) => write!(f, "a property {p} is malformed or too long"),
            Unusable::TooMany(what) => write!(f, "the machine has too many {what}"),
        }
    }
}

/// The number in `bytes`, at most 8: a device tree's are big-endian.
pub fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |value, &byte| value << 8 | u64::from(byte))
}
