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
// no stack.
global_asm!(
    ".text",
    ".global boot_idle",
    ".type boot_idle, @function",
    "boot_idle:",
    rest!(),
    "b boot_idle",
    ".size boot_idle, . - boot_idle",
);
