//! How a process ended, and how wait(2) says it.

use super::Signal;
use core::fmt;

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// By exit: the low 8 bits of its argument.
    Exited(u8),
    /// By a signal.
    Killed(Signal),
}

impl Status {
    /// The status word of wait4(2): the exit status in bits 8 to 15, or the
    /// signal in bits 0 to 6.
    pub fn word(self) -> u32 {
        match self {
            Status::Exited(status) => (status as u32) << 8,
            Status::Killed(signal) => signal.raw(),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Status::Exited(status) => write!(f, "exited with status {status}"),
            Status::Killed(signal) => write!(f, "was killed by {}", signal.name()),
        }
    }
}
