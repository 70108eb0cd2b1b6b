//! The instructions that change the segment lookaside buffer.
//!
//! Each stands between two `isync`: what comes before is done under the old
//! entries, what comes after under the new (Book III, "Synchronization Requirements
//! for Context Alterations").

use core::arch::asm;

/// Writes the entry that `rb` numbers: `rs` is its virtual half, `rb` its effective
/// half, as Book III, "SLB Management Instructions" lays them out.
///
/// # Safety
/// No memory that Rust knows may change its address or its contents by it.
#[inline]
pub unsafe fn slbmte(rs: u64, rb: u64) {
    // SAFETY: the caller's.
    unsafe { asm!("isync", "slbmte {}, {}", "isync", in(reg) rs, in(reg) rb, options(nostack)) };
}

/// Makes the entry of the 256 MiB segment at `ea` invalid, with all that was
/// translated through it. QEMU does nothing where there is no such entry.
///
/// # Safety
/// The kernel does not need the entry.
#[inline]
pub unsafe fn slbie(ea: u64) {
    // SAFETY: the caller's.
    unsafe { asm!("isync", "slbie {}", "isync", in(reg) ea, options(nostack)) };
}

/// Makes all entries but the first invalid.
///
/// # Safety
/// The kernel needs none but the first.
#[inline]
pub unsafe fn slbia() {
    // SAFETY: the caller's.
    unsafe { asm!("isync", "slbia", "isync", options(nostack)) };
}
