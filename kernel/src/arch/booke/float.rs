//! Floating point: what of it programs have here.

use super::Msr;

/// The bits of a program's MSR that let it use the registers.
pub const FLOAT: Msr = Msr::FP;
/// Which of them stands for vector registers: e5500 has none.
pub const VECTOR: Msr = Msr::empty();
/// Which stands for vector-scalar registers: none either.
pub const VECTOR_SCALAR: Msr = Msr::empty();

/// AT_PLATFORM, as Linux calls it.
pub const PLATFORM: &str = "ppce5500";
/// Bytes that dcbz clears.
pub const CACHE_BLOCK: u64 = 64;
/// AT_HWCAP (asm/cputable.h): what e5500 has and programs may use.
pub const HWCAP: u64 = BOOKE | MMU | FPU | PPC64;
/// AT_HWCAP2.
pub const HWCAP2: u64 = ISEL;

const BOOKE: u64 = 0x8000;
const MMU: u64 = 0x0400_0000;
const FPU: u64 = 0x0800_0000;
const PPC64: u64 = 0x4000_0000;

const ISEL: u64 = 0x0800_0000;

/// What a new program finds in SPEFSCR, which stands in PPR's place.
pub const PPR: u64 = 0;
