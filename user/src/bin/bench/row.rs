//! A row of the table: what is measured, and what it may cost.

use crate::samples::Samples;
use core::fmt::Write;
use quire_user::{Errno, Text, println, proc};

/// What a row's figure is of.
pub enum Unit {
    /// Time, for each of these.
    Time(&'static str),
    /// A number of these.
    Count(&'static str),
}

/// One row.
pub struct Row {
    /// Its name, which does not change: others refer to it.
    pub name: &'static str,
    /// What the figure is of.
    pub unit: Unit,
    /// What Quire promises for the median, on a hashed page table under -icount.
    pub bound: Option<u64>,
    /// MiB that must be free, or the row is left out.
    pub needs: u64,
    /// How often `run` is called. The first time is to warm up, if there is another.
    pub rounds: usize,
    /// Takes samples.
    pub run: fn(&Bench) -> Result<(), Errno>,
}

impl Row {
    /// A time for each `per`, in a few rounds.
    pub const fn time(
        name: &'static str,
        per: &'static str,
        bound: Option<u64>,
        run: fn(&Bench) -> Result<(), Errno>,
    ) -> Row {
        Row {
            name,
            unit: Unit::Time(per),
            bound,
            needs: 32,
            rounds: 6,
            run,
        }
    }

    /// The same, with more memory and other rounds.
    pub const fn big(self, needs: u64, rounds: usize) -> Row {
        Row {
            needs,
            rounds,
            ..self
        }
    }

    /// Runs it and prints its line.
    pub fn measure(&self, bench: &Bench) -> Result<(), Errno> {
        let free = proc::lookup(c"/proc/meminfo", "MemFree").map(|kib| kib >> 10);
        if free.is_some_and(|free| free < self.needs) {
            println!("bench: {} left out: it needs {} MiB", self.name, self.needs);
            return Ok(());
        }
        for round in 0..self.rounds {
            if round == 1 {
                bench.samples.clear();
            }
            (self.run)(bench)?;
        }
        self.print(bench);
        Ok(())
    }

    fn print(&self, bench: &Bench) {
        let (frequency, unit) = match self.unit {
            Unit::Time(unit) => (bench.frequency, unit),
            Unit::Count(unit) => (1_000_000_000, unit),
        };
        let Some(found) = bench.samples.summary(frequency) else {
            return println!("bench: {} took no samples", self.name);
        };
        let mut bound = Text::<24>::new();
        match self.bound {
            Some(most) => _ = write!(bound, "{most}"),
            None => bound.push(b"-"),
        }
        println!(
            "{:<24} {:>5} {:>13} {:>13} {:>13} {:>9}  {unit}",
            self.name,
            found.n,
            found.min,
            found.median,
            found.max,
            bound.as_str()
        );
    }
}

/// The line above all rows.
pub fn print_head() {
    println!(
        "{:<24} {:>5} {:>13} {:>13} {:>13} {:>9}  per",
        "row", "n", "min", "median", "max", "bound"
    );
}

/// What a row has to work with.
pub struct Bench {
    /// Where its samples go. Children see the same.
    pub samples: Samples,
    /// Ticks of the timebase in a second.
    pub frequency: u64,
    /// The timebase when process 1 began.
    pub booted: u64,
}

impl Bench {
    /// With no samples yet.
    pub fn new(frequency: u64, booted: u64) -> Result<Bench, Errno> {
        Ok(Bench {
            samples: Samples::new()?,
            frequency,
            booted,
        })
    }
}
