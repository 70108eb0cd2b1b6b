//! /proc/vm: the virtual memory in numbers.

use super::Text;
use super::memory::{noted, reach};
use crate::state::Kernel;
use crate::strace;
use core::fmt::{self, Write};
use vm::{Fetch, FrameNo, FrameUse, GROUP, SlotUse};

fn lines(text: &mut Text, lines: impl IntoIterator<Item = (&'static str, u64)>) -> fmt::Result {
    lines
        .into_iter()
        .try_for_each(|(name, value)| writeln!(text, "{name} {value}"))
}

/// The hashed page table: its size, its use, and how often it was too small.
pub fn htab(kernel: &mut Kernel, text: &mut Text) -> fmt::Result {
    let (counts, stat) = (kernel.vm.htab_counts(), &kernel.vm.stat);
    lines(
        text,
        [
            ("groups", counts.groups as u64),
            ("slots", counts.slots as u64),
            ("bolted", counts.bolted as u64),
            ("live", counts.live as u64),
            ("dead", counts.dead as u64),
            ("full_groups", counts.full_groups as u64),
            ("groups_full", stat.groups_full),
            ("evictions", stat.evictions),
        ],
    )
}

/// The frames, by kind.
pub fn frames(kernel: &mut Kernel, text: &mut Text) -> fmt::Result {
    let counts = kernel.vm.frame_counts();
    lines(
        text,
        [
            ("total", counts.total as u64),
            ("free", counts.free as u64),
            ("private", counts.private as u64),
            ("object", counts.object as u64),
            ("kernel", counts.kernel as u64),
            // Not frames, but what shares them.
            ("aliases", counts.aliases as u64),
        ],
    )
}

/// Bytes of all that says which address leads to which frame, but for the HTAB and the
/// frame table, whose size is that of the memory.
pub fn translation(kernel: &mut Kernel, text: &mut Text) -> fmt::Result {
    let sum = kernel.vm.translation();
    lines(
        text,
        [
            ("regions", sum.regions),
            ("slots", sum.slots),
            ("segments", sum.segments),
            ("aliases", sum.aliases),
            ("total", sum.total()),
        ],
    )
}

/// One frame: what it is used for, its name, and all its aliases.
pub fn frame(kernel: &mut Kernel, number: u32, text: &mut Text) -> fmt::Result {
    let frame = FrameNo(number);
    let used = match kernel.vm.frame_use(frame) {
        None => return writeln!(text, "no such frame"),
        Some(FrameUse::Free) => return writeln!(text, "free"),
        Some(FrameUse::Kernel) => return writeln!(text, "kernel"),
        Some(FrameUse::Private) => "private",
        Some(FrameUse::Object) => "object",
    };
    writeln!(text, "{used}")?;
    writeln!(text, "reach vsid page slot noted")?;
    kernel.vm.frame_records(frame).try_for_each(|record| {
        let (vsid, page) = (record.vpn.vsid().0, record.vpn.page().0);
        write!(text, "{} {vsid:#x} {page:#x} ", reach(record.reach))?;
        match record.pte {
            Some(slot) => write!(text, "{}.{}", slot.0 / GROUP, slot.0 % GROUP)?,
            None => write!(text, "none")?,
        }
        writeln!(text, " {}", noted(record.noted))
    })
}

/// One group of the HTAB: its eight entries, decoded.
pub fn pteg(kernel: &mut Kernel, number: u32, text: &mut Text) -> fmt::Result {
    let Some(slots) = kernel.vm.group(number) else {
        return writeln!(text, "no such group");
    };
    writeln!(text, "slot use vsid page frame pp n noted")?;
    slots.enumerate().try_for_each(|(n, (used, entry))| {
        let used = match used {
            SlotUse::Free => "free",
            SlotUse::Bolted => "bolted",
            SlotUse::Dead => "dead",
            SlotUse::Live(record) => reach(record),
        };
        write!(text, "{n} {used}")?;
        if let (Some((pte, bits)), false) = (entry, used == "bolted") {
            let (vsid, page) = (pte.vpn.vsid().0, pte.vpn.page().0);
            let n = u8::from(pte.rights.fetch == Fetch::Never);
            write!(text, " {vsid:#x} {page:#x} {}", pte.frame.0)?;
            write!(text, " {:02b} {n} {}", pte.rights.pp as u8, noted(bits))?;
        }
        writeln!(text)
    })
}

/// What the processor's lookaside buffers hold.
pub fn tlb(kernel: &mut Kernel, text: &mut Text) -> fmt::Result {
    kernel.vm.machine.describe_lookaside(text)
}

/// The system calls that programs have asked for and that Quire has not: number, name, how
/// often.
pub fn unknown_syscalls(kernel: &mut Kernel, text: &mut Text) -> fmt::Result {
    for (number, count) in kernel.unknown_calls.iter() {
        let (name, _) = strace::find(number).unwrap_or(("none", ""));
        writeln!(text, "{number} {name} {count}")?;
    }
    match kernel.unknown_calls.beyond() {
        0 => Ok(()),
        count => writeln!(text, "512 beyond {count}"),
    }
}

/// Everything that the virtual memory counts.
pub fn stat(kernel: &mut Kernel, text: &mut Text) -> fmt::Result {
    lines(text, kernel.vm.stat.iter())
}

/// Opening it checks every invariant: `clean`, or what is broken.
pub fn audit(kernel: &mut Kernel, text: &mut Text) -> fmt::Result {
    let broken = kernel.vm.audit();
    if broken.is_empty() {
        return writeln!(text, "clean");
    }
    broken.iter().try_for_each(|line| writeln!(text, "{line}"))
}
