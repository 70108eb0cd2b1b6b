//! Process and thread numbers.

use core::fmt;

/// A process's number: 1 to [`Pid::MAX`]. Groups and sessions have the number of
/// the process that made them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Pid(u32);

/// The first process, which takes in orphans and whose end ends the machine.
pub const INIT: Pid = Pid(1);

impl Pid {
    /// The largest number, Linux's default: after it, counting starts again.
    pub const MAX: u32 = 32767;

    /// The parent of process 1, and of nobody else.
    pub const NONE: Pid = Pid(0);

    /// The process that `number` names, if it can name one.
    pub fn new(number: u64) -> Option<Pid> {
        (1..=Pid::MAX as u64)
            .contains(&number)
            .then_some(Pid(number as u32))
    }

    /// The process that an int names; what names none is `None`.
    pub fn from_int(number: i32) -> Option<Pid> {
        u64::try_from(number).ok().and_then(Pid::new)
    }

    /// The next number to try.
    pub fn next(self) -> Pid {
        Pid(self.0 % Pid::MAX + 1)
    }

    /// Its first thread.
    pub fn first_thread(self) -> Tid {
        Tid(self.0)
    }

    /// The number.
    pub fn raw(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A thread's number. Threads and processes are numbered together; a process's
/// first thread has the process's number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Tid(u32);

impl Tid {
    /// The thread that an int names; what names none is `None`.
    pub fn from_int(number: i32) -> Option<Tid> {
        Pid::from_int(number).map(Pid::first_thread)
    }

    /// The number.
    pub fn raw(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Tid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
