//! What is typed: lines, with echo and correction.
//!
//! Enter ends a line (as CR or LF; the reader gets LF). Backspace and Delete take
//! back a character. Ctrl-D hands over what is typed so far, or, at the start of
//! a line, says that there is no more: one read gives 0. Ctrl-C, Ctrl-\ and Ctrl-Z take
//! back all that has not been read, and send SIGINT, SIGQUIT and SIGTSTP to the
//! programs in the foreground: see `process::group`.

use crate::platform::{console_read, console_write};
use crate::process::Signal;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// Bytes in a line; what is typed beyond is not taken.
const LINE: usize = 1024;
/// Lines that wait to be read; when they are that many, nothing is taken.
const LINES: usize = 64;

const CTRL_C: u8 = 3;
const CTRL_D: u8 = 4;
const CTRL_BACKSLASH: u8 = 28;
const CTRL_Z: u8 = 26;
const BELL: u8 = 7;
const BACKSPACE: u8 = 8;
const DELETE: u8 = 127;

/// The console's input.
pub struct Line {
    typing: Vec<u8>,
    /// What can be read, a read at a time. An empty one is the end of the file.
    lines: VecDeque<Vec<u8>>,
}

/// What a key sends (termios(3), ISIG).
fn signal_of(byte: u8) -> Option<Signal> {
    match byte {
        CTRL_C => Some(Signal::INT),
        CTRL_BACKSLASH => Some(Signal::QUIT),
        CTRL_Z => Some(Signal::TSTP),
        _ => None,
    }
}

/// What has been typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// There is something to read.
    pub line: bool,
    /// The signal of the last key that sends one.
    pub signal: Option<Signal>,
}

impl Line {
    /// Nothing is typed yet.
    pub fn new() -> Line {
        Line {
            typing: Vec::new(),
            lines: VecDeque::new(),
        }
    }

    /// Takes what has been typed since the last time.
    pub fn poll(&mut self) -> Typed {
        let mut signal = None;
        let mut bytes = [0; 16];
        while self.lines.len() < LINES {
            let count = console_read(&mut bytes);
            for byte in &bytes[..count] {
                signal = signal_of(*byte).or(signal);
                self.take(*byte);
            }
            if count == 0 {
                break;
            }
        }
        Typed {
            line: self.has_line(),
            signal,
        }
    }

    /// Whether there is something to read.
    pub fn has_line(&self) -> bool {
        !self.lines.is_empty()
    }

    fn take(&mut self, byte: u8) {
        match byte {
            b'\r' | b'\n' => self.end(b"\n"),
            BACKSPACE | DELETE => self.rub_out(),
            CTRL_C => self.take_back(b"^C\n"),
            CTRL_BACKSLASH => self.take_back(b"^\\\n"),
            CTRL_Z => self.take_back(b"^Z\n"),
            CTRL_D => self.end(b""),
            b'\t' | b' '.. if self.typing.len() < LINE - 1 => {
                self.typing.push(byte);
                console_write(&[byte]);
            }
            _ => console_write(&[BELL]),
        }
    }

    /// Forgets what has not been read, and shows why.
    fn take_back(&mut self, shown: &[u8]) {
        self.typing.clear();
        self.lines.clear();
        console_write(shown);
    }

    fn end(&mut self, with: &[u8]) {
        console_write(with);
        let mut line = core::mem::take(&mut self.typing);
        line.extend_from_slice(with);
        self.lines.push_back(line);
    }

    /// Takes back a character: all bytes of it, in UTF-8.
    fn rub_out(&mut self) {
        if !self.typing.is_empty() {
            while self.typing.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
            console_write(b"\x08 \x08");
        }
    }

    /// Up to `max` bytes of the next line; none at the end of the file. `None`:
    /// nothing has been entered yet.
    pub fn read(&mut self, max: usize) -> Option<Vec<u8>> {
        let mut line = self.lines.pop_front()?;
        if line.len() > max {
            self.lines.push_front(line.split_off(max));
        }
        Some(line)
    }

    /// Puts back what was read but could not be handed over.
    pub fn put_back(&mut self, line: Vec<u8>) {
        self.lines.push_front(line);
    }
}
