//! Special registers, one function each.

use crate::Frame;
use core::arch::{asm, global_asm};
use core::mem::offset_of;

/// The timebase: it counts up and never stops.
#[inline]
pub fn timebase() -> u64 {
    let ticks: u64;
    // SAFETY: reads a counter.
    unsafe { asm!("mftb {}", out(reg) ticks, options(nomem, nostack, preserves_flags)) };
    ticks
}

/// The decrementer: timebase ticks until its interrupt. It has 32 bits on POWER8
/// and up to 64 later; what is above them reads as copies of the sign.
#[inline]
pub fn decrementer() -> i64 {
    let ticks: i64;
    // SAFETY: reads a counter.
    unsafe { asm!("mfdec {}", out(reg) ticks, options(nomem, nostack, preserves_flags)) };
    ticks
}

/// Sets the decrementer: its interrupt comes when it has counted below 0, and
/// stays until it is set to a positive value again (Book III §6.5.11, "Decrementer
/// Interrupt").
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

/// Names the frame into which the next trap saves (SPRG0).
///
/// # Safety
/// `frame` is valid, with `stack` and `outer` set, until another is named.
pub unsafe fn set_frame(frame: *mut Frame) {
    // SAFETY: SPRG0 is only used by the trap path, for which the caller vouches.
    unsafe { asm!("mtsprg 0, {}", in(reg) frame, options(nostack, preserves_flags)) };
}

unsafe extern "C" {
    fn boot_capture(frame: *mut Frame);
    fn boot_mmu_on();
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
global_asm!(
    ".text",
    ".global boot_capture",
    ".type boot_capture, @function",
    "boot_capture:",
    ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
    "std %r\\n, {gpr}+8*\\n(%r3)",
    ".endr",
    "mflr %r0",
    "std %r0, {nip}(%r3)",
    "std %r0, {lr}(%r3)",
    "mfctr %r0",
    "std %r0, {ctr}(%r3)",
    "mfxer %r0",
    "std %r0, {xer}(%r3)",
    "mfcr %r0",
    "std %r0, {cr}(%r3)",
    "blr",
    ".size boot_capture, . - boot_capture",
    gpr = const offset_of!(Frame, gpr),
    nip = const offset_of!(Frame, nip),
    lr = const offset_of!(Frame, lr),
    ctr = const offset_of!(Frame, ctr),
    xer = const offset_of!(Frame, xer),
    cr = const offset_of!(Frame, cr),
);

/// From the return on, addresses are translated: MSR[IR] = MSR[DR] = 1.
///
/// # Safety
/// The SLB and the page table map the kernel at the addresses it is linked for.
pub unsafe fn mmu_on() {
    // SAFETY: the caller has made the map.
    unsafe { boot_mmu_on() }
}

// boot_mmu_on(): comes here in real mode, little-endian, 64-bit. Returns to LR by
// rfid, which is the one way to change IR and the next address together.
global_asm!(
    ".text",
    ".global boot_mmu_on",
    ".type boot_mmu_on, @function",
    "boot_mmu_on:",
    "mflr %r4",
    "mtsrr0 %r4",
    "mfmsr %r5",
    "ori %r5, %r5, 0x32", // IR | DR | RI
    "mtsrr1 %r5",
    "rfid",
    ".size boot_mmu_on, . - boot_mmu_on",
);
