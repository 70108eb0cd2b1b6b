//! What the processor says of its MMU.

use core::fmt;

/// This machine's MMU. The processor itself can be asked, so nothing is kept.
pub struct Features;

impl Features {
    /// Nothing known yet.
    pub const UNKNOWN: Features = Features;
}

impl fmt::Display for Features {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [tlb0, tlb1] = [0, 1].map(Geometry::of);
        write!(
            f,
            "TLB0 of {} entries in {} ways, TLB1 of {} entries",
            tlb0.entries, tlb0.ways, tlb1.entries
        )
    }
}

/// How large a TLB is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Entries.
    pub entries: u64,
    /// Entries in which a page can be.
    pub ways: u64,
}

impl Geometry {
    /// That of TLB `number`, 0 or 1 (Book III-E, "TLB Configuration Registers": ASSOC and
    /// NENTRY).
    pub fn of(number: u32) -> Geometry {
        let config = boot::tlb_config(number);
        Geometry {
            entries: config & 0xfff,
            ways: config >> 24 & 0xff,
        }
    }
}
