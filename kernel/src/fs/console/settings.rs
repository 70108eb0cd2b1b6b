//! How a terminal behaves: struct termios (termios(3)).
//!
//! Flags that stand for what Quire's console does not do cannot be set: as
//! tcsetattr(3) allows, what can be done of a request is done, and who reads the settings
//! back sees what that was.

use bitflags::bitflags;
use linux_raw_sys::general as abi;

bitflags! {
    /// c_iflag.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Input: u32 {
        /// Carriage return becomes newline.
        const ICRNL = abi::ICRNL;
        /// Newline becomes carriage return.
        const INLCR = abi::INLCR;
        /// Carriage return is not taken.
        const IGNCR = abi::IGNCR;
    }

    /// c_oflag.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Output: u32 {
        /// The other flags count.
        const OPOST = abi::OPOST;
        /// A carriage return comes before each newline.
        const ONLCR = abi::ONLCR;
    }

    /// c_lflag.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Local: u32 {
        /// Keys send signals.
        const ISIG = abi::ISIG;
        /// Whole lines are read, and can be corrected before.
        const ICANON = abi::ICANON;
        /// What is typed is shown.
        const ECHO = abi::ECHO;
        /// A character that is taken back disappears.
        const ECHOE = abi::ECHOE;
        /// A line that is taken back ends on the screen.
        const ECHOK = abi::ECHOK;
        /// A newline is shown even without ECHO.
        const ECHONL = abi::ECHONL;
        /// Control characters are shown as ^X.
        const ECHOCTL = abi::ECHOCTL;
        /// A line that is taken back disappears.
        const ECHOKE = abi::ECHOKE;
        /// There are also keys for a word, the line again, and the next key as it is.
        const IEXTEN = abi::IEXTEN;
        /// A key's signal leaves what was typed.
        const NOFLSH = abi::NOFLSH;
        /// Programs in the background may not write.
        const TOSTOP = abi::TOSTOP;
    }
}

/// A place in c_cc: a key, or a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Sends SIGINT.
    Interrupt = abi::VINTR as isize,
    /// Sends SIGQUIT.
    Quit = abi::VQUIT as isize,
    /// Sends SIGTSTP.
    Suspend = abi::VSUSP as isize,
    /// Takes back a character.
    Erase = abi::VERASE as isize,
    /// Takes back the line.
    Kill = abi::VKILL as isize,
    /// Takes back a word.
    EraseWord = abi::VWERASE as isize,
    /// Hands over what is typed; at a line's start that is the end of the file.
    EndOfFile = abi::VEOF as isize,
    /// Ends a line, as newline does.
    EndOfLine = abi::VEOL as isize,
    /// Another such.
    EndOfLine2 = abi::VEOL2 as isize,
    /// Shows the line again.
    Reprint = abi::VREPRINT as isize,
    /// The next key is taken as it is.
    Literal = abi::VLNEXT as isize,
    /// Bytes that a read waits for, without ICANON.
    Least = abi::VMIN as isize,
    /// Tenths of a second that it waits.
    Time = abi::VTIME as isize,
}

/// A terminal's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// c_iflag.
    pub input: Input,
    /// c_oflag.
    pub output: Output,
    /// c_lflag.
    pub local: Local,
    /// c_cc.
    pub keys: [u8; abi::NCCS as usize],
}

impl Settings {
    /// c_cflag: 8 bits at a speed that means nothing, and nobody hangs up. It cannot be
    /// changed.
    pub const CONTROL: u32 = abi::CS8 | abi::CREAD | abi::CLOCAL | Settings::SPEED;
    /// c_ispeed and c_ospeed.
    pub const SPEED: u32 = abi::B38400;

    /// As Linux's terminals begin.
    pub fn initial() -> Settings {
        let mut settings = Settings {
            input: Input::ICRNL,
            output: Output::all(),
            local: Local::all().difference(Local::ECHONL | Local::NOFLSH | Local::TOSTOP),
            keys: [0; abi::NCCS as usize],
        };
        for (key, byte) in [
            (Key::Interrupt, 3),
            (Key::Quit, 28),
            (Key::Suspend, 26),
            (Key::Erase, 127),
            (Key::Kill, 21),
            (Key::EraseWord, 23),
            (Key::EndOfFile, 4),
            (Key::Reprint, 18),
            (Key::Literal, 22),
            (Key::Least, 1),
        ] {
            settings.keys[key as usize] = byte;
        }
        settings
    }

    /// What is at `key`.
    pub fn at(&self, key: Key) -> u8 {
        self.keys[key as usize]
    }

    /// Whether `byte` is what `key` stands for. 0 stands for nothing.
    pub fn is(&self, key: Key, byte: u8) -> bool {
        byte != 0 && self.at(key) == byte
    }

    /// Whether whole lines are read.
    pub fn is_canonical(&self) -> bool {
        self.local.contains(Local::ICANON)
    }
}
