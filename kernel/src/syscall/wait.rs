//! Waiting for children: wait4 and waitid.

use super::record::record;
use super::{Call, Errno, Outcome, Stop};
use crate::process::{Pid, Status, Wait};
use linux_raw_sys::general::{
    __WALL, __WCLONE, __WNOTHREAD, CLD_EXITED, CLD_KILLED, P_ALL, P_PID, SIGCHLD, WCONTINUED,
    WEXITED, WNOHANG, WNOWAIT, WSTOPPED, WUNTRACED, rusage,
};
use vm::Ea;

/// The head of siginfo_t for SIGCHLD (Linux, asm-generic/siginfo.h).
#[repr(C)]
struct ChildInfo {
    si_signo: i32,
    si_errno: i32,
    si_code: i32,
    padding: i32,
    si_pid: i32,
    si_uid: u32,
    si_status: i32,
    rest: [u32; 25],
}
const _: () = assert!(size_of::<ChildInfo>() == 128);

/// Which children.
#[derive(Clone, Copy)]
enum Which {
    Any,
    One(Pid),
    /// A process group that does not exist.
    Nobody,
}

impl Which {
    fn matches(self, pid: Pid) -> bool {
        match self {
            Which::Any => true,
            Which::One(one) => one == pid,
            Which::Nobody => false,
        }
    }
}

/// What there is to wait for.
enum Found {
    Dead(Pid, Status),
    /// A child that matches lives.
    Alive,
    None,
}

fn find(call: &Call, which: Which) -> Found {
    let (me, processes) = (call.pid, &call.kernel.processes);
    let mine = |parent: Pid, pid: Pid| parent == me && which.matches(pid);
    if let Some(dead) = processes
        .zombies()
        .find(|child| mine(child.parent, child.pid))
    {
        return Found::Dead(dead.pid, dead.status);
    }
    let mut living = processes.living();
    if living.any(|child| mine(child.parent, child.pid)) {
        Found::Alive
    } else {
        Found::None
    }
}

/// No child has ended: then 0 with WNOHANG, else the caller waits.
fn none_yet(options: u32) -> Outcome {
    match options & WNOHANG {
        0 => Err(Stop::Wait(Wait::Child)),
        _ => Ok(0),
    }
}

/// wait4(2). Children never stop, so WUNTRACED and WCONTINUED find nothing. The
/// usage that it reports is 0 throughout. Where the status cannot be written,
/// the child can still be waited for.
pub fn wait4(call: &mut Call) -> Outcome {
    const KNOWN: u32 = WNOHANG | WUNTRACED | WCONTINUED | __WALL | __WCLONE | __WNOTHREAD;
    let (status_at, options, usage_at) = (call.arg(1), call.bits(2), call.arg(3));
    if options & !KNOWN != 0 {
        return Err(Errno::EINVAL.into());
    }
    let which = match call.int(0) {
        // All processes are in one group.
        -1 | 0 => Which::Any,
        pid @ 1.. => Pid::new(pid as u64).map_or(Which::Nobody, Which::One),
        _ => Which::Nobody,
    };
    match find(call, which) {
        Found::None => Err(Errno::ECHILD.into()),
        Found::Alive => none_yet(options),
        Found::Dead(pid, status) => {
            put(call, status_at, &status.word().to_ne_bytes())?;
            put(call, usage_at, &[0; size_of::<rusage>()])?;
            call.kernel.processes.reap(pid);
            Ok(pid.raw() as u64)
        }
    }
}

/// waitid(2) with P_ALL and P_PID; others are EINVAL.
pub fn waitid(call: &mut Call) -> Outcome {
    const STATES: u32 = WEXITED | WSTOPPED | WCONTINUED;
    const KNOWN: u32 = STATES | WNOHANG | WNOWAIT | __WALL | __WCLONE | __WNOTHREAD;
    let (info_at, options, usage_at) = (call.arg(2), call.bits(3), call.arg(4));
    if options & !KNOWN != 0 || options & STATES == 0 {
        return Err(Errno::EINVAL.into());
    }
    let which = match call.bits(0) {
        P_ALL => Which::Any,
        P_PID if call.int(1) > 0 => Pid::new(call.int(1) as u64).map_or(Which::Nobody, Which::One),
        _ => return Err(Errno::EINVAL.into()),
    };
    match find(call, which) {
        Found::None => Err(Errno::ECHILD.into()),
        Found::Dead(pid, status) if options & WEXITED != 0 => {
            put(call, info_at, &child_info(pid, status))?;
            put(call, usage_at, &[0; size_of::<rusage>()])?;
            if options & WNOWAIT == 0 {
                call.kernel.processes.reap(pid);
            }
            Ok(0)
        }
        Found::Dead(..) | Found::Alive => {
            let outcome = none_yet(options)?;
            put(call, info_at, &[0; size_of::<ChildInfo>()])?;
            Ok(outcome)
        }
    }
}

fn child_info(pid: Pid, status: Status) -> [u8; size_of::<ChildInfo>()] {
    let (code, value) = match status {
        Status::Exited(status) => (CLD_EXITED, status as i32),
        Status::Killed(signal) => (CLD_KILLED, signal.raw() as i32),
    };
    record!(ChildInfo {
        si_signo: SIGCHLD as i32,
        si_code: code as i32,
        si_pid: pid.raw() as i32,
        si_status: value,
    })
}

/// Writes where the caller wants it, if it does.
fn put(call: &mut Call, at: u64, bytes: &[u8]) -> Result<(), Errno> {
    match at {
        0 => Ok(()),
        _ => call.memory().write(Ea(at), bytes),
    }
}
