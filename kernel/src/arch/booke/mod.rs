//! 64-bit Book III-E processors, whose TLB is filled by software: traps, the segment
//! table, the HTAB in memory, the TLB, and the kernel's own map.

mod audit;
mod features;
mod float;
mod linear;
mod lookaside;
mod mmu;
mod msr;
mod pids;
mod segments;
mod tlb;
mod trap;
mod why;

use core::ops::Range;

pub use features::Features;
pub use float::{CACHE_BLOCK, FLOAT, HWCAP, HWCAP2, PLATFORM, PPR, VECTOR, VECTOR_SCALAR};
pub use linear::{io_address, linear_rights, map_kernel, mmu_on};
pub use mmu::Mmu;
pub use msr::{IDLE, Msr, USER};
pub use trap::{decode, take_traps};
pub use why::why;

/// The vectors are part of the kernel's text.
pub const VECTORS: Range<u64> = 0..0;
