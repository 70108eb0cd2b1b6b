//! Sending signals: kill and its kin. Everybody is root, so everybody may.

use super::{Call, Errno, Outcome};
use crate::process::{Code, INIT, Info, Pid, Signal, Target, Tid};
use alloc::vec::Vec;
use vm::Ea;

/// The signal that argument `n` names; 0 asks only whether there is somebody.
fn signal(call: &Call, n: usize) -> Result<Option<Signal>, Errno> {
    match call.bits(n) {
        0 => Ok(None),
        number => Signal::new(number).map(Some).ok_or(Errno::EINVAL),
    }
}

/// kill(2).
pub fn kill(call: &mut Call) -> Outcome {
    let signal = signal(call, 1)?;
    let me = call.pid;
    match call.int(0) {
        0 => send_group(call, call.process().group, signal),
        -1 => send_all(call, signal, |pid, _| pid != me && pid != INIT),
        target @ 1.. => {
            let pid = Pid::from_int(target).ok_or(Errno::ESRCH)?;
            is_there(call, pid)?;
            send(call, Target::Process(pid), Code::USER, signal)
        }
        target => {
            let group = target.checked_neg().and_then(Pid::from_int);
            send_group(call, group.ok_or(Errno::ESRCH)?, signal)
        }
    }
}

/// ESRCH if there is no process `pid`. One that is dead but not waited for is there,
/// and feels nothing.
fn is_there(call: &Call, pid: Pid) -> Result<(), Errno> {
    let processes = &call.kernel.processes;
    match processes.get(pid).is_some() || processes.zombie(pid).is_some() {
        true => Ok(()),
        false => Err(Errno::ESRCH),
    }
}

fn send(call: &mut Call, target: Target, code: Code, signal: Option<Signal>) -> Outcome {
    if let Some(signal) = signal {
        let info = Info::from(signal, code, call.pid);
        call.kernel.signal(target, info)?;
    }
    Ok(0)
}

fn send_group(call: &mut Call, group: Pid, signal: Option<Signal>) -> Outcome {
    send_all(call, signal, |_, other| other == group)
}

/// Sends to all whose number and group `wanted` holds for.
fn send_all(call: &mut Call, signal: Option<Signal>, wanted: impl Fn(Pid, Pid) -> bool) -> Outcome {
    let processes = &call.kernel.processes;
    let living = processes.living().map(|p| (p.pid, p.group));
    let dead = processes.zombies().map(|z| (z.pid, z.group));
    let pids: Vec<Pid> = living
        .chain(dead)
        .filter(|(pid, group)| wanted(*pid, *group))
        .map(|(pid, _)| pid)
        .collect();
    if pids.is_empty() {
        return Err(Errno::ESRCH.into());
    }
    for pid in pids {
        send(call, Target::Process(pid), Code::USER, signal)?;
    }
    Ok(0)
}

/// The thread that argument `n` names, and that is of the process `pid` if that is given.
fn thread(call: &Call, n: usize, pid: Option<Pid>) -> Result<Target, Errno> {
    let number = call.int(n);
    if number <= 0 {
        return Err(Errno::EINVAL);
    }
    let tid = Tid::from_int(number).ok_or(Errno::ESRCH)?;
    let task = call.kernel.processes.task(tid).ok_or(Errno::ESRCH)?;
    match pid.is_none_or(|pid| pid == task.pid) {
        true => Ok(Target::Thread(tid)),
        false => Err(Errno::ESRCH),
    }
}

/// A thread group that argument `n` names.
fn group_of_threads(call: &Call, n: usize) -> Result<Pid, Errno> {
    match call.int(n) {
        number @ 1.. => Pid::from_int(number).ok_or(Errno::ESRCH),
        _ => Err(Errno::EINVAL),
    }
}

/// tkill(2).
pub fn tkill(call: &mut Call) -> Outcome {
    let signal = signal(call, 1)?;
    let target = thread(call, 0, None)?;
    send(call, target, Code::TKILL, signal)
}

/// tgkill(2).
pub fn tgkill(call: &mut Call) -> Outcome {
    let signal = signal(call, 2)?;
    let pid = group_of_threads(call, 0)?;
    let target = thread(call, 1, Some(pid))?;
    send(call, target, Code::TKILL, signal)
}

/// rt_sigqueueinfo(2).
pub fn rt_sigqueueinfo(call: &mut Call) -> Outcome {
    let signal = signal(call, 1)?;
    let pid = Pid::from_int(call.int(0)).ok_or(Errno::ESRCH)?;
    let info = given(call, 2, signal)?;
    check_code(call, &info, pid)?;
    is_there(call, pid)?;
    queue(call, Target::Process(pid), signal, info)
}

/// rt_tgsigqueueinfo(2).
pub fn rt_tgsigqueueinfo(call: &mut Call) -> Outcome {
    let signal = signal(call, 2)?;
    let pid = group_of_threads(call, 0)?;
    let info = given(call, 3, signal)?;
    check_code(call, &info, pid)?;
    let target = thread(call, 1, Some(pid))?;
    queue(call, target, signal, info)
}

/// The siginfo_t that argument `n` points at.
fn given(call: &mut Call, n: usize, signal: Option<Signal>) -> Result<Info, Errno> {
    let mut bytes = [0; 128];
    let at = call.arg(n);
    call.memory().read(Ea(at), &mut bytes)?;
    Ok(Info::from_program(signal.unwrap_or(Signal::KILL), &bytes))
}

/// Nobody may pretend to others that the kernel or kill has sent it.
fn check_code(call: &Call, info: &Info, pid: Pid) -> Result<(), Errno> {
    match info.is_honest() || pid == call.pid {
        true => Ok(()),
        false => Err(Errno::EPERM),
    }
}

fn queue(call: &mut Call, target: Target, signal: Option<Signal>, info: Info) -> Outcome {
    if signal.is_some() {
        call.kernel.signal(target, info)?;
    }
    Ok(0)
}
