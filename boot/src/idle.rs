//! Waiting for an interrupt.

use core::arch::global_asm;

unsafe extern "C" {
    fn boot_idle();
}

/// The address of a loop in which the processor rests until an interrupt comes. It is
/// run as a program is: by resuming a frame whose next instruction it is, with
/// MSR[EE] = 1 and MSR[PR] = 0.
pub fn idle() -> u64 {
    boot_idle as *const () as u64
}

// Comes here: by the return from an interrupt, EE = 1, PR = 0; no register holds anything,
// no stack. From the kernel's decision to rest until that return EE was 0: an interrupt
// that came in between is taken now, before the processor rests, and its handler decides
// anew. One that comes later ends the rest.
global_asm!(
    ".text",
    ".global boot_idle",
    ".type boot_idle, @function",
    "boot_idle:",
    rest!(),
    "b boot_idle",
    ".size boot_idle, . - boot_idle",
);
