//! The timebase: a clock that a program reads without a system call.
//!
//! It counts up at a rate that the machine chooses (Power ISA v3.0B, Book II, chapter 6,
//! "Time Base"); under QEMU's -icount it counts instructions, each as one nanosecond.

use crate::sys::{self, Fork};
use crate::{Errno, linux};
use core::arch::asm;

/// The timebase, now.
#[inline(always)]
pub fn now() -> u64 {
    let ticks: u64;
    // SAFETY: only reads the timebase, which programs may. Not `pure`: two reads differ, and
    // what is timed between them must stay there, which is why it may touch memory.
    unsafe { asm!("mftb {}", out(reg) ticks, options(nostack, preserves_flags)) };
    ticks
}

/// How many ticks a second has, to the nearest MHz: counted for 20 ms of the kernel's clock.
pub fn frequency() -> u64 {
    const MHZ: u64 = 1_000_000;
    const NS: u64 = 20 * MHZ;
    let start = both();
    while sys::now() - start.clock < NS {}
    let end = both();
    let (ns, ticks) = (end.clock - start.clock, end.ticks - start.ticks);
    (ticks as u128 * 1_000_000_000 / ns as u128 + MHZ as u128 / 2) as u64 / MHZ * MHZ
}

/// Both clocks, of one moment.
struct Moment {
    clock: u64,
    ticks: u64,
}

/// The kernel's clock and the timebase: the closest of a few tries, since on the wall clock
/// anything may come between one and the other.
fn both() -> Moment {
    let attempt = |_| {
        let (before, clock, after) = (now(), sys::now(), now());
        let ticks = before + (after - before) / 2;
        (after - before, Moment { clock, ticks })
    };
    let closest = (0..20).map(attempt).min_by_key(|(apart, _)| *apart);
    closest.map_or(Moment { clock: 0, ticks: 0 }, |(_, moment)| moment)
}

/// A fork, and the timebase just before the call and just after it, on either side.
pub struct TimedFork {
    /// Which side this is.
    pub side: Fork,
    /// Before the call, in the parent.
    pub before: u64,
    /// After it, on this side.
    pub after: u64,
}

/// Forks. Neither side writes memory between the two readings.
#[inline(always)]
pub fn fork() -> Result<TimedFork, Errno> {
    let (before, after, result): (u64, u64, isize);
    // SAFETY: fork changes no memory of this process. r0 = its number; the result comes in
    // r3, an error if CR0.SO is set; r0, r4 to r12, CTR, XER and CR0 may be lost (see `sc`).
    // r14 = the time before, which the call keeps, and r15 = the time after.
    unsafe {
        asm!(
            "mftb 14",
            "sc",
            "mftb 15",
            "bns 1f",
            "neg 3, 3",
            "1:",
            inlateout("r0") linux::__NR_fork as u64 => _,
            lateout("r3") result,
            lateout("r4") _, lateout("r5") _, lateout("r6") _, lateout("r7") _,
            lateout("r8") _, lateout("r9") _, lateout("r10") _, lateout("r11") _,
            lateout("r12") _, lateout("cr0") _, lateout("xer") _, lateout("ctr") _,
            out("r14") before,
            out("r15") after,
        )
    };
    let side = match sys::check(result)? {
        0 => Fork::Child,
        pid => Fork::Parent(pid as sys::Pid),
    };
    Ok(TimedFork {
        side,
        before,
        after,
    })
}
