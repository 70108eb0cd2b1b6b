//! Leaving the kernel: [`resume`].

use crate::Frame;
use core::arch::global_asm;
use core::mem::offset_of;

unsafe extern "C" {
    fn boot_resume(frame: *mut Frame) -> !;
}

/// Goes on with the program whose registers `frame` holds. Its next trap saves into
/// the same frame and starts at the top of the stack that the frame names.
///
/// # Safety
/// `frame` is valid and stays where it is until that trap, and MSR and the next
/// instruction in it belong to a program that may run now.
pub unsafe fn resume(frame: *mut Frame) -> ! {
    // SAFETY: the caller keeps the contract above.
    unsafe { boot_resume(frame) }
}

// boot_resume(r3 = frame): comes here from `resume`, and from the trap path
// with what quire_trap returned. EE = 0.
global_asm!(
    ".text",
    // What the trap path gives quire_trap as its caller, for backtraces: they look
    // one instruction before the return address, and need not look further.
    ".type boot_trapped, @function",
    "boot_trapped:",
    ".cfi_startproc",
    ".cfi_undefined lr",
    "nop",
    ".global boot_resume",
    ".type boot_resume, @function",
    "boot_resume:",
    // RI := 0. An interrupt from here on would overwrite SRR0 and SRR1.
    "li %r4, 0",
    "mtmsrd %r4, 1",
    "mtsprg 0, %r3",
    // Whatever reservation the program before had made by larx ends here: the
    // store itself does not matter (Book II, "Load And Reserve and Store
    // Conditional Instructions").
    "addi %r5, %r3, {vector}",
    "stdcx. %r4, 0, %r5",
    "ld %r4, {nip}(%r3)",
    "ld %r5, {msr}(%r3)",
    "mtsrr0 %r4",
    "mtsrr1 %r5",
    "ld %r4, {lr}(%r3)",
    "ld %r5, {ctr}(%r3)",
    "ld %r6, {xer}(%r3)",
    "ld %r7, {cr}(%r3)",
    "mtlr %r4",
    "mtctr %r5",
    "mtxer %r6",
    "mtcr %r7",
    ".irp n, 0,1,2,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
    "ld %r\\n, {gpr}+8*\\n(%r3)",
    ".endr",
    "ld %r3, {gpr}+8*3(%r3)",
    "rfid",
    ".cfi_endproc",
    ".size boot_resume, . - boot_resume",
    gpr = const offset_of!(Frame, gpr),
    nip = const offset_of!(Frame, nip),
    msr = const offset_of!(Frame, msr),
    cr = const offset_of!(Frame, cr),
    lr = const offset_of!(Frame, lr),
    ctr = const offset_of!(Frame, ctr),
    xer = const offset_of!(Frame, xer),
    vector = const offset_of!(Frame, vector),
);
