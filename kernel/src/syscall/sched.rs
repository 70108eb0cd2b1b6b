//! Processors and who has them: one of each, in turn (sched(7)).
//!
//! There is one processor, which has number 0, and one policy, SCHED_OTHER.

use super::{Call, Errno, Outcome};
use crate::process::{Pid, Tid};
use linux_raw_sys::general::{SCHED_BATCH, SCHED_FIFO, SCHED_IDLE, SCHED_NORMAL, SCHED_RR};
use vm::Ea;

/// linux/resource.h.
const PRIO_PROCESS: u32 = 0;
const PRIO_PGRP: u32 = 1;
const PRIO_USER: u32 = 2;

/// Bytes of a set of processors that the kernel has something to say of.
const SET: u64 = 8;

/// That the thread of argument 0 is there; 0 is the caller.
fn check_thread(call: &Call) -> Result<(), Errno> {
    match call.int(0) {
        0 => Ok(()),
        number if number < 0 => Err(Errno::EINVAL),
        number => {
            let tid = Tid::from_int(number).ok_or(Errno::ESRCH)?;
            call.kernel
                .processes
                .task(tid)
                .map(drop)
                .ok_or(Errno::ESRCH)
        }
    }
}

/// sched_getaffinity(2), the system call: gives the bytes that it has written.
pub fn sched_getaffinity(call: &mut Call) -> Outcome {
    let (len, at) = (u64::from(call.bits(1)), call.arg(2));
    if len < SET || len % SET != 0 {
        return Err(Errno::EINVAL.into());
    }
    check_thread(call)?;
    call.memory().write_words(at, &[1])?;
    Ok(SET)
}

/// sched_setaffinity(2): a set without processor 0 is EINVAL.
pub fn sched_setaffinity(call: &mut Call) -> Outcome {
    let (len, at) = (u64::from(call.bits(1)), call.arg(2));
    let mut set = [0; SET as usize];
    let len = len.min(SET) as usize;
    call.memory().read(Ea(at), &mut set[..len])?;
    check_thread(call)?;
    match u64::from_ne_bytes(set) & 1 {
        0 => Err(Errno::EINVAL.into()),
        _ => Ok(0),
    }
}

/// getcpu(2).
pub fn getcpu(call: &mut Call) -> Outcome {
    for n in 0..2 {
        let at = call.arg(n);
        if at != 0 {
            call.memory().write(Ea(at), &[0; 4])?;
        }
    }
    Ok(0)
}

/// sched_getscheduler(2).
pub fn sched_getscheduler(call: &mut Call) -> Outcome {
    check_thread(call)?;
    Ok(SCHED_NORMAL.into())
}

/// sched_getparam(2): the priority is 0.
pub fn sched_getparam(call: &mut Call) -> Outcome {
    check_thread(call)?;
    let at = call.arg(1);
    call.memory().write(Ea(at), &[0; 4])?;
    Ok(0)
}

/// sched_setscheduler(2): SCHED_OTHER with priority 0 is what everybody has. The others
/// are not known here: EINVAL.
pub fn sched_setscheduler(call: &mut Call) -> Outcome {
    let at = call.arg(2);
    let priority = call.memory().read_u32(Ea(at))?;
    check_thread(call)?;
    match (call.bits(1), priority) {
        (SCHED_NORMAL, 0) => Ok(0),
        _ => Err(Errno::EINVAL.into()),
    }
}

/// That argument 1 names somebody: a process, a group or a user, as argument 0 says. 0 is
/// the caller, or its.
fn check_who(call: &Call) -> Result<(), Errno> {
    let who = call.int(1);
    let pid = Pid::from_int(who);
    let is_there = match call.bits(0) {
        PRIO_PROCESS => who == 0 || pid.is_some_and(|pid| call.kernel.processes.get(pid).is_some()),
        PRIO_PGRP => who == 0 || pid.is_some_and(|group| !call.kernel.members(group).is_empty()),
        PRIO_USER => who == 0,
        _ => return Err(Errno::EINVAL),
    };
    if is_there { Ok(()) } else { Err(Errno::ESRCH) }
}

/// getpriority(2), the system call: 20 less the nice value, which is 0.
pub fn getpriority(call: &mut Call) -> Outcome {
    check_who(call)?;
    Ok(20)
}

/// setpriority(2): all are equal, so a nice value other than 0 is EPERM.
pub fn setpriority(call: &mut Call) -> Outcome {
    check_who(call)?;
    match call.int(2) {
        0 => Ok(0),
        _ => Err(Errno::EPERM.into()),
    }
}

/// sched_get_priority_max(2).
pub fn sched_get_priority_max(call: &mut Call) -> Outcome {
    priority(call, 99)
}

/// sched_get_priority_min(2).
pub fn sched_get_priority_min(call: &mut Call) -> Outcome {
    priority(call, 1)
}

fn priority(call: &Call, of_real_time: u64) -> Outcome {
    match call.bits(0) {
        SCHED_FIFO | SCHED_RR => Ok(of_real_time),
        SCHED_NORMAL | SCHED_BATCH | SCHED_IDLE => Ok(0),
        _ => Err(Errno::EINVAL.into()),
    }
}
