//! What is left when QEMU has ended: its exit status and all that was printed.

use std::fmt;
use std::process::ExitStatus;

/// Lines of output that a failed assertion shows.
const SHOWN: usize = 40;
/// What a line has that says why: shown too, wherever it stands.
const TELLING: &[&str] = &["FAILED", "panic"];

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
        let (rest, last) = lines.split_at(lines.len().saturating_sub(SHOWN));
        let telling = rest
            .iter()
            .filter(|line| TELLING.iter().any(|word| line.contains(word)));
        writeln!(f, "{}; what failed in it, and its last lines:", self.status)?;
        telling
            .chain(last)
            .try_for_each(|line| writeln!(f, "  | {line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn what_failed_long_ago_is_shown() {
        let output = format!(
            "first\ntest a::b ... FAILED: why\n{}last",
            "x\n".repeat(100)
        );
        let status = ExitStatus::from_raw(0);
        let shown = Run { status, output }.to_string();
        assert!(shown.contains("  | test a::b ... FAILED: why\n"), "{shown}");
        assert!(
            shown.ends_with("  | last\n") && !shown.contains("first"),
            "{shown}"
        );
    }
}
