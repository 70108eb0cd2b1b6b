//! Signals. Quire has no handlers yet: each signal does what signal(7) says it
//! does by default. A process cannot be stopped, so the four signals that would
//! are refused by kill with EINVAL.

use super::{INIT, Pid, Status};
use crate::state::Kernel;
use linux_raw_sys::general as abi;

/// A signal's number: 1 to 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal(u8);

/// What a signal does to a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It ends the process.
    Terminate,
    /// Nothing.
    Ignore,
    /// It would stop the process, which Quire cannot do.
    Stop,
}

/// The names of signals 1 to 31.
const NAMES: [&str; 31] = [
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "SIGILL",
    "SIGTRAP",
    "SIGABRT",
    "SIGBUS",
    "SIGFPE",
    "SIGKILL",
    "SIGUSR1",
    "SIGSEGV",
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGTERM",
    "SIGSTKFLT",
    "SIGCHLD",
    "SIGCONT",
    "SIGSTOP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGXCPU",
    "SIGXFSZ",
    "SIGVTALRM",
    "SIGPROF",
    "SIGWINCH",
    "SIGIO",
    "SIGPWR",
    "SIGSYS",
];

impl Signal {
    /// Interrupted from the keyboard.
    pub const INT: Signal = Signal(abi::SIGINT as u8);
    /// An instruction that cannot be executed.
    pub const ILL: Signal = Signal(abi::SIGILL as u8);
    /// A breakpoint.
    pub const TRAP: Signal = Signal(abi::SIGTRAP as u8);
    /// An access that the memory cannot do.
    pub const BUS: Signal = Signal(abi::SIGBUS as u8);
    /// What cannot be refused; also what a process gets that needs memory when
    /// there is none.
    pub const KILL: Signal = Signal(abi::SIGKILL as u8);
    /// An access to what is not mapped, or not so.
    pub const SEGV: Signal = Signal(abi::SIGSEGV as u8);

    /// The signal `number`, if there is one.
    pub fn new(number: u32) -> Option<Signal> {
        (1..=abi::SIGRTMAX)
            .contains(&number)
            .then_some(Signal(number as u8))
    }

    /// Its number.
    pub fn raw(self) -> u32 {
        self.0 as u32
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        NAMES
            .get(self.0 as usize - 1)
            .copied()
            .unwrap_or("a real-time signal")
    }

    /// What it does by default.
    pub fn action(self) -> Action {
        match self.raw() {
            abi::SIGCHLD | abi::SIGCONT | abi::SIGURG | abi::SIGWINCH => Action::Ignore,
            abi::SIGSTOP | abi::SIGTSTP | abi::SIGTTIN | abi::SIGTTOU => Action::Stop,
            _ => Action::Terminate,
        }
    }
}

impl Kernel {
    /// Sends `signal` to a living process. Process 1 has asked for none, so
    /// none reaches it (kill(2), NOTES).
    pub fn send(&mut self, pid: Pid, signal: Signal) {
        if pid != INIT && signal.action() == Action::Terminate {
            self.exit(pid, Status::Killed(signal));
        }
    }
}
