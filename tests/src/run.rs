//! What is left when QEMU has ended: its exit status and all that was printed.

use std::fmt;
use std::process::ExitStatus;

/// Lines of output that a failed assertion shows.
const SHOWN: usize = 40;

/// A machine that has run.
#[derive(Clone, Debug)]
pub struct Run {
    /// How the process ended.
    pub status: ExitStatus,
    /// The console's output, and QEMU's own messages, without carriage returns.
    pub output: String,
}

impl Run {
    /// Asserts that the process ended with this exit status.
    #[track_caller]
    pub fn exits(self, code: i32) -> Run {
        assert_eq!(self.status.code(), Some(code), "the exit status\n{self}");
        self
    }

    /// Asserts that a line of the output has all of these in it.
    #[track_caller]
    pub fn says(self, parts: &[&str]) -> Run {
        let found = self
            .output
            .lines()
            .any(|line| parts.iter().all(|part| line.contains(part)));
        assert!(found, "no line says {parts:?}\n{self}");
        self
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.output.lines().collect();
        let last = &lines[lines.len().saturating_sub(SHOWN)..];
        writeln!(f, "{}; the last lines of its output:", self.status)?;
        last.iter().try_for_each(|line| writeln!(f, "  | {line}"))
    }
}
