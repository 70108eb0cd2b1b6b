//! From a line to pipelines of commands, and their words.

use core::ffi::CStr;
use core::fmt::Write;
use quire_user::Text;
use quire_user::exec::MAX_ARGS;

/// The most commands of one pipeline.
pub const MAX_COMMANDS: usize = 6;
/// The most redirections of one command.
const MAX_REDIRECTIONS: usize = 4;

/// When the shell goes on after a pipeline.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// After it has ended.
    Wait,
    /// At once: `&`.
    Background,
}

/// Where a command's descriptor comes from or goes to.
#[derive(Clone, Copy)]
pub enum How {
    /// `<`: standard input is the file.
    Read,
    /// `>`: standard output replaces the file.
    Write,
    /// `>>`: standard output goes to the file's end.
    Append,
    /// `2>`: standard error replaces the file.
    Errors,
}

/// One command: its words, each ended by a NUL. The first `count` are its own; after
/// them come the names of the files that it is redirected to.
pub struct Command {
    text: Text<1024>,
    count: usize,
    how: [How; MAX_REDIRECTIONS],
    redirections: usize,
    /// Which of the words are files' names.
    is_file: u64,
}

impl Command {
    /// No words.
    pub const fn new() -> Command {
        Command {
            text: Text::new(),
            count: 0,
            how: [How::Read; MAX_REDIRECTIONS],
            redirections: 0,
            is_file: 0,
        }
    }

    /// All words in the order in which they stand, and whether they are files' names.
    fn all(&self) -> impl Iterator<Item = (&CStr, bool)> {
        let mut rest = self.text.bytes();
        (0..self.count + self.redirections).map(move |n| {
            let word = CStr::from_bytes_until_nul(rest).unwrap_or(c"");
            rest = &rest[(word.count_bytes() + 1).min(rest.len())..];
            (word, self.is_file >> n & 1 == 1)
        })
    }

    /// Its words and how many there are; the rest are empty.
    pub fn words(&self) -> ([&CStr; MAX_ARGS], usize) {
        let mut words = [c""; MAX_ARGS];
        let own = self.all().filter(|(_, is_file)| !is_file);
        words
            .iter_mut()
            .zip(own)
            .for_each(|(slot, (word, _))| *slot = word);
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

    /// Its redirections, from left to right.
    pub fn redirections(&self) -> impl Iterator<Item = (How, &CStr)> {
        let files = self.all().filter(|(_, is_file)| *is_file);
        self.how.iter().copied().zip(files.map(|(word, _)| word))
    }

    fn is_empty(&self) -> bool {
        self.count == 0 && self.redirections == 0
    }

    /// Ends the word that was just written.
    fn end_word(&mut self, how: Option<How>) -> Result<(), &'static str> {
        self.text.push(&[0]);
        match how {
            None if self.count == MAX_ARGS => return Err("too many words"),
            None => self.count += 1,
            Some(_) if self.redirections == MAX_REDIRECTIONS => return Err("too many files"),
            Some(how) => {
                self.is_file |= 1 << (self.count + self.redirections);
                self.how[self.redirections] = how;
                self.redirections += 1;
            }
        }
        if self.text.bytes().len() >= 1000 {
            return Err("the command is too long");
        }
        Ok(())
    }
}

/// Commands that run together, each one's output the next one's input.
pub struct Pipeline {
    commands: [Command; MAX_COMMANDS],
    count: usize,
    /// When the shell goes on.
    pub when: When,
    /// What `$?` was before it.
    pub last_status: i32,
}

impl Pipeline {
    /// No commands.
    pub const fn new(last_status: i32) -> Pipeline {
        Pipeline {
            commands: [const { Command::new() }; MAX_COMMANDS],
            count: 0,
            when: When::Wait,
            last_status,
        }
    }

    /// Its commands.
    pub fn commands(&self) -> &[Command] {
        &self.commands[..self.count]
    }

    /// Ends a command; there must be one.
    fn end_command(&mut self) -> Result<(), &'static str> {
        match self.commands.get(self.count) {
            Some(command) if command.is_empty() => Err("a command is missing"),
            Some(_) => {
                self.count += 1;
                Ok(())
            }
            None => Err("too many commands"),
        }
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

    /// Reads the next pipeline; `None` at the end of the line. `status` is what `$?`
    /// stands for.
    pub fn next(&mut self, status: i32) -> Result<Option<Pipeline>, &'static str> {
        let mut pipeline = Pipeline::new(status);
        loop {
            self.rest = self.rest.trim_ascii_start();
            let Some(&c) = self.rest.first() else {
                return self.end(pipeline);
            };
            match c {
                b'#' => self.rest = &[],
                b';' => {
                    self.rest = &self.rest[1..];
                    // An empty command does nothing.
                    if !self.nothing(&pipeline) {
                        return self.end(pipeline);
                    }
                }
                b'&' => {
                    self.rest = &self.rest[1..];
                    pipeline.when = When::Background;
                    pipeline.end_command()?;
                    return Ok(Some(pipeline));
                }
                b'|' => {
                    self.rest = &self.rest[1..];
                    pipeline.end_command()?;
                }
                _ => self.word_or_file(&mut pipeline)?,
            }
        }
    }

    fn nothing(&self, pipeline: &Pipeline) -> bool {
        pipeline.count == 0 && pipeline.commands[0].is_empty()
    }

    fn end(&self, mut pipeline: Pipeline) -> Result<Option<Pipeline>, &'static str> {
        if self.nothing(&pipeline) {
            return Ok(None);
        }
        pipeline.end_command()?;
        Ok(Some(pipeline))
    }

    fn word_or_file(&mut self, pipeline: &mut Pipeline) -> Result<(), &'static str> {
        let how = self.redirection();
        let status = pipeline.last_status;
        let command = pipeline
            .commands
            .get_mut(pipeline.count)
            .ok_or("too many commands")?;
        if how.is_some() {
            self.rest = self.rest.trim_ascii_start();
            if self.rest.first().is_none_or(|c| b";&|<>#".contains(c)) {
                return Err("a file's name is missing");
            }
        }
        self.word(command, status)?;
        command.end_word(how)
    }

    /// Takes the sign of a redirection, if one is next.
    fn redirection(&mut self) -> Option<How> {
        let signs = [
            (&b">>"[..], How::Append),
            (b"2>", How::Errors),
            (b">", How::Write),
            (b"<", How::Read),
        ];
        let (sign, how) = signs
            .into_iter()
            .find(|(sign, _)| self.rest.starts_with(sign))?;
        self.rest = &self.rest[sign.len()..];
        Some(how)
    }

    /// Reads one word: plain characters, and parts in quotes.
    fn word(&mut self, command: &mut Command, status: i32) -> Result<(), &'static str> {
        while let Some(&c) = self.rest.first() {
            match c {
                b';' | b'&' | b'|' | b'<' | b'>' | b' ' | b'\t' => break,
                b'\'' => command.text.push(self.quoted(b'\'')?),
                b'"' => {
                    let part = self.quoted(b'"')?;
                    expand(part, command, status);
                }
                _ => {
                    let ends = |b: &u8| b";&|<> \t'\"".contains(b);
                    let len = self.rest.iter().position(ends).unwrap_or(self.rest.len());
                    let (part, rest) = self.rest.split_at(len);
                    self.rest = rest;
                    expand(part, command, status);
                }
            }
        }
        Ok(())
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
fn expand(mut part: &[u8], command: &mut Command, status: i32) {
    while let Some(at) = part.windows(2).position(|pair| pair == b"$?") {
        command.text.push(&part[..at]);
        // Writing to a text never fails: what does not fit is left off, and found above.
        let _ = write!(command.text, "{status}");
        part = &part[at + 2..];
    }
    command.text.push(part);
}
