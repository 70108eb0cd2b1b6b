//! What firmware says of the MMU.

use core::fmt;

/// A page size that the machine offers for a segment's base pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageSize {
    /// log2 of its bytes.
    pub shift: u32,
    /// The SLB entry's L and LP bits, in place.
    pub slb: u64,
    /// The PTE's LP value, 0 for 4 KiB.
    pub pte: u64,
}

/// This machine's MMU.
pub struct Features {
    /// Entries in a processor's segment lookaside buffer.
    pub slb_size: u32,
    /// log2 of the bytes in the hashed page table.
    pub htab_shift: u32,
    /// The pages of the kernel's linear map.
    pub linear_page: PageSize,
}

impl Features {
    /// Nothing known yet.
    pub const UNKNOWN: Features = Features {
        slb_size: 0,
        htab_shift: 0,
        linear_page: PageSize {
            shift: 12,
            slb: 0,
            pte: 0,
        },
    };
}

impl fmt::Display for Features {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "HTAB of {} KiB, SLB of {} entries, linear map in pages of {} KiB",
            1u64 << (self.htab_shift - 10),
            self.slb_size,
            1u64 << (self.linear_page.shift - 10)
        )
    }
}
