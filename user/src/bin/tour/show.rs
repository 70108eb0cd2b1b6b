//! Prints the steps, and keeps count of numbers that are not as they should be.

use core::fmt;
use quire_user::{Errno, println, proc};

/// How fork shares memory: the kernel's argument `fork=`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// Both sides use the same segments until one writes.
    Shared,
    /// Both sides get new segments above the old ones.
    Lazy,
    /// The child gets an alias of each page.
    Eager,
}

impl Strategy {
    /// What the kernel was told, or does when it is told nothing.
    fn now() -> Strategy {
        let mut buffer = [0; 1024];
        let line = proc::read(c"/proc/cmdline", &mut buffer).unwrap_or("");
        let told = line
            .split_whitespace()
            .find_map(|word| word.strip_prefix("fork="));
        match told {
            Some("lazy") => Strategy::Lazy,
            Some("eager") => Strategy::Eager,
            _ => Strategy::Shared,
        }
    }
}

/// The tour so far.
pub struct Show {
    step: u32,
    numbers: u32,
    wrong: u32,
    /// What the kernel was told.
    pub strategy: Strategy,
}

impl Show {
    /// Nothing is shown yet.
    pub fn new() -> Show {
        Show {
            step: 0,
            numbers: 0,
            wrong: 0,
            strategy: Strategy::now(),
        }
    }

    /// A new step.
    pub fn title(&mut self, title: &str) {
        self.step += 1;
        println!("\n{}. {title}", self.step);
    }

    /// A plain sentence or two. Lines are as written.
    pub fn say(&self, text: fmt::Arguments<'_>) {
        println!("{text}");
    }

    /// A number that needs no judgement.
    pub fn number(&self, name: &str, value: u64) {
        println!("   {name:<50} {value:>8}");
    }

    /// A number that must be `wanted`.
    pub fn exactly(&mut self, name: &str, value: u64, wanted: u64) {
        self.judge(
            name,
            value,
            value == wanted,
            format_args!("it should be {wanted}"),
        );
    }

    /// A number that must be `most` or less.
    pub fn at_most(&mut self, name: &str, value: u64, most: u64) {
        self.judge(
            name,
            value,
            value <= most,
            format_args!("it should be {most} at most"),
        );
    }

    /// A number that must be `least` or more.
    pub fn at_least(&mut self, name: &str, value: u64, least: u64) {
        self.judge(
            name,
            value,
            value >= least,
            format_args!("it should be {least} at least"),
        );
    }

    fn judge(&mut self, name: &str, value: u64, good: bool, wanted: fmt::Arguments<'_>) {
        self.numbers += 1;
        if good {
            println!("   {name:<50} {value:>8}");
        } else {
            self.wrong += 1;
            println!("   {name:<50} {value:>8}   WRONG: {wanted}");
        }
    }

    /// A step that could not be done.
    pub fn failed(&mut self, e: Errno) {
        self.wrong += 1;
        println!("   WRONG: a system call failed: {e:?} ({e})");
    }

    /// The auditor's verdict on the kernel's tables.
    pub fn audit(&mut self) {
        let verdict = proc::audit().unwrap_or_default();
        println!("\nThe auditor has compared all tables with each other. It says: {verdict}.");
        self.numbers += 1;
        self.wrong += (verdict.as_str() != "clean") as u32;
    }

    /// The last line; the exit status.
    pub fn finish(&self) -> i32 {
        match self.wrong {
            0 => println!(
                "tour: {} numbers checked, all as they should be",
                self.numbers
            ),
            wrong => println!(
                "tour: FAILED: {wrong} of {} numbers are wrong",
                self.numbers
            ),
        }
        (self.wrong > 0) as i32
    }
}
