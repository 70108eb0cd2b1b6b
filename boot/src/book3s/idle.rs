//! Waiting for an interrupt.

use core::arch::global_asm;

unsafe extern "C" {
    fn boot_idle();
}

/// The address of a loop that gives the processor back to the hypervisor until an
/// interrupt comes. It is run as a program is: by resuming a frame whose
/// next instruction it is, with MSR[EE] = 1 and MSR[PR] = 0.
pub fn idle() -> u64 {
    boot_idle as *const () as u64
}

// Comes here: by rfid, EE = 1, PR = 0; no register holds anything, no stack.
// H_CEDE (0xe0) returns after the interrupt that ended it has been handled.
global_asm!(
    ".text",
    ".global boot_idle",
    ".type boot_idle, @function",
    "boot_idle:",
    "li %r3, 0xe0",
    "sc 1",
    "b boot_idle",
    ".size boot_idle, . - boot_idle",
);
