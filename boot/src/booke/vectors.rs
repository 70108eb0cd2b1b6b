//! Entering the kernel: the interrupt vectors and the one path behind them.
//!
//! Each interrupt has a register of its own, IVORn, that says where it goes, in the
//! 64 KiB at IVPR (Book III-E, "Interrupt Vector Offset Register"). The linker script
//! puts this block at the start of such 64 KiB, with stub n at 0x20 times n.

use core::arch::global_asm;

unsafe extern "C" {
    fn boot_take_vectors();
}

/// From here on every trap comes here.
///
/// # Safety
/// SPRG0 names a frame ([`crate::set_frame`]).
pub unsafe fn take_vectors() {
    // SAFETY: the caller's; until now there was no way to handle a trap.
    unsafe { boot_take_vectors() }
}

// Comes here: EE = 0, IS = DS = 0; SPRG0 = the running program's Frame; all else is the
// program's. SRR1 has bits of the classic architecture in it that say why, on QEMU; the
// same bits of MSR mean something else here, so they go. (Machine checks, critical and debug
// interrupts leave SRR0 and SRR1 as they were: they have registers of their own, MCSRR0,
// CSRR0 and so on. Of these only machine checks are enabled. QEMU has none, and whoever is
// running ends by one: so that a report of it gives an older place is all that is lost.)
frame_asm!(
    ".section .text.vectors, \"ax\"",
    ".balign 65536",
    ".global boot_vectors",
    "boot_vectors:",
    vector_stubs!("8"),
    call_stub!(), // IVOR8
    vector_stubs!("7"),
    "1:",
    save_volatile!(),
    save_kept!(),
    save_vector!(),
    "mfspr %r6, 61", // DEAR
    "mfspr %r7, 62", // ESR
    "std %r6, FRAME_DAR(%r3)",
    "std %r7, FRAME_DSISR(%r3)",
    "lis %r4, 0x1e",
    "mfsrr1 %r5",
    "andc %r5, %r5, %r4",
    "mfsrr0 %r4",
    save_place!(),
    enter_kernel!(trapped!()),
    "2:",
    save_volatile!(),
    enter_kernel!("0"),
    ".text",
);

// boot_take_vectors(): comes here from `take_vectors`. Changes r3 and r4.
global_asm!(
    ".text",
    ".global boot_take_vectors",
    ".type boot_take_vectors, @function",
    "boot_take_vectors:",
    load64!("%r3", "boot_vectors"),
    "mtspr 63, %r3", // IVPR
    // IVOR0 to IVOR15 are SPR 400 to 415.
    ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15",
    "li %r4, 0x20*\\n",
    "mtspr 400+\\n, %r4",
    ".endr",
    // Three of them look for the translation first: data storage, data TLB error,
    // instruction TLB error. IVOR uses the low 16 bits.
    load64!("%r4", "boot_data_storage"),
    "mtspr 402, %r4",
    load64!("%r4", "boot_data_miss"),
    "mtspr 413, %r4",
    load64!("%r4", "boot_fetch_miss"),
    "mtspr 414, %r4",
    // MAS4, what a miss finds in MAS0 to MAS2: TLB0, 4 KiB, M.
    "li %r4, 0x104",
    "mtspr 628, %r4",
    "isync",
    "blr",
    ".size boot_take_vectors, . - boot_take_vectors",
);
