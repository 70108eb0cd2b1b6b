//! Calls that Quire has not: how often each was asked for. They tell what a program
//! would need, `/proc/vm/unknown-syscalls`.

use super::table::NUMBERS;
use alloc::boxed::Box;

/// How often each call was asked for that Quire has not. Its size is fixed: a program can
/// ask for any number.
pub struct UnknownCalls {
    counts: Box<[u64; NUMBERS]>,
    /// Those that are above all numbers that Linux has.
    beyond: u64,
}

impl UnknownCalls {
    /// None yet.
    pub fn new() -> UnknownCalls {
        UnknownCalls {
            counts: Box::new([0; NUMBERS]),
            beyond: 0,
        }
    }

    /// One asked for `number`.
    pub fn count(&mut self, number: u64) {
        let count = usize::try_from(number)
            .ok()
            .and_then(|number| self.counts.get_mut(number));
        *count.unwrap_or(&mut self.beyond) += 1;
    }

    /// Each number that was asked for, and how often.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        let counts = self.counts.iter().enumerate();
        counts
            .map(|(number, count)| (number as u64, *count))
            .filter(|(_, count)| *count > 0)
    }

    /// How often a number was asked for that no call of Linux has.
    pub fn beyond(&self) -> u64 {
        self.beyond
    }
}
