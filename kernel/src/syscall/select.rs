//! select and pselect6: the same question as poll's, asked by bits (select(2)).

use super::poll::events;
use super::signal::SET;
use super::time::{Timespec, timespec_bytes};
use super::timer::{in_ticks, timeval};
use super::{Call, Errno, Outcome, Stop, UserSlice};
use crate::platform;
use crate::process::{SigSet, Wait, nanoseconds};
use alloc::vec::Vec;
use linux_raw_sys::general::{
    POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI, POLLRDBAND, POLLRDNORM, POLLWRBAND,
    POLLWRNORM,
};
use vm::Ea;

/// Bits in a word of a set: set after set, lowest bit first.
const WORD: u64 = 64;
/// In a second.
const MICROSECONDS: u64 = 1_000_000;

/// For each of the three sets, which of poll's events count (select(2), "Correspondence
/// between select() and poll() notifications").
const EVENTS: [u32; 3] = [
    POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR,
    POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR,
    POLLPRI,
];

/// How the time is told that remains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clockwork {
    /// struct timeval.
    Micro,
    /// struct timespec.
    Nano,
}

/// select(2), which ppc64 calls _newselect. Microseconds beyond a second are taken as
/// such, as in Linux.
pub fn select(call: &mut Call) -> Outcome {
    let timeout_at = call.arg(4);
    let until = match timeout_at {
        0 => u64::MAX,
        at => {
            let [seconds, micros] = call.memory().read_words(at)?;
            let carried = seconds.saturating_add(micros / MICROSECONDS);
            let ticks = in_ticks(carried, micros % MICROSECONDS)?;
            call.deadline_after(ticks)
        }
    };
    select_until(call, until, timeout_at, Clockwork::Micro)
}

/// pselect(2), as a system call: the sixth argument points at the mask's address and size,
/// and the time that remains is written back.
pub fn pselect6(call: &mut Call) -> Outcome {
    let (timeout_at, mask_at) = (call.arg(4), call.arg(5));
    let until = match timeout_at {
        0 => u64::MAX,
        at => {
            let time = Timespec::read(&mut call.memory(), at)?;
            call.deadline_after(time.ticks())
        }
    };
    if mask_at != 0 {
        let [at, size] = call.memory().read_words(mask_at)?;
        if at != 0 {
            if size != SET {
                return Err(Errno::EINVAL.into());
            }
            let mask = SigSet::mask(call.memory().read_u64(Ea(at))?);
            call.mask_meanwhile(mask);
        }
    }
    select_until(call, until, timeout_at, Clockwork::Nano)
}

fn select_until(call: &mut Call, until: u64, timeout_at: u64, clockwork: Clockwork) -> Outcome {
    let count = u64::try_from(call.int(0)).map_err(|_| Errno::EINVAL)?;
    // As in Linux, numbers beyond all descriptors are not looked at.
    let count = count.min(call.process().files.limit());
    let words = count.div_ceil(WORD);
    let wanted = sets(call, words)?;
    let (told, found) = look(call, count, &wanted)?;
    if found == 0 && platform::timebase() < until {
        return Err(Stop::Wait(Wait::Poll(until.min(call.next_alarm()))));
    }
    for (n, set) in told.iter().enumerate() {
        let at = call.arg(1 + n);
        if at != 0 {
            call.memory().write_words(at, set)?;
        }
    }
    if timeout_at != 0 {
        tell_rest(call, until, timeout_at, clockwork)?;
    }
    Ok(found)
}

/// The three sets that the caller gives; one that it does not is empty.
fn sets(call: &mut Call, words: u64) -> Result<[Vec<u64>; 3], Errno> {
    let mut sets = [const { Vec::new() }; 3];
    for (n, set) in sets.iter_mut().enumerate() {
        let at = call.arg(1 + n);
        set.resize(words as usize, 0);
        if at != 0 {
            UserSlice::new(at, words * 8)?;
            for (word, at) in set.iter_mut().zip((at..).step_by(8)) {
                *word = call.memory().read_u64(Ea(at))?;
            }
        }
    }
    Ok(sets)
}

/// What of `wanted` is so, and how much that is.
fn look(call: &Call, count: u64, wanted: &[Vec<u64>; 3]) -> Result<([Vec<u64>; 3], u64), Errno> {
    let mut told = wanted.clone();
    let mut found = 0;
    for fd in 0..count {
        let (word, bit) = ((fd / WORD) as usize, 1 << (fd % WORD));
        if wanted.iter().all(|set| set[word] & bit == 0) {
            continue;
        }
        let events = events(call, fd as i32);
        if events & POLLNVAL != 0 {
            return Err(Errno::EBADF);
        }
        for (set, counts) in told.iter_mut().zip(EVENTS) {
            if events & counts == 0 {
                set[word] &= !bit;
            }
            found += u64::from(set[word] & bit != 0);
        }
    }
    Ok((told, found))
}

fn tell_rest(call: &mut Call, until: u64, at: u64, clockwork: Clockwork) -> Result<(), Errno> {
    let left = until.saturating_sub(platform::timebase());
    match clockwork {
        Clockwork::Nano => {
            let left = nanoseconds(left, platform::timebase_hz());
            call.memory().write(Ea(at), &timespec_bytes(left))
        }
        Clockwork::Micro => call.memory().write_words(at, &timeval(left)),
    }
}
