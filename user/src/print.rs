//! `print!` and its like: the text of one call goes out in one write.
//!
//! Many processes share the console. A line that is written at once is not torn.

use crate::sys;
use core::fmt::{self, Write};

/// Gathers text and writes it to a file descriptor when full or dropped.
struct Line {
    fd: i32,
    bytes: [u8; 1024],
    len: usize,
}

impl Line {
    fn flush(&mut self) {
        // There is no one to tell that the console does not work.
        let _ = sys::write_all(self.fd, &self.bytes[..self.len]);
        self.len = 0;
    }
}

impl Write for Line {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        let mut rest = s.as_bytes();
        while !rest.is_empty() {
            if self.len == self.bytes.len() {
                self.flush();
            }
            let n = rest.len().min(self.bytes.len() - self.len);
            self.bytes[self.len..self.len + n].copy_from_slice(&rest[..n]);
            self.len += n;
            rest = &rest[n..];
        }
        Ok(())
    }
}

/// Writes formatted text to `fd`. What [`print!`](crate::print) calls.
pub fn to(fd: i32, args: fmt::Arguments<'_>) {
    let mut line = Line {
        fd,
        bytes: [0; 1024],
        len: 0,
    };
    // `write_str` above never fails.
    let _ = line.write_fmt(args);
    line.flush();
}

/// Prints to standard output.
#[macro_export]
macro_rules! print {
    ($($arg:tt)*) => { $crate::print::to(1, format_args!($($arg)*)) };
}

/// Prints a line to standard output.
#[macro_export]
macro_rules! println {
    () => { $crate::print!("\n") };
    ($($arg:tt)*) => { $crate::print::to(1, format_args!("{}\n", format_args!($($arg)*))) };
}

/// Prints a line to standard error.
#[macro_export]
macro_rules! eprintln {
    ($($arg:tt)*) => { $crate::print::to(2, format_args!("{}\n", format_args!($($arg)*))) };
}
