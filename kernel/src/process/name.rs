//! The name of a process.

use core::fmt;
use core::ops::Deref;

/// A process's name: 15 bytes at the most, as in Linux (prctl(2), PR_SET_NAME). It is
/// text, without control characters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Name {
    bytes: [u8; Name::MOST],
    len: u8,
}

impl Name {
    /// The most bytes that it has.
    pub const MOST: usize = 15;

    /// The name that a process gets from its program's path: the last part of it. What
    /// is no text there becomes U+FFFD.
    pub fn of_path(path: &[u8]) -> Name {
        let start = path.iter().rposition(|byte| *byte == b'/');
        let mut name = Name {
            bytes: [0; Name::MOST],
            len: 0,
        };
        for chunk in path[start.map_or(0, |slash| slash + 1)..].utf8_chunks() {
            let invalid = (!chunk.invalid().is_empty()).then_some(char::REPLACEMENT_CHARACTER);
            for char in chunk.valid().chars().chain(invalid) {
                if !name.push(char) {
                    return name;
                }
            }
        }
        name
    }

    /// Adds a character, if it is to be seen. False if there is no room for it.
    fn push(&mut self, char: char) -> bool {
        if char.is_control() {
            return true;
        }
        let free = &mut self.bytes[self.len as usize..];
        if free.len() < char.len_utf8() {
            return false;
        }
        self.len += char.encode_utf8(free).len() as u8;
        true
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        core::str::from_utf8(&self.bytes[..self.len as usize]).unwrap_or("")
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}
