//! From a line to commands and their words.

use core::ffi::CStr;
use core::fmt::Write;
use quire_user::Text;
use quire_user::exec::MAX_ARGS;

/// When the shell goes on after a command.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// After it has ended.
    Wait,
    /// At once: `&`.
    Background,
}

/// One command: its words, each ended by a NUL.
pub struct Command {
    text: Text<1024>,
    count: usize,
    /// When the shell goes on.
    pub when: When,
    /// What `$?` was before it.
    pub last_status: i32,
}

impl Command {
    /// No words.
    pub const fn new() -> Command {
        Command {
            text: Text::new(),
            count: 0,
            when: When::Wait,
            last_status: 0,
        }
    }

    /// Its words and how many there are; the rest are empty.
    pub fn words(&self) -> ([&CStr; MAX_ARGS], usize) {
        let mut words = [c""; MAX_ARGS];
        let mut rest = self.text.bytes();
        for word in &mut words[..self.count] {
            *word = CStr::from_bytes_until_nul(rest).unwrap_or(c"");
            rest = &rest[(word.count_bytes() + 1).min(rest.len())..];
        }
        (words, self.count)
    }

    /// Word `i`.
    pub fn word(&self, i: usize) -> Option<&CStr> {
        let (words, count) = self.words();
        (i < count).then(|| words[i])
    }

    /// The first word; empty if there is none.
    pub fn name(&self) -> &str {
        self.word(0)
            .and_then(|word| word.to_str().ok())
            .unwrap_or("")
    }
}

/// A line, and how far it was read.
pub struct Parser<'a> {
    rest: &'a [u8],
}

impl<'a> Parser<'a> {
    /// Starts at the line's first character.
    pub fn new(line: &'a str) -> Parser<'a> {
        Parser {
            rest: line.as_bytes(),
        }
    }

    /// Reads the next command into `command`; false at the end of the line.
    /// `status` is what `$?` stands for.
    pub fn next(&mut self, command: &mut Command, status: i32) -> Result<bool, &'static str> {
        *command = Command {
            last_status: status,
            ..Command::new()
        };
        loop {
            self.skip_spaces();
            match self.rest.first() {
                None | Some(b'#') => {
                    self.rest = &[];
                    return Ok(command.count > 0);
                }
                Some(b';') => {
                    self.rest = &self.rest[1..];
                    return Ok(true);
                }
                Some(b'&') => {
                    self.rest = &self.rest[1..];
                    command.when = When::Background;
                    return Ok(true);
                }
                Some(_) => self.word(command)?,
            }
        }
    }

    fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }

    /// Reads one word: plain characters, and parts in quotes.
    fn word(&mut self, command: &mut Command) -> Result<(), &'static str> {
        if command.count == MAX_ARGS {
            return Err("too many words");
        }
        while let Some(&c) = self.rest.first() {
            match c {
                b';' | b'&' | b' ' | b'\t' => break,
                b'\'' => command.text.push(self.quoted(b'\'')?),
                b'"' => {
                    let part = self.quoted(b'"')?;
                    expand(part, command);
                }
                _ => {
                    let len = self
                        .rest
                        .iter()
                        .position(|b| b";& \t'\"".contains(b))
                        .unwrap_or(self.rest.len());
                    let (part, rest) = self.rest.split_at(len);
                    self.rest = rest;
                    expand(part, command);
                }
            }
        }
        command.text.push(&[0]);
        command.count += 1;
        if command.text.bytes().len() >= 1000 {
            Err("the command is too long")
        } else {
            Ok(())
        }
    }

    /// What is between two quotes; the rest starts after the second.
    fn quoted(&mut self, quote: u8) -> Result<&'a [u8], &'static str> {
        let inside = &self.rest[1..];
        let len = inside
            .iter()
            .position(|&b| b == quote)
            .ok_or("a quote is not closed")?;
        self.rest = &inside[len + 1..];
        Ok(&inside[..len])
    }
}

/// Adds `part` with each `$?` replaced by the last status.
fn expand(mut part: &[u8], command: &mut Command) {
    while let Some(at) = part.windows(2).position(|pair| pair == b"$?") {
        command.text.push(&part[..at]);
        // Writing to a text never fails: what does not fit is left off, and found above.
        let _ = write!(command.text, "{}", command.last_status);
        part = &part[at + 2..];
    }
    command.text.push(part);
}
