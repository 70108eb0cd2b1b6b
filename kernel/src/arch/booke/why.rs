//! What the registers say of a trap's cause, for a report.

use super::trap::{Esr, ivor, number};
use crate::arch::report::names;
use boot::Frame;
use core::fmt;

/// Goes on with the line of the MSR, and may add another.
pub fn why(f: &mut fmt::Formatter<'_>, frame: &Frame) -> fmt::Result {
    let cause = number(frame);
    if matches!(cause, ivor::DATA | ivor::DATA_MISS | ivor::ALIGNMENT) {
        write!(f, "\nDEAR  {:016x}", frame.dar)?;
    }
    if matches!(cause, ivor::DATA | ivor::DATA_MISS | ivor::PROGRAM) {
        write!(f, "   ESR {:08x}", frame.dsisr)?;
        names(f, Esr::from_bits_truncate(frame.dsisr))?;
    }
    Ok(())
}
