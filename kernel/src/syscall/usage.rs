//! How much processor time was used: times, getrusage.

use super::timer::timeval;
use super::{Call, Errno, Outcome};
use crate::platform;
use crate::process::{TICKS_PER_SECOND, Times};
use linux_raw_sys::general::{RUSAGE_CHILDREN, RUSAGE_SELF, RUSAGE_THREAD, rusage};

/// 64-bit words in struct rusage.
const WORDS: usize = size_of::<rusage>() / 8;

/// times(2), in ticks of 10 ms since the timebase was 0.
pub fn times(call: &mut Call) -> Outcome {
    call.kernel.charge();
    let tick = platform::timebase_hz() / TICKS_PER_SECOND;
    let own = call.kernel.processes.times(call.pid);
    let children = call.process().children_times;
    let all = [own.user, own.system, children.user, children.system].map(|time| time / tick);
    let at = call.arg(0);
    if at != 0 {
        call.memory().write_words(at, &all)?;
    }
    Ok(platform::timebase() / tick)
}

/// getrusage(2): user and system time. The other fields are 0.
pub fn getrusage(call: &mut Call) -> Outcome {
    call.kernel.charge();
    let times = match call.int(0) {
        who if who == RUSAGE_SELF as i32 => call.kernel.processes.times(call.pid),
        who if who == RUSAGE_CHILDREN => call.process().children_times,
        who if who == RUSAGE_THREAD as i32 => call.task().times,
        _ => return Err(Errno::EINVAL.into()),
    };
    let at = call.arg(1);
    call.memory().write_words(at, &usage(times))?;
    Ok(0)
}

/// struct rusage.
pub fn usage(times: Times) -> [u64; WORDS] {
    let mut words = [0; WORDS];
    words[..2].copy_from_slice(&timeval(times.user));
    words[2..4].copy_from_slice(&timeval(times.system));
    words
}
