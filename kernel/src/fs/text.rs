//! Text that grows without ever failing the kernel's heap.

use crate::heap;
use alloc::vec::Vec;
use core::fmt;

/// The most that a file under /proc can say.
const LIMIT: usize = 1 << 20;

/// Bytes to write formatted text to. When there is no memory for more, or when
/// there is too much already, writing fails; it does not panic.
#[derive(Default)]
pub struct Text(Vec<u8>);

impl Text {
    /// What was written, without the room beyond it unless there is no memory to
    /// copy it to.
    pub fn into_bytes(self) -> Vec<u8> {
        let mut exact = Vec::new();
        if exact.try_reserve_exact(self.0.len()).is_err() {
            return self.0;
        }
        exact.extend_from_slice(&self.0);
        exact
    }

    /// Makes room for `more` bytes, unless that takes what requests must leave.
    fn grow(&mut self, more: usize) -> fmt::Result {
        self.0.try_reserve(more).map_err(|_| fmt::Error)?;
        if heap::is_low() {
            Err(fmt::Error)
        } else {
            Ok(())
        }
    }
}

impl Text {
    /// Adds bytes that need not be text.
    pub fn write_bytes(&mut self, text: &[u8]) -> fmt::Result {
        if self.0.len() + text.len() > LIMIT {
            return Err(fmt::Error);
        }
        if self.0.capacity() - self.0.len() < text.len() {
            self.grow(text.len())?;
        }
        self.0.extend_from_slice(text);
        Ok(())
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write_bytes(text.as_bytes())
    }
}
