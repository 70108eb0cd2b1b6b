//! Processors and who has them: one of each, in turn (sched(7)).
//!
//! There is one processor, which has number 0, and one policy, SCHED_OTHER. Nice values are
//! kept and told; all have turns of the same length whatever theirs is.

use super::{Call, Errno, Outcome};
use crate::process::{CapabilitySet, Pid, Tid};
use alloc::vec::Vec;
use linux_raw_sys::general::{
    RLIMIT_NICE, SCHED_BATCH, SCHED_FIFO, SCHED_IDLE, SCHED_NORMAL, SCHED_RR,
};
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

/// Those whom argument 1 names: a process, a group or a user, as argument 0 says. 0 is the
/// caller, or its.
fn named(call: &Call) -> Result<Vec<Pid>, Errno> {
    let who = call.int(1);
    let processes = &call.kernel.processes;
    let pids = match (call.bits(0), who) {
        (PRIO_PROCESS, 0) => Vec::from([call.pid]),
        (PRIO_PGRP, 0) => call.kernel.members(call.process().group),
        (PRIO_USER, 0) => processes.pids(|_| true),
        (PRIO_PROCESS, _) => {
            let task = Tid::from_int(who).and_then(|tid| processes.task(tid));
            task.iter().map(|task| task.pid).collect()
        }
        (PRIO_PGRP, _) => {
            let group = Pid::from_int(who);
            group.map_or(Vec::new(), |group| call.kernel.members(group))
        }
        (PRIO_USER, _) => Vec::new(),
        _ => return Err(Errno::EINVAL),
    };
    let is_alive = |pid: &Pid| processes.get(*pid).is_some();
    let pids: Vec<Pid> = pids.into_iter().filter(is_alive).collect();
    if pids.is_empty() {
        return Err(Errno::ESRCH);
    }
    Ok(pids)
}

/// getpriority(2), the system call: 20 less the nice value, the most urgent one's.
pub fn getpriority(call: &mut Call) -> Outcome {
    let nice = |pid| call.kernel.process(pid).nice;
    let lowest = named(call)?.into_iter().map(nice).min();
    Ok(20 - i64::from(lowest.unwrap_or(0))).map(|value| value as u64)
}

/// setpriority(2). The value is a process's, as POSIX has it, and not a thread's. EACCES:
/// somebody would become more urgent than RLIMIT_NICE lets him.
pub fn setpriority(call: &mut Call) -> Outcome {
    let nice = call.int(2).clamp(-20, 19) as i8;
    let may_hurry = call.need(CapabilitySet::SYS_NICE).is_ok();
    let mut outcome = Ok(0);
    for pid in named(call)? {
        let process = call.kernel.process_mut(pid);
        let floor = 20 - process.limits.soft(RLIMIT_NICE as usize).min(40) as i8;
        match may_hurry || nice >= process.nice.min(floor) {
            true => process.nice = nice,
            false => outcome = Err(Errno::EACCES.into()),
        }
    }
    outcome
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
