//! Samples, in memory that a process and its children share.

use core::fmt;
use quire_user::{Area, Errno, PAGE, Text, timebase};

/// The most samples of a row.
const MOST: usize = 1000;
/// Bytes of a sample: its ticks, and for how many things they are.
const SAMPLE: usize = 16;
/// Where the number of samples is, a word that is free for all, and the first sample.
const COUNT: usize = 0;
const MAILBOX: usize = 8;
const FIRST: usize = 16;

/// Samples of one row.
#[derive(Clone, Copy)]
pub struct Samples(Area);

impl Samples {
    /// None yet, in memory that was touched.
    pub fn new() -> Result<Samples, Errno> {
        let area = Area::shared((FIRST + MOST * SAMPLE).next_multiple_of(PAGE))?;
        let samples = Samples(area);
        samples.clear();
        samples.at_hand();
        Ok(samples)
    }

    /// Makes its pages accessible without a fault, in this process.
    pub fn at_hand(self) {
        for offset in (0..self.0.len()).step_by(PAGE) {
            self.0.store_word(offset, self.0.load_word(offset));
        }
    }

    /// Forgets all.
    pub fn clear(self) {
        self.0.store_word(COUNT, 0);
    }

    /// Adds one: so many ticks for so many things.
    pub fn push(self, ticks: u64, things: usize) {
        let n = self.0.load_word(COUNT) as usize;
        if n < MOST {
            let at = FIRST + n * SAMPLE;
            self.0.store_word(at, ticks);
            self.0.store_word(at + 8, things as u64);
            self.0.store_word(COUNT, n as u64 + 1);
        }
    }

    /// Adds what `work` takes, for so many things.
    #[inline(always)]
    pub fn time<T>(self, things: usize, work: impl FnOnce() -> T) -> T {
        let start = timebase::now();
        let result = work();
        let end = timebase::now();
        self.push(end - start, things);
        result
    }

    /// Leaves a word for another process.
    pub fn leave(self, word: u64) {
        self.0.store_word(MAILBOX, word);
    }

    /// The word that was left.
    pub fn left(self) -> u64 {
        self.0.load_word(MAILBOX)
    }

    /// What they amount to, if there are any, at so many ticks a second.
    pub fn summary(self, frequency: u64) -> Option<Summary> {
        let n = self.0.load_word(COUNT) as usize;
        let mut values = [Tenths(0); MOST];
        let values = &mut values[..n];
        for (i, value) in values.iter_mut().enumerate() {
            let at = FIRST + i * SAMPLE;
            let (ticks, things) = (self.0.load_word(at), self.0.load_word(at + 8));
            *value = Tenths::of(ticks, frequency, things);
        }
        values.sort_unstable();
        Some(Summary {
            n,
            min: *values.first()?,
            median: values[n / 2],
            max: *values.last()?,
        })
    }
}

/// How many samples there are, and three of them.
pub struct Summary {
    /// How many.
    pub n: usize,
    /// The least.
    pub min: Tenths,
    /// The one in the middle; of two, the greater.
    pub median: Tenths,
    /// The greatest.
    pub max: Tenths,
}

/// A number of nanoseconds with one digit after the point.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tenths(u64);

impl Tenths {
    fn of(ticks: u64, frequency: u64, things: u64) -> Tenths {
        let tenths = ticks as u128 * 10_000_000_000;
        let by = frequency.max(1) as u128 * things.max(1) as u128;
        Tenths(((tenths + by / 2) / by) as u64)
    }
}

impl fmt::Display for Tenths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Text::<24>::format(format_args!("{}.{}", self.0 / 10, self.0 % 10));
        f.pad(text.as_str())
    }
}
