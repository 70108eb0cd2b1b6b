//! Filling and copying a page, a cache block and a quadword at a time.

use core::arch::asm;

/// Fills the 4 KiB at `page` with zero.
///
/// `dcbz` zeroes a whole block of the data cache, 128 bytes on every processor here
/// (Book II, "Data Cache Block set to Zero").
///
/// # Safety
/// `page` is the first byte of a page of RAM that may be written, and that Rust knows
/// nothing of.
#[inline]
pub unsafe fn zero_page(page: *mut u8) {
    // SAFETY: the caller's.
    unsafe {
        asm!(
            "mtctr {turns}",
            "2: dcbz 0, {page}",
            "dcbz {one}, {page}",
            "dcbz {two}, {page}",
            "dcbz {three}, {page}",
            "addi {page}, {page}, 512",
            "bdnz 2b",
            page = inout(reg_nonzero) page => _,
            turns = in(reg) 4096 / 512,
            one = in(reg_nonzero) 128,
            two = in(reg_nonzero) 256,
            three = in(reg_nonzero) 384,
            out("ctr") _,
            options(nostack, preserves_flags)
        )
    };
}

/// Copies the 4 KiB at `from` to `to`.
///
/// `lq` and `stq` move 16 bytes through a pair of general registers, an even one and
/// the next: the widest move without vector registers, which are a program's (Book I,
/// "Fixed-Point Load and Store Quadword Instructions").
///
/// # Safety
/// As for [`zero_page`] for both, which are different pages.
#[inline]
pub unsafe fn copy_page(from: *const u8, to: *mut u8) {
    // SAFETY: the caller's. r3 = from, r12 = to, r4 to r11 what is on its way.
    unsafe {
        asm!(
            "li %r4, 4096 / 256",
            "mtctr %r4",
            "2:",
            ".irp at, 0, 64, 128, 192",
            "lq %r4, \\at(%r3)",
            "lq %r6, \\at+16(%r3)",
            "lq %r8, \\at+32(%r3)",
            "lq %r10, \\at+48(%r3)",
            "stq %r4, \\at(%r12)",
            "stq %r6, \\at+16(%r12)",
            "stq %r8, \\at+32(%r12)",
            "stq %r10, \\at+48(%r12)",
            ".endr",
            "addi %r3, %r3, 256",
            "addi %r12, %r12, 256",
            "bdnz 2b",
            inout("r3") from => _,
            inout("r12") to => _,
            out("r4") _, out("r5") _, out("r6") _, out("r7") _,
            out("r8") _, out("r9") _, out("r10") _, out("r11") _,
            out("ctr") _,
            options(nostack, preserves_flags)
        )
    };
}
