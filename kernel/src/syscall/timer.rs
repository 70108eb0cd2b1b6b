//! Interval timers: alarm, setitimer, getitimer.

use super::{Call, Errno, Outcome};
use crate::platform;
use crate::process::{NANOSECONDS, Timer, Which, nanoseconds, ticks};
use linux_raw_sys::general::{ITIMER_PROF, ITIMER_REAL, ITIMER_VIRTUAL};

/// Microseconds in a second.
const MICROSECONDS: u64 = 1_000_000;

/// alarm(2): the seconds that the old one had left, rounded, but not to 0.
pub fn alarm(call: &mut Call) -> Outcome {
    let hz = platform::timebase_hz();
    let left = left(call, Which::Real);
    let new = ticks(call.bits(0).into(), 0, hz);
    set(call, Which::Real, new, 0);
    let seconds = (left + hz / 2) / hz;
    Ok(if left == 0 { 0 } else { seconds.max(1) })
}

fn which(call: &mut Call) -> Result<Which, Errno> {
    call.kernel.charge();
    match call.bits(0) {
        ITIMER_REAL => Ok(Which::Real),
        ITIMER_VIRTUAL => Ok(Which::Virtual),
        ITIMER_PROF => Ok(Which::Prof),
        _ => Err(Errno::EINVAL),
    }
}

/// What is left of a timer, in timebase ticks; 0 if it does not run.
fn left(call: &Call, which: Which) -> u64 {
    let timer = call.process().timers.get(which);
    timer.map_or(0, |timer| {
        let now = call.kernel.timer_clock(call.pid, which);
        timer.at.saturating_sub(now).max(1)
    })
}

fn set(call: &mut Call, which: Which, value: u64, interval: u64) {
    let now = call.kernel.timer_clock(call.pid, which);
    let at = now.saturating_add(value);
    let timer = Timer { at, interval };
    call.process_mut()
        .timers
        .set(which, (value != 0).then_some(timer));
    if which == Which::Real && value != 0 {
        call.kernel.clock.sleeper(at);
    }
}

/// getitimer(2).
pub fn getitimer(call: &mut Call) -> Outcome {
    let (which, at) = (which(call)?, call.arg(1));
    tell(call, which, at)
}

/// setitimer(2). A null new value stops the timer, as in Linux.
pub fn setitimer(call: &mut Call) -> Outcome {
    let (which, new_at, old_at) = (which(call)?, call.arg(1), call.arg(2));
    let (interval, value) = match new_at {
        0 => (0, 0),
        at => {
            let [seconds, micros, value_seconds, value_micros] = call.memory().read_words(at)?;
            (
                in_ticks(seconds, micros)?,
                in_ticks(value_seconds, value_micros)?,
            )
        }
    };
    if old_at != 0 {
        tell(call, which, old_at)?;
    }
    set(call, which, value, interval);
    Ok(0)
}

/// A struct timeval in timebase ticks.
///
/// # Errors
/// EINVAL.
pub fn in_ticks(seconds: u64, micros: u64) -> Result<u64, Errno> {
    if (seconds as i64) < 0 || micros >= MICROSECONDS {
        return Err(Errno::EINVAL);
    }
    let nanoseconds = micros * (NANOSECONDS / MICROSECONDS);
    Ok(ticks(seconds, nanoseconds, platform::timebase_hz()))
}

/// Writes struct itimerval: the interval, and what is left.
fn tell(call: &mut Call, which: Which, at: u64) -> Outcome {
    let interval = call.process().timers.get(which).map_or(0, |t| t.interval);
    let [interval, value] = [interval, left(call, which)].map(timeval);
    call.memory()
        .write_words(at, &[interval[0], interval[1], value[0], value[1]])?;
    Ok(0)
}

/// struct timeval for a number of timebase ticks: seconds and microseconds. What is
/// not 0 is not told as 0.
pub fn timeval(ticks: u64) -> [u64; 2] {
    let time = nanoseconds(ticks, platform::timebase_hz());
    let micros = time.div_ceil(NANOSECONDS / MICROSECONDS);
    [micros / MICROSECONDS, micros % MICROSECONDS]
}
