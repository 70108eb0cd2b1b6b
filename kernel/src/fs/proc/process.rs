//! /proc/PID: what a process is and what it has mapped.

use super::Text;
use crate::platform;
use crate::process::{
    Capabilities, Job, Name, Passed, Pid, Process, State, TICKS_PER_SECOND, Task,
};
use crate::state::Kernel;
use crate::syscall::UserMemory;
use core::fmt::{self, Write};
use core::ops::Range;
use vm::{Ea, PAGE_SIZE};

/// What /proc tells of any process.
struct Summary {
    name: Name,
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
        let (name, parent) = (dead.name, dead.parent.raw());
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
        name: process.name,
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
    writeln!(text, "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0")?;
    writeln!(text, "VmSize:\t{:>8} kB\nThreads:\t{threads}", size / 1024)?;
    match kernel.processes.task(pid.first_thread()) {
        Some(task) => capabilities(&task.capabilities, text),
        None => Ok(()),
    }
}

/// What its first thread may do.
fn capabilities(all: &Capabilities, text: &mut Text) -> fmt::Result {
    for (name, set) in [
        ("Inh", all.inheritable),
        ("Prm", all.permitted),
        ("Eff", all.effective),
        ("Bnd", all.bounding),
    ] {
        writeln!(text, "Cap{name}:\t{:016x}", set.bits())?;
    }
    writeln!(text, "NoNewPrivs:\t{}", u8::from(all.no_new_privileges))
}

/// The same in one line: proc_pid_stat(5). What Quire does not count is 0.
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
    let (terminal, foreground) = match kernel.terminal.session {
        Some(owner) if owner == session => (0x501, kernel.terminal.foreground.raw() as i32),
        _ => (0, -1),
    };
    let tick = platform::timebase_hz() / TICKS_PER_SECOND;
    let [user, system, child_user, child_system] = kernel
        .processes
        .get(pid)
        .map(|p| [kernel.processes.times(pid), p.children_times])
        .map_or([0; 4], |[own, children]| {
            [own.user, own.system, children.user, children.system].map(|time| time / tick)
        });
    let nice = kernel.processes.get(pid).map_or(0, |process| process.nice);
    let state = &state[..1];
    write!(
        text,
        "{pid} ({name}) {state} {parent} {group} {session} {terminal} {foreground} 0 0 0 0 0 "
    )?;
    write!(text, "{user} {system} {child_user} {child_system} ")?;
    write!(text, "{} {nice} ", 20 + nice)?;
    write!(text, "{threads} 0 0 {size} {frames} {}", u64::MAX)?;
    writeln!(text, "{}", " 0".repeat(27))
}

/// Memory in pages (proc_pid_statm(5)): mapped, and there. The other fields are 0.
pub fn statm(kernel: &mut Kernel, pid: Pid, text: &mut Text) -> fmt::Result {
    let (size, frames) = summary(kernel, pid).map_or((0, 0), |all| (all.size, all.frames));
    writeln!(text, "{} {frames} 0 0 0 0 0", size / PAGE_SIZE)
}

/// Its name.
pub fn comm(kernel: &mut Kernel, pid: Pid, text: &mut Text) -> fmt::Result {
    match summary(kernel, pid) {
        Some(Summary { name, .. }) => writeln!(text, "{name}"),
        None => Ok(()),
    }
}

/// The arguments that it was started with, each with a 0 at its end.
pub fn cmdline(kernel: &mut Kernel, pid: Pid, text: &mut Text) -> fmt::Result {
    strings(kernel, pid, text, |passed| &passed.args)
}

/// The environment that it was started with.
pub fn environ(kernel: &mut Kernel, pid: Pid, text: &mut Text) -> fmt::Result {
    strings(kernel, pid, text, |passed| &passed.env)
}

/// As Linux does, from the process's own memory, where it may have changed them.
fn strings(
    kernel: &mut Kernel,
    pid: Pid,
    text: &mut Text,
    which: fn(&Passed) -> &Range<u64>,
) -> fmt::Result {
    let Some(process) = kernel.processes.get(pid) else {
        return Ok(());
    };
    let (space, range) = (process.space(), which(process.space.strings()).clone());
    let mut memory = UserMemory::new(&mut kernel.vm, space);
    let mut buffer = [0; 256];
    for at in range.clone().step_by(buffer.len()) {
        let len = (range.end - at).min(buffer.len() as u64) as usize;
        match memory.read(Ea(at), &mut buffer[..len]) {
            Ok(()) => text.write_bytes(&buffer[..len])?,
            Err(_) => break,
        }
    }
    Ok(())
}

/// What is mounted where.
pub fn mounts(kernel: &mut Kernel, _: Pid, text: &mut Text) -> fmt::Result {
    for mount in kernel.tree.mounts() {
        escaped(&mount.source, text)?;
        text.write_str(" ")?;
        escaped(&kernel.tree.path(mount.root()), text)?;
        writeln!(text, " {} rw,relatime 0 0", mount.kind.name())?;
    }
    Ok(())
}

/// The same in the newer format (proc_pid_mountinfo(5)).
pub fn mountinfo(kernel: &mut Kernel, _: Pid, text: &mut Text) -> fmt::Result {
    for mount in kernel.tree.mounts() {
        let (number, kind) = (mount.device, mount.kind.name());
        let above = mount.covered.map(|covered| kernel.tree.mount_of(covered));
        let above = above.map_or(number, |above| above.device);
        write!(text, "{number} {above} 0:{number} / ")?;
        escaped(&kernel.tree.path(mount.root()), text)?;
        write!(text, " rw,relatime - {kind} ")?;
        escaped(&mount.source, text)?;
        text.write_str(" rw\n")?;
    }
    Ok(())
}

/// A name, with what would end it there written in octal (getmntent(3)).
fn escaped(name: &[u8], text: &mut Text) -> fmt::Result {
    name.iter().try_for_each(|byte| match byte {
        b' ' | b'\t' | b'\n' | b'\\' => write!(text, "\\{byte:03o}"),
        byte => text.write_bytes(&[*byte]),
    })
}
