//! 64-bit Book III-S processors with a hashed page table, below a hypervisor: traps, the
//! SLB, the HTAB, and the kernel's own map.

mod bolted;
mod features;
mod float;
mod linear;
mod lookaside;
mod mmu;
mod msr;
mod slb;
mod table;
mod trap;
mod why;

use core::ops::Range;

pub use features::{Features, PageSize};
pub use float::{CACHE_BLOCK, FLOAT, HWCAP, HWCAP2, PLATFORM, PPR, VECTOR, VECTOR_SCALAR};
pub use linear::{linear_rights, map_kernel, mmu_on};
pub use mmu::Mmu;
pub use msr::{IDLE, Msr, USER};
pub use trap::{decode, take_traps};
pub use why::why;

/// The first 64 KiB of memory: interrupts go there.
pub const VECTORS: Range<u64> = 0..0x1_0000;
