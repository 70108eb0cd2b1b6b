//! Special registers, one function each.

use crate::{Frame, trap};
use core::arch::asm;

/// The timebase: it counts up and never stops.
#[inline]
pub fn timebase() -> u64 {
    let ticks: u64;
    // SAFETY: reads a counter.
    unsafe { asm!("mftb {}", out(reg) ticks, options(nomem, nostack, preserves_flags)) };
    ticks
}

/// Sets the decrementer, which counts timebase ticks down to its interrupt: that comes
/// below 0 on Book III-S, and stays until a positive value is set (§6.5.11,
/// "Decrementer Interrupt"); on Book III-E at 0, and stays until TSR[DIS] is
/// cleared.
#[inline]
pub fn set_decrementer(ticks: u64) {
    // SAFETY: an interrupt comes only where EE = 1, and there it is expected.
    unsafe { asm!("mtdec {}", in(reg) ticks, options(nomem, nostack, preserves_flags)) };
}

/// The machine state register.
#[inline]
pub fn msr() -> u64 {
    let msr: u64;
    // SAFETY: reads a register.
    unsafe { asm!("mfmsr {}", out(reg) msr, options(nomem, nostack, preserves_flags)) };
    msr
}

/// Names the frame into which the next trap saves (SPRG0), and where it goes on (SPRG2).
///
/// # Safety
/// `frame` is valid, with `stack` and `outer` set, until another is named.
pub unsafe fn set_frame(frame: *mut Frame) {
    // SAFETY: SPRG0 and SPRG2 are only used by the trap path, for which the caller vouches.
    unsafe {
        asm!(
            "mtsprg 0, {}",
            "mtsprg 2, {}",
            in(reg) frame,
            in(reg) trap::entry(),
            options(nostack, preserves_flags)
        )
    };
}

unsafe extern "C" {
    fn boot_capture(frame: *mut Frame);
}

/// The caller's own registers, for a report; inlined, so that r1 is the caller's.
/// What only a trap would say, the vector among it, is 0.
#[inline(always)]
pub fn capture() -> Frame {
    let mut frame = Frame {
        msr: msr(),
        ..Frame::ZERO
    };
    // SAFETY: it writes to the frame only.
    unsafe { boot_capture(&mut frame) };
    frame
}

// boot_capture(r3 = a Frame): comes here from `capture`. Changes r0 only.
frame_asm!(
    ".text",
    ".global boot_capture",
    ".type boot_capture, @function",
    "boot_capture:",
    ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
    "std %r\\n, FRAME_GPR+8*\\n(%r3)",
    ".endr",
    "mflr %r0",
    "std %r0, FRAME_NIP(%r3)",
    "std %r0, FRAME_LR(%r3)",
    "mfctr %r0",
    "std %r0, FRAME_CTR(%r3)",
    "mfxer %r0",
    "std %r0, FRAME_XER(%r3)",
    "mfcr %r0",
    "std %r0, FRAME_CR(%r3)",
    "blr",
    ".size boot_capture, . - boot_capture",
);
