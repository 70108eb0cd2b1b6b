//! /proc/PID: what a process has mapped, page by page if need be.

use super::Text;
use crate::process::Pid;
use crate::state::Kernel;
use alloc::format;
use alloc::string::String;
use core::fmt::{self, Write};
use vm::{Fetch, Flags, Key, Label, Noted, PageReport, Prot, Reach, Region, Usage, VmError};

/// What it has mapped, in Linux's format (proc_pid_maps(5)).
pub fn maps(kernel: &mut Kernel, pid: Pid, text: &mut Text) -> fmt::Result {
    let Some(process) = kernel.processes.get(pid) else {
        return Ok(());
    };
    kernel
        .vm
        .regions(process.space())
        .try_for_each(|region| line(kernel, region, text))
}

/// The same with what is there of each (proc_pid_smaps(5)).
pub fn smaps(kernel: &mut Kernel, pid: Pid, text: &mut Text) -> fmt::Result {
    let Some(process) = kernel.processes.get(pid) else {
        return Ok(());
    };
    for region in kernel.vm.regions(process.space()) {
        line(kernel, region, text)?;
        let usage = kernel.vm.usage(process.space(), region);
        usage_lines(region, &usage.map_err(|_| fmt::Error)?, text)?;
    }
    Ok(())
}

fn usage_lines(region: &Region, usage: &Usage, text: &mut Text) -> fmt::Result {
    let locked = region.flags.contains(Flags::LOCKED);
    let fields = [
        ("Size", region.bytes()),
        ("KernelPageSize", vm::PAGE_SIZE),
        ("MMUPageSize", vm::PAGE_SIZE),
        ("Rss", usage.rss),
        ("Pss", usage.pss),
        ("Shared_Clean", usage.shared_clean),
        ("Shared_Dirty", usage.shared_dirty),
        ("Private_Clean", usage.private_clean),
        ("Private_Dirty", usage.private_dirty),
        ("Referenced", usage.referenced),
        ("Anonymous", usage.anonymous),
        ("Locked", if locked { usage.pss } else { 0 }),
    ];
    for (name, bytes) in fields {
        // Linux pads the name and its colon to 16.
        writeln!(text, "{:<16}{:>8} kB", format!("{name}:"), bytes / 1024)?;
    }
    flags_line(region, text)
}

/// VmFlags, with Linux's two letters for each.
fn flags_line(region: &Region, text: &mut Text) -> fmt::Result {
    let flag = |flag| region.flags.contains(flag);
    let flags = [
        (region.prot.contains(Prot::READ), "rd"),
        (region.prot.contains(Prot::WRITE), "wr"),
        (region.prot.contains(Prot::EXEC), "ex"),
        (region.source.is_shared(), "sh"),
        (flag(Flags::GROWS_DOWN), "gd"),
        (flag(Flags::LOCKED), "lo"),
        (flag(Flags::DONT_FORK), "dc"),
        (flag(Flags::WIPE_ON_FORK), "wf"),
    ];
    write!(text, "VmFlags:")?;
    for (_, name) in flags.iter().filter(|(is, _)| *is) {
        write!(text, " {name}")?;
    }
    writeln!(text)
}

/// Why the text of pages ends early.
struct Stopped;

impl From<VmError> for Stopped {
    fn from(_: VmError) -> Stopped {
        Stopped
    }
}

impl From<fmt::Error> for Stopped {
    fn from(_: fmt::Error) -> Stopped {
        Stopped
    }
}

/// Each page that is there: its address, the VPN and the frame, how the one reaches the
/// other, whose the frame is, how many spaces see it, and R and C.
pub fn pages(kernel: &mut Kernel, pid: Pid, text: &mut Text) -> fmt::Result {
    writeln!(text, "ea vpn frame reach of sharers noted")?;
    let Some(process) = kernel.processes.get(pid) else {
        return Ok(());
    };
    let (vm, space) = (&kernel.vm, process.space());
    vm.regions(space).try_for_each(|region| {
        vm.pages(space, region, |page| Ok(page_line(page, text)?))
            .map_err(|Stopped| fmt::Error)
    })
}

fn page_line(page: &PageReport, text: &mut Text) -> fmt::Result {
    let record = &page.record;
    let reach = if page.inherited {
        "inherited"
    } else {
        reach(record.reach)
    };
    let of = if page.object { "object" } else { "private" };
    write!(
        text,
        "{:#x} {:#x} {}",
        page.ea.0,
        record.vpn.raw(),
        record.frame.0
    )?;
    writeln!(
        text,
        " {reach} {of} {} {}",
        page.sharers,
        noted(record.noted)
    )
}

/// How a record reaches its frame, in a word.
pub fn reach(reach: Reach) -> &'static str {
    match reach {
        Reach::Name => "name",
        Reach::Held => "held",
        Reach::Derived => "derived",
    }
}

/// R and C as letters, `-` for one that is clear.
pub fn noted(noted: Noted) -> &'static str {
    match (
        noted.contains(Noted::REFERENCED),
        noted.contains(Noted::CHANGED),
    ) {
        (false, false) => "--",
        (true, false) => "R-",
        (false, true) => "-C",
        (true, true) => "RC",
    }
}

fn line(kernel: &Kernel, region: &Region, text: &mut Text) -> fmt::Result {
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
    let (inode, name) = name_of(kernel, region);
    // A line is a region, whatever a file is called (proc_pid_maps(5), pathname).
    let name = name.replace('\n', "\\012");
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
fn name_of(kernel: &Kernel, region: &Region) -> (u64, String) {
    match region.label {
        Label::None => match region.source.object() {
            // Shared memory without a file is a part of /dev/zero that has no name.
            Some(object) => {
                let file = kernel.tree.path_of(object);
                file.unwrap_or_else(|| (0, "/dev/zero (deleted)".into()))
            }
            None => (0, String::new()),
        },
        Label::Heap => (0, "[heap]".into()),
        Label::Stack => (0, "[stack]".into()),
        Label::Shm(id) => {
            let key = kernel.shared.peek(id).map_or(0, |segment| segment.key);
            (id as u64, format!("/SYSV{key:08x}"))
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
