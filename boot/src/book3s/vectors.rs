//! Entering the kernel: the interrupt vectors and the one path behind them.
//!
//! The block is copied to real 0, for traps from real mode, and to real 0x4000:
//! with LPCR[AIL] = 3 traps from translated code go to 0xC000000000004000 + vector
//! and stay translated (Book III §2.2, "Logical Partitioning Control Register"). So
//! it contains no address that depends on where it stands.

use core::arch::asm;

/// Where traps from translated code go under LPCR[AIL] = 3, as a real address.
pub const VECTORS_AIL3: u64 = 0x4000;

/// Bytes before the first vector.
const FIRST: usize = 0x100;

unsafe extern "C" {
    static boot_vectors: u8;
    static boot_vectors_end: u8;
}

/// Copies the vectors and what they need to `base` + 0x100 and on.
///
/// # Safety
/// 12 KiB at `base` can be written, and nobody needs what is there: firmware
/// may not be called any more when that is where it lives.
pub unsafe fn copy_vectors(base: *mut u8) {
    let from = &raw const boot_vectors;
    let length = (&raw const boot_vectors_end).addr() - from.addr();
    // SAFETY: the symbols delimit the block; the caller vouches for `base`.
    unsafe {
        let to = base.add(FIRST);
        core::ptr::copy_nonoverlapping(from, to, length);
        make_code(to, length);
    }
}

/// Makes instructions that were stored visible to instruction fetch (Book II,
/// "Instruction Storage").
///
/// # Safety
/// The range is mapped.
unsafe fn make_code(start: *mut u8, length: usize) {
    /// Bytes in a cache block, on every processor that we run on.
    const BLOCK: usize = 128;
    for offset in (0..length + BLOCK).step_by(BLOCK) {
        // SAFETY: these move data between caches and memory, and change none.
        unsafe {
            asm!("dcbst 0, {0}", "sync", "icbi 0, {0}", "isync", in(reg) start.wrapping_add(offset), options(nostack))
        };
    }
}

// One stub every 0x20 bytes from 0x100 to 0x1fe0, so that every vector, known or
// not, has one. That of the system call is at 0xc00.
// Comes here: EE = RI = 0; IR and DR as they were (AIL = 3) or 0; SPRG0 = the
// running program's Frame; all else is the program's.
frame_asm!(
    ".text",
    ".balign 128",
    ".global boot_vectors",
    "boot_vectors:",
    vector_stubs!("(0xc00 - 0x100) / 0x20"),
    call_stub!(),
    vector_stubs!("(0x2000 - 0xc20) / 0x20"),
    "1:",
    save_volatile!(),
    save_kept!(),
    save_vector!(),
    "mfdar %r6",
    "mfdsisr %r7",
    "std %r6, FRAME_DAR(%r3)",
    "std %r7, FRAME_DSISR(%r3)",
    "mfsrr0 %r4",
    "mfsrr1 %r5",
    save_place!(),
    enter_kernel!(trapped!()),
    "2:",
    save_volatile!(),
    enter_kernel!("0"),
    ".global boot_vectors_end",
    "boot_vectors_end:",
);
