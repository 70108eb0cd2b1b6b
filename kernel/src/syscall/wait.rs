//! Waiting for children: wait4 and waitid. Children are their process's, not one of its
//! threads': __WNOTHREAD changes nothing.

use super::usage::usage;
use super::{Call, Errno, Outcome, Stop};
use crate::process::{Info, Pid, Process, Report, Signal, Status, Times, Wait, Zombie};
use linux_raw_sys::general::{
    __WALL, __WCLONE, __WNOTHREAD, P_ALL, P_PGID, P_PID, WCONTINUED, WEXITED, WNOHANG, WNOWAIT,
    WSTOPPED, WUNTRACED,
};
use vm::Ea;

/// Bytes in siginfo_t.
const INFO: usize = 128;

/// Which children.
#[derive(Clone, Copy)]
enum Which {
    Any,
    One(Pid),
    Group(Pid),
}

impl Which {
    fn matches(self, pid: Pid, group: Pid) -> bool {
        match self {
            Which::Any => true,
            Which::One(one) => one == pid,
            Which::Group(one) => one == group,
        }
    }
}

/// What is waited for.
#[derive(Clone, Copy)]
struct Search {
    which: Which,
    options: u32,
}

impl Search {
    fn has(&self, option: u32) -> bool {
        self.options & option != 0
    }

    /// A child that does not send SIGCHLD at its end is waited for with __WCLONE only,
    /// another without; with __WALL both are (wait(2)).
    fn wants(&self, pid: Pid, group: Pid, exit_signal: Option<Signal>) -> bool {
        let is_clone = exit_signal != Some(Signal::CHLD);
        self.which.matches(pid, group) && (self.has(__WALL) || is_clone == self.has(__WCLONE))
    }

    fn wants_report(&self, report: Report) -> bool {
        match report {
            Report::Stopped(_) => self.has(WSTOPPED),
            Report::Continued => self.has(WCONTINUED),
        }
    }
}

/// What there is to wait for.
enum Found {
    Dead(Pid, Status, Times),
    /// It lives and has stopped or goes on.
    Changed(Pid, Report),
    /// A child that matches lives.
    Alive,
    None,
}

fn find(call: &Call, search: Search) -> Found {
    let (me, processes) = (call.pid, &call.kernel.processes);
    let dead = |z: &&Zombie| z.parent == me && search.wants(z.pid, z.group, z.exit_signal);
    let dead = match search.which {
        Which::One(pid) => processes.zombie(pid).filter(dead),
        _ => processes.zombies().find(dead),
    };
    if let Some(dead) = dead.filter(|_| search.has(WEXITED)) {
        return Found::Dead(dead.pid, dead.status, dead.times);
    }
    let alive = |p: &&Process| p.parent == me && search.wants(p.pid, p.group, p.exit_signal);
    let wanted = |p: &Process| p.report.filter(|report| search.wants_report(*report));
    let alive = match search.which {
        Which::One(pid) => processes.get(pid).filter(alive),
        _ => {
            let living = || processes.living().filter(alive);
            living()
                .find(|p| wanted(p).is_some())
                .or_else(|| living().next())
        }
    };
    if let Some((pid, report)) = alive.and_then(|p| Some((p.pid, wanted(p)?))) {
        return Found::Changed(pid, report);
    }
    if alive.is_some() || dead.is_some() {
        Found::Alive
    } else {
        Found::None
    }
}

/// No child has anything to tell: then 0 with WNOHANG, else the caller waits.
fn none_yet(search: Search) -> Outcome {
    if search.has(WNOHANG) {
        Ok(0)
    } else {
        Err(Stop::Wait(Wait::Child))
    }
}

/// The child has been waited for.
fn reap(call: &mut Call, pid: Pid) {
    if let Some(dead) = call.kernel.processes.reap(pid) {
        call.process_mut().children_times += dead.times;
    }
}

/// The time that a living child has used so far, with its own children's.
fn used(call: &Call, pid: Pid) -> Times {
    let mut times = call.kernel.processes.times(pid);
    times += call.kernel.process(pid).children_times;
    times
}

/// Its report has been seen.
fn forget_report(call: &mut Call, pid: Pid) {
    call.kernel.process_mut(pid).report = None;
}

/// wait4(2). Where the status cannot be written, the child can still be waited for.
pub fn wait4(call: &mut Call) -> Outcome {
    const KNOWN: u32 = WNOHANG | WUNTRACED | WCONTINUED | __WALL | __WCLONE | __WNOTHREAD;
    let (status_at, options, usage_at) = (call.arg(1), call.bits(2), call.arg(3));
    if options & !KNOWN != 0 {
        return Err(Errno::EINVAL.into());
    }
    let which = match call.int(0) {
        -1 => Which::Any,
        0 => Which::Group(call.process().group),
        i32::MIN => return Err(Errno::ESRCH.into()),
        pid @ 1.. => Which::One(Pid::from_int(pid).ok_or(Errno::ECHILD)?),
        group => Which::Group(Pid::from_int(-group).ok_or(Errno::ECHILD)?),
    };
    let options = options | WEXITED;
    let search = Search { which, options };
    match find(call, search) {
        Found::None => Err(Errno::ECHILD.into()),
        Found::Alive => none_yet(search),
        Found::Changed(pid, report) => {
            put(call, status_at, &report_word(report).to_ne_bytes())?;
            put_usage(call, usage_at, used(call, pid))?;
            forget_report(call, pid);
            Ok(pid.raw().into())
        }
        Found::Dead(pid, status, times) => {
            put(call, status_at, &status.word().to_ne_bytes())?;
            put_usage(call, usage_at, times)?;
            reap(call, pid);
            Ok(pid.raw().into())
        }
    }
}

/// The status word of wait4(2) for a child that lives.
fn report_word(report: Report) -> u32 {
    match report {
        Report::Stopped(signal) => signal.raw() << 8 | 0x7f,
        Report::Continued => 0xffff,
    }
}

/// waitid(2). P_PIDFD is EINVAL: there are no such descriptors.
pub fn waitid(call: &mut Call) -> Outcome {
    const STATES: u32 = WEXITED | WSTOPPED | WCONTINUED;
    const KNOWN: u32 = STATES | WNOHANG | WNOWAIT | __WALL | __WCLONE | __WNOTHREAD;
    let (info_at, options, usage_at) = (call.arg(2), call.bits(3), call.arg(4));
    if options & !KNOWN != 0 || options & STATES == 0 {
        return Err(Errno::EINVAL.into());
    }
    let which = match (call.bits(0), call.int(1)) {
        (P_ALL, _) => Which::Any,
        (P_PID, pid @ 1..) => Which::One(Pid::from_int(pid).ok_or(Errno::ECHILD)?),
        (P_PGID, 0) => Which::Group(call.process().group),
        (P_PGID, group @ 1..) => Which::Group(Pid::from_int(group).ok_or(Errno::ECHILD)?),
        _ => return Err(Errno::EINVAL.into()),
    };
    let search = Search { which, options };
    match find(call, search) {
        Found::None => Err(Errno::ECHILD.into()),
        Found::Alive => {
            let outcome = none_yet(search)?;
            put(call, info_at, &[0; INFO])?;
            Ok(outcome)
        }
        Found::Changed(pid, report) => {
            put(call, info_at, &report_info(pid, report).bytes())?;
            put_usage(call, usage_at, used(call, pid))?;
            if !search.has(WNOWAIT) {
                forget_report(call, pid);
            }
            Ok(0)
        }
        Found::Dead(pid, status, times) => {
            let info = Info::child_ended(Signal::CHLD, pid, status);
            put(call, info_at, &info.bytes())?;
            put_usage(call, usage_at, times)?;
            if !search.has(WNOWAIT) {
                reap(call, pid);
            }
            Ok(0)
        }
    }
}

fn report_info(pid: Pid, report: Report) -> Info {
    match report {
        Report::Stopped(signal) => Info::child_stopped(pid, signal),
        Report::Continued => Info::child_continued(pid),
    }
}

fn put_usage(call: &mut Call, at: u64, times: Times) -> Result<(), Errno> {
    match at {
        0 => Ok(()),
        _ => call.memory().write_words(at, &usage(times)),
    }
}

/// Writes where the caller wants it, if it does.
fn put(call: &mut Call, at: u64, bytes: &[u8]) -> Result<(), Errno> {
    match at {
        0 => Ok(()),
        _ => call.memory().write(Ea(at), bytes),
    }
}
