//! Time: the timebase, the tick, and who sleeps until when.
//!
//! The decrementer is set to the earlier of the next tick and the next sleeper's
//! time. It counts on whoever runs, so it need not be set when a process is
//! resumed: only when it has expired, and when someone starts to sleep.

use super::{State, Tid, Times, Wait};
use crate::fs::Typed;
use crate::platform;
use crate::state::Kernel;
use crate::syscall::Errno;

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
    meter: Meter,
}

/// The processor time that the thread that runs has used and has not been charged.
///
/// The time in the kernel is what [`enter`](Meter::enter) takes away and
/// [`leave`](Meter::leave) adds: the sum of the times of leaving less the sum of the times
/// of entering.
struct Meter {
    /// Whose time it is.
    thread: Option<Tid>,
    /// Since when it runs.
    since: u64,
    /// That sum.
    system: u64,
}

impl Meter {
    #[inline]
    fn enter(&mut self) {
        self.system = self.system.wrapping_sub(platform::timebase());
    }

    #[inline]
    fn leave(&mut self) {
        self.system = self.system.wrapping_add(platform::timebase());
    }

    /// What was used since this was last read. It is read in the kernel.
    fn read(&mut self) -> Times {
        let now = platform::timebase();
        let total = now - core::mem::replace(&mut self.since, now);
        let system = core::mem::replace(&mut self.system, now.wrapping_neg()).wrapping_add(now);
        Times {
            user: total.saturating_sub(system),
            system,
        }
    }
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

/// Nanoseconds until the timebase is `time`; 0 if it is past.
pub fn monotonic_left(time: u64) -> u64 {
    let left = time.saturating_sub(platform::timebase());
    nanoseconds(left, platform::timebase_hz())
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
            meter: Meter {
                thread: None,
                since: platform::timebase(),
                system: platform::timebase().wrapping_neg(),
            },
        };
        clock.next_tick(platform::timebase());
        clock.arm(clock.tick);
        clock
    }

    /// The kernel is entered: from here on the time of the thread that runs is used for it.
    #[inline]
    pub fn enter(&mut self) {
        self.meter.enter();
    }

    /// It is left.
    #[inline]
    pub fn leave(&mut self) {
        self.meter.leave();
    }

    /// It was entered at `since`, and is left.
    #[inline]
    pub fn was_in_kernel(&mut self, since: u64) {
        let time = platform::timebase().wrapping_sub(since);
        self.meter.system = self.meter.system.wrapping_add(time);
    }

    /// The thread that runs has another number from now on.
    pub fn rename(&mut self, from: Tid, to: Tid) {
        if self.meter.thread == Some(from) {
            self.meter.thread = Some(to);
        }
    }

    /// Something happens at `time`: the kernel wants to be interrupted then.
    pub fn sleeper(&mut self, time: u64) {
        if time < self.alarm {
            self.arm(time);
        }
    }

    /// The timebase at which CLOCK_REALTIME is `time`, in nanoseconds.
    pub fn timebase_at(&self, time: u64) -> u64 {
        let monotonic = time.saturating_sub(self.epoch);
        ticks(
            monotonic / NANOSECONDS,
            monotonic % NANOSECONDS,
            platform::timebase_hz(),
        )
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
}

impl Kernel {
    /// The decrementer has expired.
    pub fn interrupted(&mut self) {
        self.charge();
        let now = platform::timebase();
        if now >= self.clock.tick {
            self.clock.next_tick(now);
            self.tick(now);
        }
        let next = self.fire_timers().min(self.wake_sleepers(now));
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
        let over = |state: &State| match state {
            State::Waiting(wait) => wait.until().is_some_and(|time| time <= now),
            _ => false,
        };
        for tid in self.processes.tids(|task| over(&task.state)) {
            match self.task(tid).state {
                // Not again from its start: the word may have changed by now.
                State::Waiting(Wait::Futex(_)) => self.wake_with(tid, Err(Errno::ETIMEDOUT)),
                _ => self.wake(tid, |_| true),
            }
        }
        let times = self.processes.tasks().filter_map(|task| match task.state {
            State::Waiting(wait) => wait.until(),
            _ => None,
        });
        times.min().unwrap_or(u64::MAX)
    }

    /// Takes what was typed, and lets its readers know.
    pub fn poll_console(&mut self) {
        let typed = self.console.poll();
        if let Some(signal) = typed.signal {
            self.console_signal(signal);
        }
        if let Typed { line: true, .. } = typed {
            self.wake_all(|wait| matches!(wait, Wait::Console | Wait::Key(_) | Wait::Poll(_)));
        }
    }

    /// What the thread that runs has used since the last call goes to it. To be called
    /// before anybody looks at that.
    #[inline(never)]
    pub fn charge(&mut self) {
        let times = self.clock.meter.read();
        let thread = self.clock.meter.thread;
        if let Some(task) = thread.and_then(|tid| self.processes.task_mut(tid)) {
            task.times += times;
        }
    }

    /// From now on `thread` runs, or nobody.
    #[inline]
    pub fn charge_from_now(&mut self, thread: Option<Tid>) {
        if self.clock.meter.thread != thread {
            self.charge();
            self.clock.meter.thread = thread;
        }
    }
}
