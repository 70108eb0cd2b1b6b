//! Time: the timebase, the tick, and who sleeps until when.
//!
//! The decrementer is set to the earlier of the next tick and the next sleeper's
//! time. It counts on whoever runs, so it need not be set when a process is
//! resumed: only when it has expired, and when someone starts to sleep.

use super::{INIT, Process, State, Wait};
use crate::fs::Typed;
use crate::platform;
use crate::process::Signal;
use crate::state::Kernel;

/// Ticks in a second. A tick is a process's longest turn while others wait, and
/// the longest that a typed key waits to be seen.
pub const TICKS_PER_SECOND: u64 = 100;

/// Nanoseconds in a second.
pub const NANOSECONDS: u64 = 1_000_000_000;

/// When the kernel wants to be interrupted.
pub struct Clock {
    /// The next tick, in timebase ticks.
    tick: u64,
    /// What the decrementer was last set to: no later than `tick`.
    alarm: u64,
    /// What CLOCK_REALTIME was when the timebase was 0, in nanoseconds since
    /// 1970; 0 on a machine that does not know.
    epoch: u64,
}

/// `ticks` of a timebase of `hz` in nanoseconds, rounded down. Exact: seconds
/// and the rest are scaled apart, and the rest times 10^9 fits 64 bits for any
/// timebase below 18 GHz.
pub fn nanoseconds(ticks: u64, hz: u64) -> u64 {
    (ticks / hz)
        .saturating_mul(NANOSECONDS)
        .saturating_add(ticks % hz * NANOSECONDS / hz)
}

/// `seconds` and `nanoseconds` (below 10^9) in ticks of a timebase of `hz`,
/// rounded up: a sleeper never wakes early.
pub fn ticks(seconds: u64, nanoseconds: u64, hz: u64) -> u64 {
    seconds
        .saturating_mul(hz)
        .saturating_add((nanoseconds * hz).div_ceil(NANOSECONDS))
}

/// Nanoseconds since the timebase was 0.
pub fn monotonic() -> u64 {
    nanoseconds(platform::timebase(), platform::timebase_hz())
}

impl Clock {
    /// Starts ticking.
    pub fn start() -> Clock {
        let now = platform::time_of_day()
            .unwrap_or(0)
            .saturating_mul(NANOSECONDS);
        let mut clock = Clock {
            tick: 0,
            alarm: 0,
            epoch: now.saturating_sub(monotonic()),
        };
        clock.next_tick(platform::timebase());
        clock.arm(clock.tick);
        clock
    }

    fn next_tick(&mut self, now: u64) {
        self.tick = now + platform::timebase_hz() / TICKS_PER_SECOND;
    }

    fn arm(&mut self, at: u64) {
        self.alarm = at;
        platform::set_decrementer(at.saturating_sub(platform::timebase()).max(1));
    }

    /// Nanoseconds since 1970, or since the timebase was 0 where the machine has
    /// no clock. The machine's clock is read once, at boot.
    pub fn real_time(&self) -> u64 {
        self.epoch.saturating_add(monotonic())
    }

    /// Someone sleeps until `time`.
    pub fn sleeper(&mut self, time: u64) {
        if time < self.alarm {
            self.arm(time);
        }
    }
}

impl Kernel {
    /// The decrementer has expired.
    pub fn interrupted(&mut self) {
        let now = platform::timebase();
        if now >= self.clock.tick {
            self.clock.next_tick(now);
            self.tick(now);
        }
        let next = self.wake_sleepers(now);
        self.clock.arm(next.min(self.clock.tick));
    }

    fn tick(&mut self, now: u64) {
        self.queue.rotate();
        self.poll_console();
        if let Some(runner) = &self.suites {
            runner.check_time(now, &self.processes);
        }
    }

    /// Wakes whose time has come. Gives the next time, or the end of time.
    fn wake_sleepers(&mut self, now: u64) -> u64 {
        self.wake_all(|wait| matches!(wait, Wait::Until(t) | Wait::Poll(t) if *t <= now));
        let times = self
            .processes
            .living()
            .filter_map(|process| match process.state {
                State::Waiting(Wait::Until(time) | Wait::Poll(time)) => Some(time),
                _ => None,
            });
        times.min().unwrap_or(u64::MAX)
    }

    /// Takes what was typed, and lets its readers know.
    pub fn poll_console(&mut self) {
        let typed = self.console.poll();
        if typed.interrupt {
            self.interrupt_key();
        }
        if let Typed { line: true, .. } = typed {
            self.wake_all(|wait| matches!(wait, Wait::Console | Wait::Poll(_)));
        }
    }

    /// Ctrl-C. Quire has no process groups, so what is in the foreground is
    /// guessed: while process 1 or a child of it reads the console, which is
    /// taken for a shell at its prompt, it is only the line; else it is everybody
    /// but process 1 and those who wait for a child, as a shell does for what it
    /// started.
    fn interrupt_key(&mut self) {
        if self.processes.living().any(Process::is_at_prompt) {
            return;
        }
        let waits = |process: &Process| process.state == State::Waiting(Wait::Child);
        for pid in self.processes.pids(|process| !waits(process)) {
            self.send(pid, Signal::INT);
        }
    }
}

impl Process {
    fn is_at_prompt(&self) -> bool {
        let shell = self.pid == INIT || self.parent == INIT;
        shell && self.state == State::Waiting(Wait::Console)
    }
}
