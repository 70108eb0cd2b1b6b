//! Time: sleeping, and what time it is.

use super::record::record;
use super::{Call, Errno, Outcome, Stop, UserMemory};
use crate::platform;
use crate::process::{NANOSECONDS, Wait, monotonic, nanoseconds, ticks};
use linux_raw_sys::general::{
    CLOCK_BOOTTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_COARSE, CLOCK_MONOTONIC_RAW,
    CLOCK_PROCESS_CPUTIME_ID, CLOCK_REALTIME, CLOCK_REALTIME_COARSE, CLOCK_THREAD_CPUTIME_ID,
    TIMER_ABSTIME, timespec,
};
use vm::Ea;

/// struct timespec for a number of nanoseconds.
pub fn timespec_bytes(time: u64) -> [u8; size_of::<timespec>()] {
    record!(timespec {
        tv_sec: (time / NANOSECONDS) as i64,
        tv_nsec: (time % NANOSECONDS) as i64,
    })
}

/// A timespec that a program gave.
#[derive(Clone, Copy)]
pub struct Timespec {
    seconds: u64,
    nanoseconds: u64,
}

impl Timespec {
    /// Reads the one at `at`.
    ///
    /// # Errors
    /// EINVAL: negative, or the nanoseconds are a second or more. EFAULT.
    pub fn read(memory: &mut UserMemory, at: u64) -> Result<Timespec, Errno> {
        let [seconds, nanoseconds] = memory.read_words(at)?;
        if (seconds as i64) < 0 || nanoseconds >= NANOSECONDS {
            return Err(Errno::EINVAL);
        }
        Ok(Timespec {
            seconds,
            nanoseconds,
        })
    }

    /// In timebase ticks.
    pub fn ticks(self) -> u64 {
        ticks(self.seconds, self.nanoseconds, platform::timebase_hz())
    }

    /// In nanoseconds, at most all that there are.
    pub fn nanoseconds(self) -> u64 {
        let seconds = self.seconds.saturating_mul(NANOSECONDS);
        seconds.saturating_add(self.nanoseconds)
    }
}

impl Call<'_> {
    /// When this call gives up, if that is `ticks` of the timebase after it was first
    /// run.
    pub fn deadline_after(&mut self, ticks: u64) -> u64 {
        let deadline = platform::timebase().saturating_add(ticks);
        self.deadline_at(deadline)
    }

    /// The same, for a time on the timebase.
    pub fn deadline_at(&mut self, time: u64) -> u64 {
        *self.task_mut().deadline.get_or_insert(time)
    }
}

/// Which way a program tells a time.
enum Mode {
    Relative,
    Absolute,
}

/// nanosleep(2).
pub fn nanosleep(call: &mut Call) -> Outcome {
    let (request, left_at) = (call.arg(0), call.arg(1));
    sleep(call, CLOCK_MONOTONIC, Mode::Relative, request, left_at)
}

/// clock_nanosleep(2). Clocks of processor time are EOPNOTSUPP, as in Linux for
/// a thread's; CLOCK_MONOTONIC_RAW and the coarse ones are so, too.
pub fn clock_nanosleep(call: &mut Call) -> Outcome {
    let (clock, request, left_at) = (call.bits(0), call.arg(2), call.arg(3));
    match call.bits(1) & TIMER_ABSTIME {
        0 => sleep(call, clock, Mode::Relative, request, left_at),
        _ => sleep(call, clock, Mode::Absolute, request, 0),
    }
}

fn sleep(call: &mut Call, clock: u32, mode: Mode, request: u64, left_at: u64) -> Outcome {
    match clock {
        CLOCK_REALTIME | CLOCK_MONOTONIC | CLOCK_BOOTTIME => {}
        CLOCK_MONOTONIC_RAW
        | CLOCK_MONOTONIC_COARSE
        | CLOCK_REALTIME_COARSE
        | CLOCK_THREAD_CPUTIME_ID
        | CLOCK_PROCESS_CPUTIME_ID => {
            return Err(Errno::EOPNOTSUPP.into());
        }
        _ => return Err(Errno::EINVAL.into()),
    }
    let time = Timespec::read(&mut call.memory(), request)?;
    let until = match mode {
        Mode::Relative => call.deadline_after(time.ticks()),
        Mode::Absolute => {
            let at = timebase_at(call, clock, time);
            call.deadline_at(at)
        }
    };
    if platform::timebase() >= until {
        return Ok(0);
    }
    Err(Stop::Wait(Wait::Sleep { until, left_at }))
}

/// The timebase when `clock` shows `time`.
pub fn timebase_at(call: &Call, clock: u32, time: Timespec) -> u64 {
    match clock {
        CLOCK_REALTIME => call.kernel.clock.timebase_at(time.nanoseconds()),
        _ => time.ticks(),
    }
}

/// What a clock shows, in nanoseconds. Processor time of other processes and threads
/// is EINVAL.
fn now(call: &mut Call, clock: u32) -> Result<u64, Errno> {
    let used = |ticks| nanoseconds(ticks, platform::timebase_hz());
    Ok(match clock {
        CLOCK_MONOTONIC | CLOCK_MONOTONIC_RAW | CLOCK_MONOTONIC_COARSE | CLOCK_BOOTTIME => {
            monotonic()
        }
        CLOCK_REALTIME | CLOCK_REALTIME_COARSE => call.kernel.clock.real_time(),
        CLOCK_PROCESS_CPUTIME_ID => {
            call.kernel.charge();
            used(call.kernel.processes.times(call.pid).total())
        }
        CLOCK_THREAD_CPUTIME_ID => {
            call.kernel.charge();
            used(call.task().times.total())
        }
        _ => return Err(Errno::EINVAL),
    })
}

/// clock_gettime(2).
pub fn clock_gettime(call: &mut Call) -> Outcome {
    let clock = call.bits(0);
    let time = now(call, clock)?;
    let at = call.arg(1);
    call.memory().write(Ea(at), &timespec_bytes(time))?;
    Ok(0)
}

/// clock_getres(2): a tick of the timebase.
pub fn clock_getres(call: &mut Call) -> Outcome {
    let clock = call.bits(0);
    now(call, clock)?;
    let resolution = NANOSECONDS.div_ceil(platform::timebase_hz());
    match call.arg(1) {
        0 => {}
        at => call.memory().write(Ea(at), &timespec_bytes(resolution))?,
    }
    Ok(0)
}

/// gettimeofday(2). The time zone is Greenwich's.
pub fn gettimeofday(call: &mut Call) -> Outcome {
    let (time_at, zone_at) = (call.arg(0), call.arg(1));
    let time = call.kernel.clock.real_time();
    if time_at != 0 {
        let words = [time / NANOSECONDS, time % NANOSECONDS / 1000];
        call.memory().write_words(time_at, &words)?;
    }
    if zone_at != 0 {
        call.memory().write(Ea(zone_at), &[0; 8])?;
    }
    Ok(0)
}

/// time(2).
pub fn time(call: &mut Call) -> Outcome {
    let seconds = call.kernel.clock.real_time() / NANOSECONDS;
    let at = call.arg(0);
    if at != 0 {
        call.memory().write_words(at, &[seconds])?;
    }
    Ok(seconds)
}
