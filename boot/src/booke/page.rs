//! Filling and copying a page, some doublewords at a time.

use core::arch::asm;

/// Fills the 4 KiB at `page` with zero.
///
/// Not by `dcbz`: how many bytes that zeroes differs from core to core. (With the e5500's 64,
/// pages stayed dirty on QEMU's e6500.)
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
            "2:",
            ".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15",
            "std {zero}, 8*\\n({page})",
            ".endr",
            "addi {page}, {page}, 128",
            "bdnz 2b",
            page = inout(reg_nonzero) page => _,
            turns = in(reg) 4096 / 128,
            zero = in(reg) 0u64,
            out("ctr") _,
            options(nostack, preserves_flags)
        )
    };
}

/// Copies the 4 KiB at `from` to `to`.
///
/// # Safety
/// As for [`zero_page`] for both, which are different pages.
#[inline]
pub unsafe fn copy_page(from: *const u8, to: *mut u8) {
    // SAFETY: the caller's. r3 = from, r12 = to, r4 to r11 what is on its way.
    unsafe {
        asm!(
            "li %r4, 4096 / 128",
            "mtctr %r4",
            "2:",
            ".irp at, 0, 64",
            ".irp n, 0, 1, 2, 3, 4, 5, 6, 7",
            "ld \\n+4, \\at+8*\\n(%r3)",
            ".endr",
            ".irp n, 0, 1, 2, 3, 4, 5, 6, 7",
            "std \\n+4, \\at+8*\\n(%r12)",
            ".endr",
            ".endr",
            "addi %r3, %r3, 128",
            "addi %r12, %r12, 128",
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
