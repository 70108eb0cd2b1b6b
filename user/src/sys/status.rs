//! How a process ended, as wait4 tells it.

use core::fmt;
use linux_raw_sys::general as linux;

/// The status word that wait4 stores.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Status(pub i32);

impl Status {
    /// The status of a process that exited with `code`.
    pub const fn exited(code: u8) -> Status {
        Status((code as i32) << 8)
    }

    /// The status of a process that signal number `signal` ended.
    pub const fn killed(signal: u32) -> Status {
        Status(signal as i32)
    }

    /// The exit code, unless a signal ended it.
    pub fn code(self) -> Option<i32> {
        (self.0 & 0x7f == 0).then_some((self.0 >> 8) & 0xff)
    }

    /// The signal that ended it. The bit for a core dump (0x80) is not part of
    /// the number.
    pub fn signal(self) -> Option<u32> {
        let signal = (self.0 & 0x7f) as u32;
        (signal != 0 && signal != 0x7f).then_some(signal)
    }

    /// The signal that stopped it: WUNTRACED.
    pub fn stopped(self) -> Option<u32> {
        (self.0 & 0xff == 0x7f).then_some((self.0 >> 8 & 0xff) as u32)
    }

    /// Whether it goes on after a stop: WCONTINUED.
    pub fn continued(self) -> bool {
        self.0 == 0xffff
    }

    /// What a shell's `$?` shows: the exit code, or 128 + the signal.
    pub fn shell(self) -> i32 {
        match self.signal() {
            Some(signal) => 128 + signal as i32,
            None => self.code().unwrap_or(255),
        }
    }
}

/// The name of a signal's number, for those that can end a process here.
pub fn signal_name(signal: u32) -> &'static str {
    match signal {
        linux::SIGHUP => "SIGHUP",
        linux::SIGINT => "SIGINT",
        linux::SIGQUIT => "SIGQUIT",
        linux::SIGILL => "SIGILL",
        linux::SIGTRAP => "SIGTRAP",
        linux::SIGABRT => "SIGABRT",
        linux::SIGBUS => "SIGBUS",
        linux::SIGFPE => "SIGFPE",
        linux::SIGKILL => "SIGKILL",
        linux::SIGUSR1 => "SIGUSR1",
        linux::SIGSEGV => "SIGSEGV",
        linux::SIGUSR2 => "SIGUSR2",
        linux::SIGPIPE => "SIGPIPE",
        linux::SIGALRM => "SIGALRM",
        linux::SIGTERM => "SIGTERM",
        linux::SIGCHLD => "SIGCHLD",
        linux::SIGCONT => "SIGCONT",
        linux::SIGSTOP => "SIGSTOP",
        linux::SIGTSTP => "SIGTSTP",
        linux::SIGTTIN => "SIGTTIN",
        linux::SIGTTOU => "SIGTTOU",
        linux::SIGSYS => "SIGSYS",
        _ => "a signal",
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.signal(), self.stopped()) {
            (Some(signal), _) => write!(f, "ended by {} ({signal})", signal_name(signal)),
            (_, Some(signal)) => write!(f, "stopped by {} ({signal})", signal_name(signal)),
            _ if self.continued() => f.write_str("continued"),
            _ => write!(f, "exit {}", self.shell()),
        }
    }
}
