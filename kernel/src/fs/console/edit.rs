//! The line that is being typed: ICANON.
//!
//! Newline ends a line. The keys of [`Key`] take back a character, a word or all of it,
//! or hand it over unended. Where Backspace or Delete takes back a character, both do.

use super::settings::{Key, Local};
use super::{LINE, Line};

const BACKSPACE: u8 = 8;
const DELETE: u8 = 127;

impl Line {
    /// Takes a key.
    pub(super) fn edit(&mut self, byte: u8) {
        let settings = self.settings;
        let extended = settings.local.contains(Local::IEXTEN);
        match byte {
            b'\n' => self.end(&[byte]),
            _ if settings.is(Key::EndOfLine, byte) || settings.is(Key::EndOfLine2, byte) => {
                self.end(&[byte])
            }
            _ if settings.is(Key::EndOfFile, byte) => self.end(&[]),
            _ if self.is_erase(byte) => self.rub_out(),
            _ if settings.is(Key::Kill, byte) => self.kill(byte),
            _ if extended && settings.is(Key::EraseWord, byte) => self.rub_out_word(),
            _ if extended && settings.is(Key::Reprint, byte) => self.reprint(byte),
            _ if extended && settings.is(Key::Literal, byte) => self.is_literal = true,
            _ => self.insert(byte),
        }
    }

    fn is_erase(&self, byte: u8) -> bool {
        let erase = self.settings.at(Key::Erase);
        let both = [BACKSPACE, DELETE];
        self.settings.is(Key::Erase, byte) || both.contains(&erase) && both.contains(&byte)
    }

    /// Adds a character to what can be read, or to the line.
    pub(super) fn insert(&mut self, byte: u8) {
        if !self.settings.is_canonical() {
            return self.add(byte);
        }
        if self.typing.len() < LINE - 1 {
            self.typing.push(byte);
            self.settings.echo(byte);
        } else {
            self.settings.ring();
        }
    }

    fn end(&mut self, with: &[u8]) {
        with.iter().for_each(|byte| self.settings.echo(*byte));
        let mut line = core::mem::take(&mut self.typing);
        line.extend_from_slice(with);
        self.pieces.push_back(line);
    }

    /// Takes back what comes from `start` on.
    fn cut(&mut self, start: usize) {
        if self.settings.local.contains(Local::ECHOE) {
            self.settings.wipe(&self.typing[start..]);
        }
        self.typing.truncate(start);
    }

    /// Takes back a character: all bytes of it, in UTF-8.
    fn rub_out(&mut self) {
        let first = |byte: &u8| byte & 0xc0 != 0x80;
        if let Some(start) = self.typing.iter().rposition(first) {
            self.cut(start);
        }
    }

    /// Takes back a word and the blanks after it.
    fn rub_out_word(&mut self) {
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
        let end = self.typing.iter().rposition(|byte| !blank(byte));
        let word = &self.typing[..end.unwrap_or(0)];
        self.cut(word.iter().rposition(blank).map_or(0, |at| at + 1));
    }

    fn kill(&mut self, byte: u8) {
        let local = self.settings.local;
        if local.contains(Local::ECHOKE | Local::ECHOE) {
            return self.cut(0);
        }
        self.typing.clear();
        self.settings.echo(byte);
        if local.contains(Local::ECHOK) {
            self.settings.echo(b'\n');
        }
    }

    fn reprint(&mut self, byte: u8) {
        self.settings.echo(byte);
        self.settings.echo(b'\n');
        self.typing
            .iter()
            .for_each(|byte| self.settings.echo(*byte));
    }
}
