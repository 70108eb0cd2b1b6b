//! Floating point and vectors: what of them programs have here.

use super::Msr;

/// The bits of a program's MSR that let it use the registers: all of them, or none.
pub const FLOAT: Msr = Msr::FP.union(Msr::VEC).union(Msr::VSX);
/// Which of them stands for vector registers.
pub const VECTOR: Msr = Msr::VEC;
/// Which stands for vector-scalar registers.
pub const VECTOR_SCALAR: Msr = Msr::VSX;

/// AT_PLATFORM: the same processor.
pub const PLATFORM: &str = "power8";
/// Bytes that dcbz clears.
pub const CACHE_BLOCK: u64 = 128;
/// AT_HWCAP (asm/cputable.h): what POWER8, the oldest processor that we run on, has and
/// programs may use. Decimal floating point works on the same registers.
pub const HWCAP: u64 = TRUE_LE | VSX | ARCH_2_06 | DFP | MMU | FPU | ALTIVEC | PPC64;
/// AT_HWCAP2.
pub const HWCAP2: u64 = VEC_CRYPTO | ISEL | ARCH_2_07;

const TRUE_LE: u64 = 0x2;
const VSX: u64 = 0x80;
const ARCH_2_06: u64 = 0x100;
const DFP: u64 = 0x400;
const MMU: u64 = 0x0400_0000;
const FPU: u64 = 0x0800_0000;
const ALTIVEC: u64 = 0x1000_0000;
const PPC64: u64 = 0x4000_0000;

const VEC_CRYPTO: u64 = 0x0200_0000;
const ISEL: u64 = 0x0800_0000;
const ARCH_2_07: u64 = 0x8000_0000;

/// A new program's PPR: medium priority (Book II, "Program Priority Register").
pub const PPR: u64 = 4 << 50;
