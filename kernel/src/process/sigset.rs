//! Sets of signals, as programs write them: bit n - 1 is signal n.

use super::Signal;

/// A set of signals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SigSet(u64);

impl SigSet {
    /// None.
    pub const EMPTY: SigSet = SigSet(0);

    /// What no program can mask, ignore or handle.
    pub const UNMASKABLE: SigSet = SigSet(bit(Signal::KILL) | bit(Signal::STOP));

    /// The signals that stop a process.
    pub const STOPS: SigSet =
        SigSet(bit(Signal::STOP) | bit(Signal::TSTP) | bit(Signal::TTIN) | bit(Signal::TTOU));

    /// What an instruction causes: it comes before all others, so that it is handled
    /// where it happened.
    const SYNCHRONOUS: SigSet = SigSet(
        bit(Signal::SEGV)
            | bit(Signal::BUS)
            | bit(Signal::ILL)
            | bit(Signal::TRAP)
            | bit(Signal::FPE)
            | bit(Signal::SYS),
    );

    /// The set that a program gives as a mask: without what it cannot mask.
    pub fn mask(bits: u64) -> SigSet {
        SigSet(bits).without(SigSet::UNMASKABLE)
    }

    /// The set with these bits.
    pub fn from_bits(bits: u64) -> SigSet {
        SigSet(bits)
    }

    /// Its bits.
    pub fn bits(self) -> u64 {
        self.0
    }

    /// One signal.
    pub fn only(signal: Signal) -> SigSet {
        SigSet(bit(signal))
    }

    /// Whether `signal` is in it.
    pub fn contains(self, signal: Signal) -> bool {
        self.0 & bit(signal) != 0
    }

    /// Adds `signal`.
    pub fn insert(&mut self, signal: Signal) {
        self.0 |= bit(signal);
    }

    /// Takes out `signal`.
    pub fn remove(&mut self, signal: Signal) {
        self.0 &= !bit(signal);
    }

    /// What is in either.
    pub fn union(self, other: SigSet) -> SigSet {
        SigSet(self.0 | other.0)
    }

    /// What is in both.
    pub fn intersection(self, other: SigSet) -> SigSet {
        SigSet(self.0 & other.0)
    }

    /// What is in this one only.
    pub fn without(self, other: SigSet) -> SigSet {
        SigSet(self.0 & !other.0)
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Which of them is taken first: SIGKILL, what an instruction caused, and then
    /// the lowest number (signal(7), "Queueing and delivery semantics for
    /// multiple signals").
    pub fn first(self) -> Option<Signal> {
        if self.contains(Signal::KILL) {
            return Some(Signal::KILL);
        }
        let synchronous = self.intersection(SigSet::SYNCHRONOUS);
        let among = if synchronous.is_empty() {
            self
        } else {
            synchronous
        };
        Signal::new(among.0.trailing_zeros() + 1)
    }
}

const fn bit(signal: Signal) -> u64 {
    1 << (signal.raw() - 1)
}
