//! Text of bounded length, in place.

use core::ffi::CStr;
use core::fmt;

/// Up to `N` - 1 bytes of text and the NUL that C wants after it. What does not
/// fit is left off.
#[derive(Clone, Copy)]
pub struct Text<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Text<N> {
    /// No text.
    pub const fn new() -> Self {
        Text {
            bytes: [0; N],
            len: 0,
        }
    }

    /// Formatted text: `Text::format(format_args!(…))`.
    pub fn format(args: fmt::Arguments<'_>) -> Self {
        let mut text = Self::new();
        // `write_str` below never fails.
        let _ = fmt::write(&mut text, args);
        text
    }

    /// Adds `bytes`, as many as fit.
    pub fn push(&mut self, bytes: &[u8]) {
        let n = bytes.len().min(N - 1 - self.len);
        self.bytes[self.len..self.len + n].copy_from_slice(&bytes[..n]);
        self.len += n;
    }

    /// The bytes, without the NUL.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// The text up to the first byte that is not UTF-8.
    pub fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes()) {
            Ok(text) => text,
            Err(e) => core::str::from_utf8(&self.bytes[..e.valid_up_to()]).unwrap_or(""),
        }
    }

    /// The text up to its first NUL, as C wants it.
    pub fn as_cstr(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.bytes).unwrap_or(c"")
    }
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> fmt::Write for Text<N> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        self.push(s.as_bytes());
        Ok(())
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
