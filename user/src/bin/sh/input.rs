//! Lines from standard input, or from a script.
//!
//! The console gives whole lines and echoes what is typed; a file or a pipe may
//! give any pieces.

use quire_user::sys::{self, Fd};

/// A buffer with what was read but not yet used.
pub struct Input {
    fd: Fd,
    bytes: [u8; 1024],
    /// Where the unused bytes start.
    start: usize,
    /// Where they end.
    end: usize,
}

impl Input {
    /// Nothing read yet of `fd`.
    pub const fn new(fd: Fd) -> Input {
        Input {
            fd,
            bytes: [0; 1024],
            start: 0,
            end: 0,
        }
    }

    /// The next line, without its end; `None` when the input has ended. A line
    /// longer than the buffer comes in pieces.
    pub fn line(&mut self) -> Option<&str> {
        let len = loop {
            let unused = &self.bytes[self.start..self.end];
            if let Some(len) = unused.iter().position(|&b| b == b'\n' || b == b'\r') {
                break len;
            }
            if !self.read_more() {
                if self.start == self.end {
                    return None;
                }
                break self.end - self.start;
            }
        };
        let at = self.start;
        self.start = (at + len + 1).min(self.end);
        Some(core::str::from_utf8(&self.bytes[at..at + len]).unwrap_or(""))
    }

    /// Whether there was more, and room for it.
    fn read_more(&mut self) -> bool {
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let n = sys::read(self.fd, &mut self.bytes[self.end..]).unwrap_or(0);
        self.end += n;
        n > 0
    }
}
