//! Process groups and sessions.

use super::{Call, Errno, Outcome};
use crate::process::Pid;

/// The process that argument `n` names; 0 is the caller.
fn named(call: &Call, n: usize) -> Result<Pid, Errno> {
    match call.int(n) {
        0 => Ok(call.pid),
        number => Pid::from_int(number).ok_or(Errno::ESRCH),
    }
}

/// The group and the session of a process, living or dead.
fn membership(call: &Call, pid: Pid) -> Result<(Pid, Pid), Errno> {
    let processes = &call.kernel.processes;
    let living = processes.get(pid).map(|p| (p.group, p.session));
    let dead = processes.zombie(pid).map(|z| (z.group, z.session));
    living.or(dead).ok_or(Errno::ESRCH)
}

/// setpgid(2).
pub fn setpgid(call: &mut Call) -> Outcome {
    if call.int(1) < 0 {
        return Err(Errno::EINVAL.into());
    }
    let pid = named(call, 0)?;
    let group = match call.int(1) {
        0 => pid,
        number => Pid::from_int(number).ok_or(Errno::EPERM)?,
    };
    check_member(call, pid)?;
    check_group(call, pid, group)?;
    if let Some(process) = call.kernel.processes.get_mut(pid) {
        process.group = group;
    }
    Ok(0)
}

/// Whether the caller may move `pid` to another group.
fn check_member(call: &Call, pid: Pid) -> Result<(), Errno> {
    let process = call.kernel.processes.get(pid).ok_or(Errno::ESRCH)?;
    if pid != call.pid {
        if process.parent != call.pid {
            return Err(Errno::ESRCH);
        }
        if process.session != call.process().session {
            return Err(Errno::EPERM);
        }
        if process.has_execed {
            return Err(Errno::EACCES);
        }
    }
    if process.session == pid {
        return Err(Errno::EPERM);
    }
    Ok(())
}

/// `group` is a new one, or one of the caller's session.
fn check_group(call: &Call, pid: Pid, group: Pid) -> Result<(), Errno> {
    let session = call.process().session;
    let mut living = call.kernel.processes.living();
    if group == pid || living.any(|p| p.group == group && p.session == session) {
        Ok(())
    } else {
        Err(Errno::EPERM)
    }
}

/// getpgid(2).
pub fn getpgid(call: &mut Call) -> Outcome {
    let (group, _) = membership(call, named(call, 0)?)?;
    Ok(group.raw().into())
}

/// getpgrp(2).
pub fn getpgrp(call: &mut Call) -> Outcome {
    Ok(call.process().group.raw().into())
}

/// getsid(2).
pub fn getsid(call: &mut Call) -> Outcome {
    let (_, session) = membership(call, named(call, 0)?)?;
    Ok(session.raw().into())
}

/// setsid(2).
pub fn setsid(call: &mut Call) -> Outcome {
    let pid = call.pid;
    if !call.kernel.members(pid).is_empty() {
        return Err(Errno::EPERM.into());
    }
    let process = call.process_mut();
    (process.group, process.session) = (pid, pid);
    Ok(pid.raw().into())
}
