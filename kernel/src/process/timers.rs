//! The three interval timers of a process (setitimer(2)), of which alarm(2) sets
//! the first.

use super::{Pid, Signal};
use crate::platform;
use crate::state::Kernel;
use alloc::vec::Vec;

/// An interval timer fires at most so many times a second: a shorter interval is
/// taken as this long, or a program could keep the kernel busy with its timer alone.
const MOST_PER_SECOND: u64 = 10_000;

/// Which timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// ITIMER_REAL: time as it passes.
    Real,
    /// ITIMER_VIRTUAL: time in the program.
    Virtual,
    /// ITIMER_PROF: time in the program and, for it, in the kernel.
    Prof,
}

impl Which {
    /// What is sent when it fires.
    fn signal(self) -> Signal {
        match self {
            Which::Real => Signal::ALRM,
            Which::Virtual => Signal::VTALRM,
            Which::Prof => Signal::PROF,
        }
    }
}

/// A timer that runs. Times are timebase ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timer {
    /// When it fires, on its own clock.
    pub at: u64,
    /// How long after that it fires again; 0: it does not.
    pub interval: u64,
}

/// The timers of a process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timers([Option<Timer>; 3]);

impl Timers {
    /// The timer, if it runs.
    pub fn get(&self, which: Which) -> Option<Timer> {
        self.0[which as usize]
    }

    /// Starts it, or stops it.
    pub fn set(&mut self, which: Which, timer: Option<Timer>) {
        self.0[which as usize] = timer;
    }

    /// Whether it has fired by `now`, on its own clock. It starts again if it has an
    /// interval.
    fn fires(&mut self, which: Which, now: u64) -> bool {
        let Some(timer) = self.get(which).filter(|timer| timer.at <= now) else {
            return false;
        };
        let shortest = platform::timebase_hz() / MOST_PER_SECOND;
        let again = (timer.interval != 0).then(|| Timer {
            // Expirations that were missed are not made up for.
            at: timer
                .at
                .saturating_add(timer.interval)
                .max(now.saturating_add(shortest)),
            ..timer
        });
        self.set(which, again);
        true
    }
}

impl Kernel {
    /// The time on the clock of a timer of `pid`.
    pub fn timer_clock(&self, pid: Pid, which: Which) -> u64 {
        match which {
            Which::Real => platform::timebase(),
            Which::Virtual => self.processes.times(pid).user,
            Which::Prof => self.processes.times(pid).total(),
        }
    }

    /// Sends the signals of the timers that have fired. Gives the next time that one of
    /// real time does, or the end of time. The others are looked at each tick.
    pub fn fire_timers(&mut self) -> u64 {
        for which in [Which::Real, Which::Virtual, Which::Prof] {
            for pid in self.fired(which) {
                self.send(pid, which.signal());
            }
        }
        let living = self.processes.living();
        let next = living.filter_map(|process| process.timers.get(Which::Real));
        next.map(|timer| timer.at).min().unwrap_or(u64::MAX)
    }

    fn fired(&mut self, which: Which) -> Vec<Pid> {
        let mut fired = self
            .processes
            .pids(|process| process.timers.get(which).is_some());
        fired.retain(|pid| {
            let now = self.timer_clock(*pid, which);
            self.process_mut(*pid).timers.fires(which, now)
        });
        fired
    }
}
