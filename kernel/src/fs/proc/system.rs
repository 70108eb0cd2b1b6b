//! /proc/cmdline, cpuinfo, meminfo, version and what else tells of the whole system.

use super::Text;
use crate::platform;
use crate::process::{NANOSECONDS, monotonic};
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

/// What can be mounted (proc_filesystems(5)).
pub fn filesystems(_: &mut Kernel, text: &mut Text) -> fmt::Result {
    text.write_str("nodev\ttmpfs\nnodev\tproc\n")
}

/// Seconds since the machine started. Time without work is not counted: 0.
pub fn uptime(_: &mut Kernel, text: &mut Text) -> fmt::Result {
    let hundredths = monotonic() / (NANOSECONDS / 100);
    writeln!(text, "{}.{:02} 0.00", hundredths / 100, hundredths % 100)
}

/// Load is not counted. Who can run, who is there, and the last process's number
/// (proc_loadavg(5)).
pub fn loadavg(kernel: &mut Kernel, text: &mut Text) -> fmt::Result {
    let all = kernel.processes.len();
    let last = kernel.processes.living().map(|p| p.pid.raw()).max();
    writeln!(text, "0.00 0.00 0.00 1/{all} {}", last.unwrap_or(0))
}

/// The fields of proc_stat(5) that programs look for: the one processor, whose time is not
/// counted here, and when the machine started.
pub fn stat(kernel: &mut Kernel, text: &mut Text) -> fmt::Result {
    let since = kernel.clock.real_time().saturating_sub(monotonic()) / NANOSECONDS;
    writeln!(text, "cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0 0 0")?;
    writeln!(text, "btime {since}")
}
