//! The address spaces of the Power ISA, each with a type of its own.
//!
//! An **effective address** (EA) is what a program uses. Its upper bits, the
//! ESID, choose a segment; the segment's VSID put in their place makes the
//! **virtual address**, which is global: the same in every process. The hashed
//! page table turns a virtual page into a frame of real memory (Power ISA
//! v3.0B, Book III, "Storage Addressing"). None of the types here converts into another by
//! accident.

use core::fmt;

/// log2 of the page size in bytes.
pub const PAGE_SHIFT: u32 = 12;
/// Bytes in a page and in a frame.
pub const PAGE_SIZE: u64 = 1 << PAGE_SHIFT;
/// log2 of the size of a segment in bytes: 256 MiB.
pub const SEGMENT_SHIFT: u32 = 28;
/// Bytes in a segment.
pub const SEGMENT_SIZE: u64 = 1 << SEGMENT_SHIFT;
/// Pages in a segment.
pub const SEGMENT_PAGES: u32 = 1 << (SEGMENT_SHIFT - PAGE_SHIFT);
/// The first effective address above all that a process may map: 64 TiB.
pub const USER_END: Ea = Ea(1 << 46);

/// An effective address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ea(pub u64);

impl Ea {
    /// The segment that the address lies in.
    pub const fn esid(self) -> Esid {
        Esid(self.0 >> SEGMENT_SHIFT)
    }

    /// The address's page, counted within its segment.
    pub const fn page(self) -> Page {
        Page(((self.0 >> PAGE_SHIFT) & (SEGMENT_PAGES as u64 - 1)) as u32)
    }

    /// Bytes from the start of the page.
    pub const fn offset(self) -> usize {
        (self.0 & (PAGE_SIZE - 1)) as usize
    }

    /// The start of the page that the address lies in.
    pub const fn floor(self) -> Ea {
        Ea(self.0 & !(PAGE_SIZE - 1))
    }

    /// Whether the address is the first of a page.
    pub const fn is_aligned(self) -> bool {
        self.offset() == 0
    }
}

/// An effective segment identifier: the upper 36 bits of an [`Ea`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Esid(pub u64);

impl Esid {
    /// The segment's first address.
    pub const fn start(self) -> Ea {
        Ea(self.0 << SEGMENT_SHIFT)
    }

    /// The first address after the segment.
    pub const fn end(self) -> Ea {
        Ea((self.0 + 1) << SEGMENT_SHIFT)
    }

    /// The first address of a page of the segment.
    pub const fn at(self, page: Page) -> Ea {
        Ea(self.start().0 + ((page.0 as u64) << PAGE_SHIFT))
    }
}

/// A page within a segment: 0 to [`SEGMENT_PAGES`] - 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Page(pub u32);

/// A virtual segment identifier: the name of a segment in the one virtual
/// address space that all processes share.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vsid(pub u64);

/// A virtual page number: VSID ‖ page.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vpn(u64);

impl Vpn {
    /// No page: what the row of a free frame holds. No segment has VSID 0.
    pub const NONE: Vpn = Vpn(0);

    /// The virtual page `page` of the segment named `vsid`.
    pub const fn new(vsid: Vsid, page: Page) -> Vpn {
        Vpn(vsid.0 << (SEGMENT_SHIFT - PAGE_SHIFT) | page.0 as u64)
    }

    /// The segment's name.
    pub const fn vsid(self) -> Vsid {
        Vsid(self.0 >> (SEGMENT_SHIFT - PAGE_SHIFT))
    }

    /// The page within the segment.
    pub const fn page(self) -> Page {
        Page((self.0 & (SEGMENT_PAGES as u64 - 1)) as u32)
    }

    /// The number as the hash index stores it.
    pub const fn raw(self) -> u64 {
        self.0
    }
}

/// The number of a frame: its real address divided by [`PAGE_SIZE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameNo(pub u32);

impl FrameNo {
    /// The real address of the frame's first byte.
    pub const fn ra(self) -> u64 {
        (self.0 as u64) << PAGE_SHIFT
    }
}

macro_rules! hex_debug {
    ($($t:ident),*) => {$(
        impl fmt::Debug for $t {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($t), "({:#x})"), self.0)
            }
        }
    )*};
}
hex_debug!(Ea, Vsid, Vpn);
