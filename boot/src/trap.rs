//! Leaving the kernel: [`resume`].

use crate::Frame;

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
frame_asm!(
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
    cannot_recover!(),
    "mtsprg 0, %r3",
    // Whatever reservation the program before had made by larx ends here: the
    // store itself does not matter (Book II, "Load And Reserve and Store
    // Conditional Instructions").
    "addi %r5, %r3, FRAME_VECTOR",
    "stdcx. %r4, 0, %r5",
    "ld %r4, FRAME_NIP(%r3)",
    "ld %r5, FRAME_MSR(%r3)",
    "mtsrr0 %r4",
    "mtsrr1 %r5",
    "ld %r4, FRAME_LR(%r3)",
    "ld %r5, FRAME_CTR(%r3)",
    "ld %r6, FRAME_XER(%r3)",
    "ld %r7, FRAME_CR(%r3)",
    "mtlr %r4",
    "mtctr %r5",
    "mtxer %r6",
    "mtcr %r7",
    "ld %r4, FRAME_VRSAVE(%r3)",
    "ld %r5, FRAME_PPR(%r3)",
    "mtspr 256, %r4",
    concat!("mtspr ", ppr!(), ", %r5"),
    ".irp n, 0,1,2,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
    "ld %r\\n, FRAME_GPR+8*\\n(%r3)",
    ".endr",
    "ld %r3, FRAME_GPR+8*3(%r3)",
    return_from_interrupt!(),
    ".cfi_endproc",
    ".size boot_resume, . - boot_resume",
);
