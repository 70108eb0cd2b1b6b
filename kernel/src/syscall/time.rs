//! Time: sleeping, and what time it is.

use super::record::record;
use super::{Call, Errno, Outcome, Stop};
use crate::platform;
use crate::process::{NANOSECONDS, Wait, monotonic, ticks};
use linux_raw_sys::general::{
    CLOCK_BOOTTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_COARSE, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME,
    CLOCK_REALTIME_COARSE, timespec,
};
use vm::Ea;

/// nanosleep(2). Nothing interrupts a sleeper but its death, so the remaining
/// time is never written. The end is fixed when the call is first run.
pub fn nanosleep(call: &mut Call) -> Outcome {
    let now = platform::timebase();
    let deadline = match call.process().deadline {
        Some(deadline) => deadline,
        None => now.saturating_add(requested(call)?),
    };
    if now >= deadline {
        call.process_mut().deadline = None;
        return Ok(0);
    }
    call.process_mut().deadline = Some(deadline);
    Err(Stop::Wait(Wait::Until(deadline)))
}

/// The caller's timespec, in timebase ticks.
fn requested(call: &mut Call) -> Result<u64, Errno> {
    let at = call.arg(0);
    let seconds = call.memory().read_u64(Ea(at))?;
    let nanoseconds = call
        .memory()
        .read_u64(Ea(at.checked_add(8).ok_or(Errno::EFAULT)?))?;
    if (seconds as i64) < 0 || nanoseconds >= NANOSECONDS {
        return Err(Errno::EINVAL);
    }
    Ok(ticks(seconds, nanoseconds, platform::timebase_hz()))
}

/// clock_gettime(2). The clocks that measure a process's own time are EINVAL.
pub fn clock_gettime(call: &mut Call) -> Outcome {
    let time = match call.bits(0) {
        CLOCK_MONOTONIC | CLOCK_MONOTONIC_RAW | CLOCK_MONOTONIC_COARSE | CLOCK_BOOTTIME => {
            monotonic()
        }
        CLOCK_REALTIME | CLOCK_REALTIME_COARSE => call.kernel.clock.real_time(),
        _ => return Err(Errno::EINVAL.into()),
    };
    let bytes = record!(timespec {
        tv_sec: (time / NANOSECONDS) as i64,
        tv_nsec: (time % NANOSECONDS) as i64,
    });
    let at = call.arg(1);
    call.memory().write(Ea(at), &bytes)?;
    Ok(0)
}
