//! What the registers say of a trap's cause, for a report.

use super::trap::{Dsisr, Reason};
use crate::arch::report::names;
use boot::Frame;
use core::fmt;

/// Goes on with the line of the MSR, and may add another.
pub fn why(f: &mut fmt::Formatter<'_>, frame: &Frame) -> fmt::Result {
    if matches!(frame.vector, 0x400 | 0x700) {
        f.write_str("   why:")?;
        names(f, Reason::from_bits_truncate(frame.msr))?;
    }
    if matches!(frame.vector, 0x200 | 0x300 | 0x380 | 0x600) {
        write!(f, "\nDAR   {:016x}", frame.dar)?;
    }
    if frame.vector == 0x300 {
        write!(f, "   DSISR {:08x}", frame.dsisr)?;
        names(f, Dsisr::from_bits_truncate(frame.dsisr))?;
    }
    Ok(())
}
