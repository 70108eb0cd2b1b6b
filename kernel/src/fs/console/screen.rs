//! What the console shows: a program's output, and the echo of what is typed.

use super::settings::{Local, Output, Settings};
use crate::platform::console_write;

/// Rings.
const BELL: u8 = 7;

impl Settings {
    /// Shows what a program writes.
    pub fn write(&self, bytes: &[u8]) {
        if !self.output.contains(Output::OPOST | Output::ONLCR) {
            return console_write(bytes);
        }
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            match part.split_last() {
                Some((b'\n', line)) => {
                    console_write(line);
                    console_write(b"\r\n");
                }
                _ => console_write(part),
            }
        }
    }

    /// Shows a key, if keys are shown.
    pub fn echo(&self, byte: u8) {
        let newline = byte == b'\n' && self.is_canonical() && self.local.contains(Local::ECHONL);
        if !self.local.contains(Local::ECHO) && !newline {
            return;
        }
        match byte {
            b'\n' | b'\t' => self.write(&[byte]),
            _ if self.shows_caret(byte) => console_write(&[b'^', byte ^ 0x40]),
            _ => console_write(&[byte]),
        }
    }

    fn shows_caret(&self, byte: u8) -> bool {
        byte.is_ascii_control() && self.local.contains(Local::ECHOCTL)
    }

    /// There is no room for what was typed.
    pub fn ring(&self) {
        console_write(&[BELL]);
    }

    /// Takes from the screen what [`echo`](Settings::echo) showed for `bytes`.
    pub fn wipe(&self, bytes: &[u8]) {
        if !self.local.contains(Local::ECHO) {
            return;
        }
        let columns = |byte: &u8| match byte {
            byte if self.shows_caret(*byte) => 2,
            byte if byte & 0xc0 == 0x80 => 0, // a character's first byte stands for it
            _ => 1,
        };
        for _ in 0..bytes.iter().map(columns).sum() {
            console_write(b"\x08 \x08");
        }
    }
}
