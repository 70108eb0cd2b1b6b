//! /proc/PID: what a process is and what it has mapped.

use super::Text;
use crate::process::{Job, Pid, Process, State, Task};
use crate::state::Kernel;
use alloc::string::String;
use core::fmt::{self, Write};

/// What /proc tells of any process.
struct Summary {
    name: String,
    /// State, as /proc/PID/status says it; its first letter stands in stat.
    state: &'static str,
    parent: u32,
    /// Bytes mapped.
    size: u64,
    /// Frames named in its segments. Others may share them.
    frames: u64,
    /// Its threads.
    threads: usize,
    group: Pid,
    session: Pid,
}

fn summary(kernel: &Kernel, pid: Pid) -> Option<Summary> {
    if let Some(dead) = kernel.processes.zombie(pid) {
        let (name, parent) = (dead.name.clone(), dead.parent.raw());
        return Some(Summary {
            name,
            state: "Z (zombie)",
            parent,
            size: 0,
            frames: 0,
            threads: 1,
            group: dead.group,
            session: dead.session,
        });
    }
    let process = kernel.processes.get(pid)?;
    let space = process.space();
    Some(Summary {
        name: process.name.clone(),
        state: state(kernel, process),
        parent: process.parent.raw(),
        size: kernel
            .vm
            .regions(space)
            .map(|region| region.end.0 - region.start.0)
            .sum(),
        frames: kernel
            .vm
            .segments(space)
            .map(|slot| slot.names as u64)
            .sum(),
        threads: kernel.processes.threads(pid).count(),
        group: process.group,
        session: process.session,
    })
}

fn state(kernel: &Kernel, process: &Process) -> &'static str {
    let waits = |task: &Task| matches!(task.state, State::Waiting(_));
    if process.job == Job::Stopped {
        "T (stopped)"
    } else if kernel.processes.threads(process.pid).all(waits) {
        "S (sleeping)"
    } else {
        "R (running)"
    }
}

/// The process in the words and the format of Linux.
pub fn status(kernel: &mut Kernel, pid: Pid, text: &mut Text) -> fmt::Result {
    let Some(Summary {
        name,
        state,
        parent,
        size,
        threads,
        ..
    }) = summary(kernel, pid)
    else {
        return Ok(());
    };
    writeln!(
        text,
        "Name:\t{name}\nState:\t{state}\nTgid:\t{pid}\nPid:\t{pid}\nPPid:\t{parent}"
    )?;
    writeln!(text, "VmSize:\t{:>8} kB\nThreads:\t{threads}", size / 1024)
}

/// The same in one line: the first 24 fields of proc_pid_stat(5). What Quire does
/// not count is 0.
pub fn stat(kernel: &mut Kernel, pid: Pid, text: &mut Text) -> fmt::Result {
    let Some(Summary {
        name,
        state,
        parent,
        size,
        frames,
        threads,
        group,
        session,
    }) = summary(kernel, pid)
    else {
        return Ok(());
    };
    let state = &state[..1];
    writeln!(
        text,
        "{pid} ({name}) {state} {parent} {group} {session} 0 0 0 0 0 0 0 0 0 0 0 0 0 {threads} 0 0 {size} {frames}"
    )
}
