//! /proc/vm: the virtual memory in numbers.

use super::Text;
use crate::state::Kernel;
use core::fmt::{self, Write};

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
