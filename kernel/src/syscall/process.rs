//! Processes: fork and its kin, exit, kill, and who is who.

use super::{Call, Errno, Outcome, Stop};
use crate::arch;
use crate::process::{Action, INIT, Pid, Sharing, Signal, Status, Wait};
use linux_raw_sys::general::{CLONE_VFORK, CLONE_VM, CSIGNAL, SIGCHLD};

/// exit(2), and exit_group(2): a process has one thread.
pub fn exit(call: &mut Call) -> Outcome {
    let status = Status::Exited(call.arg(0) as u8);
    call.kernel.exit(call.pid, status);
    Err(Stop::Gone)
}

/// fork(2).
pub fn fork(call: &mut Call) -> Outcome {
    let child = call.kernel.fork(call.pid, Sharing::Copy, None)?;
    Ok(child.raw() as u64)
}

/// vfork(2): the child has the parent's memory itself until it execs or exits,
/// and the parent waits for that.
pub fn vfork(call: &mut Call) -> Outcome {
    borrow(call, None)
}

/// clone(2), as far as it makes processes: a copy of the memory (SIGCHLD alone),
/// or vfork (CLONE_VM | CLONE_VFORK). Threads and other flags are EINVAL.
pub fn clone(call: &mut Call) -> Outcome {
    const VFORK: u64 = (CLONE_VM | CLONE_VFORK) as u64;
    let (flags, stack) = (call.arg(0), call.arg(1));
    let stack = (stack != 0).then_some(stack);
    if flags & CSIGNAL as u64 != SIGCHLD as u64 {
        return Err(Errno::EINVAL.into());
    }
    match flags & !(CSIGNAL as u64) {
        0 => Ok(call.kernel.fork(call.pid, Sharing::Copy, stack)?.raw() as u64),
        VFORK => borrow(call, stack),
        _ => Err(Errno::EINVAL.into()),
    }
}

/// The result is set before the wait: when the child lets the parent go on,
/// there is nothing left to do.
fn borrow(call: &mut Call, stack: Option<u64>) -> Outcome {
    let child = call.kernel.fork(call.pid, Sharing::Borrow, stack)?;
    arch::set_result(&mut call.process_mut().frame, Ok(child.raw() as u64));
    Err(Stop::Wait(Wait::Vfork(child)))
}

/// getpid(2), and gettid(2): a process has one thread, with the same number.
pub fn getpid(call: &mut Call) -> Outcome {
    Ok(call.pid.raw() as u64)
}

/// getppid(2).
pub fn getppid(call: &mut Call) -> Outcome {
    Ok(call.process().parent.raw() as u64)
}

/// sched_yield(2): the caller goes to the end of the run queue.
pub fn sched_yield(call: &mut Call) -> Outcome {
    call.kernel.queue.rotate();
    Ok(0)
}

/// kill(2). All processes are in one process group, 1. The signals that stop a
/// process are EINVAL.
pub fn kill(call: &mut Call) -> Outcome {
    let (target, number) = (call.int(0), call.bits(1));
    let signal = match number {
        0 => None,
        _ => Some(
            Signal::new(number)
                .filter(|signal| signal.action() != Action::Stop)
                .ok_or(Errno::EINVAL)?,
        ),
    };
    let me = call.pid;
    match target {
        0 => send_all(call, signal, |_| true),
        -1 => send_all(call, signal, |pid| pid != me && pid != INIT),
        1.. => send_one(call, Pid::new(target as u64).ok_or(Errno::ESRCH)?, signal),
        _ => Err(Errno::ESRCH.into()),
    }
}

/// A process that is dead but not waited for is there, and feels nothing.
fn send_one(call: &mut Call, pid: Pid, signal: Option<Signal>) -> Outcome {
    let processes = &call.kernel.processes;
    if processes.get(pid).is_none() && processes.zombie(pid).is_none() {
        return Err(Errno::ESRCH.into());
    }
    deliver(call, &[pid], signal)
}

fn send_all(call: &mut Call, signal: Option<Signal>, wanted: impl Fn(Pid) -> bool) -> Outcome {
    let pids = call.kernel.processes.pids(|process| wanted(process.pid));
    if pids.is_empty() {
        return Err(Errno::ESRCH.into());
    }
    deliver(call, &pids, signal)
}

fn deliver(call: &mut Call, pids: &[Pid], signal: Option<Signal>) -> Outcome {
    for pid in pids {
        if let Some(signal) = signal {
            call.kernel.send(*pid, signal);
        }
    }
    match call.kernel.processes.get(call.pid) {
        Some(_) => Ok(0),
        None => Err(Stop::Gone),
    }
}
