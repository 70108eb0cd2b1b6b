//! The bits of a page table entry's two halves (Power ISA v3.0B, Book III, "Page Table"),
//! counted here from the lowest.

/// V, in the virtual half.
pub const VALID: u64 = 1;
/// H: the secondary hash chose the group.
pub const SECONDARY: u64 = 1 << 1;
/// L: the page is larger than 4 KiB.
pub const LARGE: u64 = 1 << 2;
/// B = 1: the segment has 1 TiB.
pub const ONE_TERABYTE: u64 = 1 << 62;
/// The virtual half without the flags: B and AVPN.
pub const AVPN: u64 = !0x7f;
/// AVPN begins here.
pub const AVPN_SHIFT: u32 = 7;

/// PP, in the real half: its highest bit stands apart.
pub const PP: u64 = 1 << 63 | 0b11;
/// N.
pub const NO_EXECUTE: u64 = 1 << 2;
/// WIMG = 0010: ordinary memory.
pub const MEMORY_COHERENT: u64 = 1 << 4;
/// C: the page was written.
pub const CHANGED: u64 = 1 << 7;
/// R: the page was used.
pub const REFERENCED: u64 = 1 << 8;
/// The frame's real address, for 4 KiB pages.
pub const RPN: u64 = 0x0fff_ffff_ffff_f000;
