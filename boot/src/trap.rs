//! Between the vectors and Rust, and out of the kernel: [`resume`].
//!
//! Rust leaves r13 to r31 as it finds them (ELFv2 ABI, "Register Usage Conventions"), and the
//! kernel does not touch VRSAVE and PPR. So a program that goes on as it was, but for the
//! result of its system call, needs the other registers only: [`Registers::Kept`]. And a
//! system call that can be answered at once is not even asked for them: `quire_ask`.
//!
//! While a call is asked whether it can be, RI is 0 as the interrupt left it: SRR0 and SRR1
//! still hold where the program goes on. They stay as they are, because nothing traps in
//! between: EE is 0, and what the kernel needs of memory is always mapped.

use crate::Frame;

unsafe extern "C" {
    fn boot_called();
    fn boot_resume(frame: *mut Frame) -> !;
}

/// What a program needs of its registers when it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Registers {
    /// All of them, from its frame.
    All = 0,
    /// It is the one that trapped, and r13 to r31, VRSAVE and PPR are still its own.
    Kept = 1,
}

/// What `quire_trap`, `quire_call` and `quire_ask` return, in r3 and r4 (ELFv2 ABI, "Return Values").
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Resume {
    /// Whose program goes on.
    pub frame: *mut Frame,
    /// With what.
    pub registers: Registers,
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

/// The address for SPRG2.
pub(crate) fn entry() -> u64 {
    boot_called as *const () as u64
}

// Comes here from the vectors: EE = RI = 0; r1 = the kernel's stack; r3 = the program's Frame;
// r12 = the address; r0 = the program's. boot_called: a system call; r13 to r31, VRSAVE and PPR
// are not in the Frame, nor are SRR0, SRR1 and the vector. boot_trapped: any other trap; all is.
//
// boot_resume(r3 = frame): comes here from `resume`, and from boot_trapped when not all
// registers are those of the frame. Label 3: r13 to r31, VRSAVE and PPR are. Label 4: SRR0 and
// SRR1 are too, and the program's is the only reservation that there can be.
frame_asm!(
    ".text",
    ".balign 32",
    ".global boot_called",
    ".type boot_called, @function",
    "boot_called:",
    // For backtraces: nobody called this.
    ".cfi_startproc",
    ".cfi_undefined lr",
    "addis %r2, %r12, .TOC.-boot_called@ha",
    "addi %r2, %r2, .TOC.-boot_called@l",
    // quire_ask(r3 = the Frame, r4 = the call's number) -> r3 = the Frame, r4 = 1 if the call has its result.
    "mr %r4, %r0",
    "bl quire_ask",
    "cmpdi %r4, 0",
    "bne 4f",
    save_kept!(),
    concat!("li %r4, ", call_vector!()),
    "std %r4, FRAME_VECTOR(%r3)",
    "mfsrr0 %r4",
    "mfsrr1 %r5",
    save_place!(),
    can_recover!(),
    // quire_call(r3 = the Frame) -> as quire_trap.
    "bl quire_call",
    "b 2f",
    ".cfi_endproc",
    ".size boot_called, . - boot_called",
    concat!(".org boot_called + ", trapped!()),
    ".type boot_trapped, @function",
    "boot_trapped:",
    ".cfi_startproc",
    ".cfi_undefined lr",
    "addis %r2, %r12, .TOC.-boot_trapped@ha",
    "addi %r2, %r2, .TOC.-boot_trapped@l",
    can_recover!(),
    // quire_trap(r3 = the Frame) -> r3 = the Frame to resume, r4 = Registers.
    "bl quire_trap",
    "2: cmpdi %r4, 0",
    "bne 3f",
    ".global boot_resume",
    ".type boot_resume, @function",
    "boot_resume:",
    "ld %r4, FRAME_VRSAVE(%r3)",
    "ld %r5, FRAME_PPR(%r3)",
    "mtspr 256, %r4",
    concat!("mtspr ", ppr!(), ", %r5"),
    ".irp n, 13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
    "ld %r\\n, FRAME_GPR+8*\\n(%r3)",
    ".endr",
    "3:",
    cannot_recover!(),
    // Whatever reservation the program before had made by larx ends here: what is stored
    // is there already (Book II, "Load And Reserve and Store Conditional Instructions").
    "ld %r4, 0(%r3)",
    "stdcx. %r4, 0, %r3",
    "ld %r4, FRAME_NIP(%r3)",
    "ld %r5, FRAME_MSR(%r3)",
    "mtsrr0 %r4",
    "mtsrr1 %r5",
    "4: mtsprg 0, %r3",
    "ld %r4, FRAME_LR(%r3)",
    "ld %r5, FRAME_CTR(%r3)",
    "ld %r6, FRAME_XER(%r3)",
    "ld %r7, FRAME_CR(%r3)",
    "mtlr %r4",
    "mtctr %r5",
    "mtxer %r6",
    "mtcr %r7",
    ".irp n, 0,1,2,4,5,6,7,8,9,10,11,12",
    "ld %r\\n, FRAME_GPR+8*\\n(%r3)",
    ".endr",
    "ld %r3, FRAME_GPR+8*3(%r3)",
    return_from_interrupt!(),
    ".cfi_endproc",
    ".size boot_trapped, . - boot_trapped",
);
