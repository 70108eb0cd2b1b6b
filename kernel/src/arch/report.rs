//! A trap in words, with all registers: what is printed when the kernel faults.

use super::image::is_stack_guard;
use super::{Msr, Trap, decode, why};
use bitflags::Flags;
use boot::Frame;
use core::fmt;
use vm::{Access, Ea};

/// Displays a frame that the kernel's own fault filled, or [`boot::capture`].
pub struct Report<'a>(pub &'a Frame);

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let frame = self.0;
        if frame.vector != 0 {
            writeln!(f, "vector {:#05x}: {}", frame.vector, Cause(frame))?;
        }
        writeln!(f, "NIP   {:016x}   LR  {:016x}", frame.nip, frame.lr)?;
        writeln!(
            f,
            "CTR   {:016x}   CR  {:08x}   XER {:016x}",
            frame.ctr, frame.cr, frame.xer
        )?;
        write!(f, "SRR1  {:016x}   MSR", frame.msr)?;
        names(f, Msr::from_bits_truncate(frame.msr))?;
        why(f, frame)?;
        for (n, row) in frame.gpr.chunks(4).enumerate() {
            write!(f, "\nr{:<4}", 4 * n)?;
            row.iter()
                .try_for_each(|value| write!(f, " {value:016x}"))?;
        }
        Ok(())
    }
}

/// The names of the bits that are set.
pub fn names(f: &mut fmt::Formatter<'_>, bits: impl Flags) -> fmt::Result {
    bits.iter_names()
        .try_for_each(|(name, _)| write!(f, " {name}"))
}

/// The one line that says what happened.
pub struct Cause<'a>(pub &'a Frame);

impl fmt::Display for Cause<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match decode(self.0) {
            Trap::Page { ea, .. } if is_stack_guard(ea.0) => {
                write!(f, "kernel stack overflow: {:#x} is below the stack", ea.0)
            }
            Trap::Page { ea, access } => write!(f, "page fault: {}", At(access, ea)),
            Trap::Segment { ea, access } => write!(f, "no segment: {}", At(access, ea)),
            Trap::Alignment { ea } => write!(f, "alignment: {:#x}", ea.0),
            Trap::Illegal => write!(f, "illegal instruction"),
            Trap::Privileged => write!(f, "privileged instruction"),
            Trap::Breakpoint => write!(f, "trap instruction"),
            Trap::MachineCheck => write!(f, "machine check"),
            other => write!(f, "{other:?}"),
        }
    }
}

/// What was tried, and where.
struct At(Access, Ea);

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.0 {
            Access::Read => "access to",
            Access::Write => "store to",
            Access::Fetch => "fetch from",
        };
        write!(f, "{verb} {:#x}", self.1.0)
    }
}
