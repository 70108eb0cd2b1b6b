//! /proc/cmdline, cpuinfo, meminfo, version.

use super::Text;
use crate::platform;
use crate::state::Kernel;
use core::fmt::{self, Write};
use vm::PAGE_SIZE;

/// The kernel's command line.
pub fn cmdline(kernel: &mut Kernel, text: &mut Text) -> fmt::Result {
    writeln!(text, "{}", kernel.info.command_line())
}

/// The processors. Quire uses the first.
pub fn cpuinfo(kernel: &mut Kernel, text: &mut Text) -> fmt::Result {
    for cpu in 0..kernel.info.cpus {
        let used = if cpu == 0 { "yes" } else { "no" };
        writeln!(text, "processor\t: {cpu}\nused\t\t: {used}\n")?;
    }
    writeln!(text, "timebase\t: {}", platform::timebase_hz())
}

/// Memory, in the words and the format of Linux.
pub fn meminfo(kernel: &mut Kernel, text: &mut Text) -> fmt::Result {
    let counts = kernel.vm.frame_counts();
    let lines = [
        ("MemTotal", counts.total),
        ("MemFree", counts.free),
        ("MemAvailable", counts.free),
        ("AnonPages", counts.private),
        ("Shmem", counts.object),
    ];
    for (name, frames) in lines {
        writeln!(
            text,
            "{:<15} {:>8} kB",
            alloc::format!("{name}:"),
            frames as u64 * PAGE_SIZE / 1024
        )?;
    }
    Ok(())
}

/// What this is.
pub fn version(_: &mut Kernel, text: &mut Text) -> fmt::Result {
    writeln!(text, "Quire version {}", env!("CARGO_PKG_VERSION"))
}
