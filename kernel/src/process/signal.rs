//! Signals: their numbers, their names, and what each does to a process that has
//! not said anything else (signal(7), "Standard signals").

use linux_raw_sys::general as abi;

/// A signal's number: 1 to 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signal(u8);

/// What a signal does by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Default {
    /// It ends the process. Quire writes no core files.
    Terminate,
    /// Nothing.
    Ignore,
    /// It stops the process.
    Stop,
    /// A stopped process goes on, even if it handles or ignores the signal.
    Continue,
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
    /// Quit from the keyboard.
    pub const QUIT: Signal = Signal(abi::SIGQUIT as u8);
    /// An instruction that cannot be executed.
    pub const ILL: Signal = Signal(abi::SIGILL as u8);
    /// A breakpoint.
    pub const TRAP: Signal = Signal(abi::SIGTRAP as u8);
    /// An access that the memory cannot do.
    pub const BUS: Signal = Signal(abi::SIGBUS as u8);
    /// An arithmetic error.
    pub const FPE: Signal = Signal(abi::SIGFPE as u8);
    /// What cannot be refused; also what a process gets when the machine is out of
    /// memory.
    pub const KILL: Signal = Signal(abi::SIGKILL as u8);
    /// An access to what is not mapped, or not so.
    pub const SEGV: Signal = Signal(abi::SIGSEGV as u8);
    /// A write to a pipe that nobody reads.
    pub const PIPE: Signal = Signal(abi::SIGPIPE as u8);
    /// A timer of real time.
    pub const ALRM: Signal = Signal(abi::SIGALRM as u8);
    /// A timer of the program's own time.
    pub const VTALRM: Signal = Signal(abi::SIGVTALRM as u8);
    /// A timer of all of the process's time.
    pub const PROF: Signal = Signal(abi::SIGPROF as u8);
    /// A child has ended or stopped.
    pub const CHLD: Signal = Signal(abi::SIGCHLD as u8);
    /// Go on.
    pub const CONT: Signal = Signal(abi::SIGCONT as u8);
    /// Stop; cannot be refused.
    pub const STOP: Signal = Signal(abi::SIGSTOP as u8);
    /// Stop, from the keyboard.
    pub const TSTP: Signal = Signal(abi::SIGTSTP as u8);
    /// A read from the terminal in the background.
    pub const TTIN: Signal = Signal(abi::SIGTTIN as u8);
    /// A write to the terminal in the background.
    pub const TTOU: Signal = Signal(abi::SIGTTOU as u8);
    /// A system call that is not allowed.
    pub const SYS: Signal = Signal(abi::SIGSYS as u8);
    /// The terminal has another size.
    pub const WINCH: Signal = Signal(abi::SIGWINCH as u8);
    /// The terminal is gone.
    pub const HUP: Signal = Signal(abi::SIGHUP as u8);
    /// The first real-time signal.
    pub const RTMIN: Signal = Signal(abi::SIGRTMIN as u8);

    /// The signal `number`, if there is one.
    pub fn new(number: u32) -> Option<Signal> {
        (1..=abi::SIGRTMAX)
            .contains(&number)
            .then_some(Signal(number as u8))
    }

    /// Its number.
    pub const fn raw(self) -> u32 {
        self.0 as u32
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        NAMES
            .get(self.0 as usize - 1)
            .copied()
            .unwrap_or("a real-time signal")
    }

    /// Whether every one that is sent is kept, in order.
    pub fn is_realtime(self) -> bool {
        self >= Signal::RTMIN
    }

    /// What it does by default.
    pub fn default(self) -> Default {
        match self.raw() {
            abi::SIGCHLD | abi::SIGURG | abi::SIGWINCH => Default::Ignore,
            abi::SIGSTOP | abi::SIGTSTP | abi::SIGTTIN | abi::SIGTTOU => Default::Stop,
            abi::SIGCONT => Default::Continue,
            _ => Default::Terminate,
        }
    }
}
