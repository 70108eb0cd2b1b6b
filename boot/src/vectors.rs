//! Entering the kernel: the interrupt vectors and the one path behind them.
//!
//! The block is copied to real 0, for traps from real mode, and to real 0x4000:
//! with LPCR[AIL] = 3 traps from translated code go to 0xC000000000004000 + vector
//! and stay translated (Book III §2.2, "Logical Partitioning Control Register"). So
//! it contains no address that depends on where it stands.

use crate::Frame;
use core::arch::{asm, global_asm};
use core::mem::offset_of;

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
// not, has one.
// Comes here: EE = RI = 0; IR and DR as they were (AIL = 3) or 0; SPRG0 = the
// running program's Frame; all else is the program's.
// After the stub: r3 = the Frame, the program's r3 in SPRG1, its r4 and LR saved,
// LR = 0x18 after the vector.
global_asm!(
    ".text",
    ".balign 128",
    ".global boot_vectors",
    "boot_vectors:",
    ".rept (0x2000 - 0x100) / 0x20",
    "mtsprg 1, %r3",
    "mfsprg %r3, 0",
    "std %r4, {gpr}+8*4(%r3)",
    "mflr %r4",
    "std %r4, {lr}(%r3)",
    "bl 1f",
    "nop",
    "nop",
    ".endr",
    // Saves the rest. r3 = the Frame throughout.
    "1:",
    ".irp n, 0,1,2,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
    "std %r\\n, {gpr}+8*\\n(%r3)",
    ".endr",
    "mfsprg %r4, 1",
    "mfcr %r5",
    "mfctr %r6",
    "mfxer %r7",
    "std %r4, {gpr}+8*3(%r3)",
    "std %r5, {cr}(%r3)",
    "std %r6, {ctr}(%r3)",
    "std %r7, {xer}(%r3)",
    "mfsrr0 %r4",
    "mfsrr1 %r5",
    "mfdar %r6",
    "mfdsisr %r7",
    "std %r4, {nip}(%r3)",
    "std %r5, {msr}(%r3)",
    "std %r6, {dar}(%r3)",
    "std %r7, {dsisr}(%r3)",
    "mflr %r4",
    "andi. %r4, %r4, 0x1fe0",
    "std %r4, {vector}(%r3)",
    // A trap inside the kernel goes to a frame and a stack of its own. From
    // here on it can be reported, so RI := 1; EE stays 0.
    "ld %r4, {outer}(%r3)",
    "mtsprg 0, %r4",
    "ld %r1, {stack}(%r3)",
    "li %r4, 2",
    "mtmsrd %r4, 1",
    // quire_trap(r3 = the Frame) returns, with the frame to resume in r3, straight
    // into boot_resume.
    load64!("%r2", ".TOC."),
    load64!("%r4", "boot_resume"),
    load64!("%r12", "quire_trap"),
    "mtlr %r4",
    "mtctr %r12",
    "bctr",
    ".global boot_vectors_end",
    "boot_vectors_end:",
    gpr = const offset_of!(Frame, gpr),
    nip = const offset_of!(Frame, nip),
    msr = const offset_of!(Frame, msr),
    cr = const offset_of!(Frame, cr),
    lr = const offset_of!(Frame, lr),
    ctr = const offset_of!(Frame, ctr),
    xer = const offset_of!(Frame, xer),
    dar = const offset_of!(Frame, dar),
    dsisr = const offset_of!(Frame, dsisr),
    vector = const offset_of!(Frame, vector),
    stack = const offset_of!(Frame, stack),
    outer = const offset_of!(Frame, outer),
);
