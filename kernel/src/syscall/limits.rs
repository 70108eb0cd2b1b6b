//! Resource limits: getrlimit, setrlimit, prlimit. What is enforced is told in
//! `process::limits`.

use super::{Call, Errno, Outcome};
use crate::fs::Descriptors;
use crate::process::{CapabilitySet, Limit, Pid, RLIMIT_NOFILE, RLIMITS};

/// The limit that argument `n` names.
fn number(call: &Call, n: usize) -> Result<usize, Errno> {
    match call.bits(n) as usize {
        number if number < RLIMITS => Ok(number),
        _ => Err(Errno::EINVAL),
    }
}

/// getrlimit(2).
pub fn getrlimit(call: &mut Call) -> Outcome {
    let (number, at) = (number(call, 0)?, call.arg(1));
    tell(call, call.pid, number, at)
}

/// setrlimit(2).
pub fn setrlimit(call: &mut Call) -> Outcome {
    let (number, at) = (number(call, 0)?, call.arg(1));
    let limit = given(call, at)?;
    set(call, call.pid, number, limit)
}

/// prlimit(2).
pub fn prlimit64(call: &mut Call) -> Outcome {
    let (number, new_at, old_at) = (number(call, 1)?, call.arg(2), call.arg(3));
    let pid = match call.int(0) {
        0 => call.pid,
        other => Pid::from_int(other).ok_or(Errno::ESRCH)?,
    };
    call.kernel.processes.get(pid).ok_or(Errno::ESRCH)?;
    let new = match new_at {
        0 => None,
        at => Some(given(call, at)?),
    };
    if old_at != 0 {
        tell(call, pid, number, old_at)?;
    }
    match new {
        Some(limit) => set(call, pid, number, limit),
        None => Ok(0),
    }
}

fn tell(call: &mut Call, pid: Pid, number: usize, at: u64) -> Outcome {
    let Limit { soft, hard } = call.kernel.process(pid).limits.get(number);
    call.memory().write_words(at, &[soft, hard])?;
    Ok(0)
}

fn given(call: &mut Call, at: u64) -> Result<Limit, Errno> {
    let [soft, hard] = call.memory().read_words(at)?;
    if soft > hard {
        return Err(Errno::EINVAL);
    }
    Ok(Limit { soft, hard })
}

/// Root may raise a hard limit, but that of descriptors only so far.
fn set(call: &mut Call, pid: Pid, number: usize, limit: Limit) -> Outcome {
    if limit.hard > call.kernel.process(pid).limits.get(number).hard {
        call.need(CapabilitySet::SYS_RESOURCE)?;
    }
    if number == RLIMIT_NOFILE && limit.hard > Descriptors::MOST {
        return Err(Errno::EPERM.into());
    }
    call.kernel.set_limit(pid, number, limit);
    Ok(0)
}
