//! /proc/PID: what a process is and what it has mapped.

use super::Text;
use crate::process::{Pid, Process, State};
use crate::state::Kernel;
use alloc::format;
use alloc::string::String;
use core::fmt::{self, Write};
use vm::{Fetch, Key, Label, Prot, Region};

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
        });
    }
    let process = kernel.processes.get(pid)?;
    let space = process.space();
    Some(Summary {
        name: process.name.clone(),
        state: if matches!(process.state, State::Waiting(_)) {
            "S (sleeping)"
        } else {
            "R (running)"
        },
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
    })
}

/// The process in the words and the format of Linux.
pub fn status(kernel: &mut Kernel, pid: Pid, text: &mut Text) -> fmt::Result {
    let Some(Summary {
        name,
        state,
        parent,
        size,
        ..
    }) = summary(kernel, pid)
    else {
        return Ok(());
    };
    writeln!(
        text,
        "Name:\t{name}\nState:\t{state}\nTgid:\t{pid}\nPid:\t{pid}\nPPid:\t{parent}"
    )?;
    writeln!(text, "VmSize:\t{:>8} kB\nThreads:\t1", size / 1024)
}

/// The same in one line: the first 24 fields of proc_pid_stat(5). What Quire does
/// not count is 0; all processes are in group 1 of session 1.
pub fn stat(kernel: &mut Kernel, pid: Pid, text: &mut Text) -> fmt::Result {
    let Some(Summary {
        name,
        state,
        parent,
        size,
        frames,
    }) = summary(kernel, pid)
    else {
        return Ok(());
    };
    let state = &state[..1];
    writeln!(
        text,
        "{pid} ({name}) {state} {parent} 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0 0 {size} {frames}"
    )
}

/// What it has mapped, in Linux's format (proc_pid_maps(5)).
pub fn maps(kernel: &mut Kernel, pid: Pid, text: &mut Text) -> fmt::Result {
    let Some(process) = kernel.processes.get(pid) else {
        return Ok(());
    };
    kernel
        .vm
        .regions(process.space())
        .try_for_each(|region| line(kernel, process, region, text))
}

fn line(kernel: &Kernel, process: &Process, region: &Region, text: &mut Text) -> fmt::Result {
    let flag = |prot, letter| {
        if region.prot.contains(prot) {
            letter
        } else {
            '-'
        }
    };
    let (read, write, exec) = (
        flag(Prot::READ, 'r'),
        flag(Prot::WRITE, 'w'),
        flag(Prot::EXEC, 'x'),
    );
    let sharing = if region.source.is_shared() { 's' } else { 'p' };
    let offset = region.source.first().unwrap_or(0) * vm::PAGE_SIZE;
    let (inode, name) = name_of(kernel, process, region);
    let head = format!(
        "{:08x}-{:08x} {read}{write}{exec}{sharing} {offset:08x} 00:00 {inode}",
        region.start.0, region.end.0
    );
    if name.is_empty() {
        writeln!(text, "{head}")
    } else {
        writeln!(text, "{head:<73}{name}")
    }
}

/// The inode and the name that Linux shows for such a region.
fn name_of(kernel: &Kernel, process: &Process, region: &Region) -> (i32, String) {
    match region.label {
        Label::None => (0, String::new()),
        Label::Image => (0, process.name.clone()),
        Label::Heap => (0, "[heap]".into()),
        Label::Stack => (0, "[stack]".into()),
        Label::Shm(id) => {
            let key = kernel.shared.peek(id).map_or(0, |segment| segment.key);
            (id, format!("/SYSV{key:08x}"))
        }
    }
}

/// Its segment table, a slot a line.
pub fn segments(kernel: &mut Kernel, pid: Pid, text: &mut Text) -> fmt::Result {
    writeln!(
        text,
        "esid vsid key n kind refs names aliases ptes depth cuts"
    )?;
    let Some(process) = kernel.processes.get(pid) else {
        return Ok(());
    };
    for slot in kernel.vm.segments(process.space()) {
        let key = u8::from(slot.entry.key == Key::One);
        let n = u8::from(slot.entry.fetch == Fetch::Never);
        let kind = if slot.object { "object" } else { "private" };
        write!(
            text,
            "{:#x} {:#x} {key} {n} {kind}",
            slot.esid.0, slot.entry.vsid.0
        )?;
        write!(text, " {} {} {}", slot.refs, slot.names, slot.aliases)?;
        writeln!(text, " {} {} {}", slot.ptes, slot.depth, slot.cuts)?;
    }
    Ok(())
}
