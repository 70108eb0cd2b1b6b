//! The console's input, as termios(3) says: lines that can be corrected while they are
//! typed, or every key at once.
//!
//! What can be read lies in pieces. A line is one; it is read by itself. Without ICANON
//! all that was typed is in one piece that grows, and reads do not stop at pieces.

mod edit;
mod screen;
mod settings;

pub use settings::{Input, Local, Output, Settings};

use crate::platform::{self, console_read};
use crate::process::Signal;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use settings::Key;

/// Bytes in a line or a piece; what is typed beyond is not taken.
const LINE: usize = 4096;
/// Pieces that wait to be read; when they are that many, nothing is taken.
const LINES: usize = 64;

/// The console's input and how it behaves.
pub struct Line {
    settings: Settings,
    /// Rows, columns, and points of both: struct winsize. 0 is for unknown.
    pub window: [u16; 4],
    /// The line that has not ended.
    typing: Vec<u8>,
    /// The next key is taken as it is.
    is_literal: bool,
    /// What can be read. An empty piece is the end of the file.
    pieces: VecDeque<Vec<u8>>,
    /// When the last key came, in timebase ticks.
    last_key: u64,
}

/// What has been typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// There is something to read.
    pub line: bool,
    /// The signal of the last key that sends one.
    pub signal: Option<Signal>,
}

/// How long a reader waits that finds too little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Until there is enough.
    Forever,
    /// For so many tenths of a second after its call.
    AfterCall(u64),
    /// For so many after this time, in timebase ticks.
    AfterKey(u64, u64),
}

impl Line {
    /// Nothing is typed yet.
    pub fn new() -> Line {
        Line {
            settings: Settings::initial(),
            window: [0; 4],
            typing: Vec::new(),
            is_literal: false,
            pieces: VecDeque::new(),
            last_key: 0,
        }
    }

    /// How it behaves.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How it behaves from now on. What was typed can be read by the new rules.
    pub fn set(&mut self, settings: Settings) {
        let opens = self.settings.is_canonical() && !settings.is_canonical();
        self.settings = settings;
        if opens {
            let typing = core::mem::take(&mut self.typing);
            self.pieces.push_back(typing);
            self.pieces.retain(|piece| !piece.is_empty());
        }
    }

    /// Takes what has been typed since the last time.
    pub fn poll(&mut self) -> Typed {
        let mut signal = None;
        let mut bytes = [0; 16];
        while self.pieces.len() < LINES {
            let count = console_read(&mut bytes);
            for byte in &bytes[..count] {
                signal = self.take(*byte).or(signal);
            }
            if count == 0 {
                break;
            }
            self.last_key = platform::timebase();
        }
        Typed {
            line: !self.pieces.is_empty(),
            signal,
        }
    }

    /// Takes a key. Gives the signal that it sends.
    fn take(&mut self, byte: u8) -> Option<Signal> {
        let Settings { input, local, .. } = self.settings;
        let byte = match byte {
            b'\r' if input.contains(Input::IGNCR) => return None,
            b'\r' if input.contains(Input::ICRNL) => b'\n',
            b'\n' if input.contains(Input::INLCR) => b'\r',
            byte => byte,
        };
        if core::mem::take(&mut self.is_literal) {
            self.insert(byte);
            return None;
        }
        if local.contains(Local::ISIG)
            && let Some(signal) = self.signal_of(byte)
        {
            if !local.contains(Local::NOFLSH) {
                self.flush();
            }
            self.settings.echo(byte);
            return Some(signal);
        }
        match self.settings.is_canonical() {
            true => self.edit(byte),
            false => self.add(byte),
        }
        None
    }

    /// What a key sends.
    fn signal_of(&self, byte: u8) -> Option<Signal> {
        [
            (Key::Interrupt, Signal::INT),
            (Key::Quit, Signal::QUIT),
            (Key::Suspend, Signal::TSTP),
        ]
        .into_iter()
        .find(|(key, _)| self.settings.is(*key, byte))
        .map(|(_, signal)| signal)
    }

    /// Forgets what has not been read.
    pub fn flush(&mut self) {
        self.typing.clear();
        self.pieces.clear();
    }

    /// A key that can be read at once.
    fn add(&mut self, byte: u8) {
        if self.pieces.is_empty() {
            self.pieces.push_back(Vec::new());
        }
        match self.pieces.back_mut() {
            Some(piece) if piece.len() < LINE => {
                piece.push(byte);
                self.settings.echo(byte);
            }
            _ => self.settings.ring(),
        }
    }

    /// Bytes that can be read.
    pub fn available(&self) -> usize {
        self.pieces.iter().map(Vec::len).sum()
    }

    /// Whether poll and select say that there is something to read. Without ICANON and
    /// without a time, that is as much as a read would wait for (Linux's
    /// input_available_p).
    pub fn is_readable(&self) -> bool {
        let least = match self.settings.at(Key::Time) {
            0 => usize::from(self.settings.at(Key::Least)).max(1),
            _ => 1,
        };
        match self.settings.is_canonical() {
            true => !self.pieces.is_empty(),
            false => self.available() >= least,
        }
    }

    /// What a read of up to `max` bytes gets: of the next line, or of all keys. None at
    /// the end of the file. `None`: there is too little, see
    /// [`patience`](Line::patience).
    pub fn read(&mut self, max: usize) -> Option<Vec<u8>> {
        if self.settings.is_canonical() {
            return self.read_piece(max);
        }
        let least = usize::from(self.settings.at(Key::Least)).min(max);
        let is_enough = least > 0 && self.available() >= least;
        is_enough.then(|| self.read_now(max))
    }

    fn read_piece(&mut self, max: usize) -> Option<Vec<u8>> {
        let mut piece = self.pieces.pop_front()?;
        if piece.len() > max {
            self.pieces.push_front(piece.split_off(max));
        }
        Some(piece)
    }

    /// What there is, if it is less than a reader wants or nothing at all.
    pub fn read_now(&mut self, max: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while bytes.len() < max
            && let Some(piece) = self.read_piece(max - bytes.len())
        {
            bytes.extend(piece);
        }
        bytes
    }

    /// How long a reader waits to whom [`read`](Line::read) gave nothing (termios(3),
    /// "Canonical and noncanonical mode").
    pub fn patience(&self) -> Patience {
        let tenths = u64::from(self.settings.at(Key::Time));
        match self.settings.at(Key::Least) {
            _ if self.settings.is_canonical() => Patience::Forever,
            0 => Patience::AfterCall(tenths),
            _ if tenths > 0 && self.available() > 0 => Patience::AfterKey(self.last_key, tenths),
            _ => Patience::Forever,
        }
    }

    /// Puts back what was read but could not be handed over.
    pub fn put_back(&mut self, bytes: Vec<u8>) {
        self.pieces.push_front(bytes);
    }
}
