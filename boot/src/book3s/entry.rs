//! The first instruction of the kernel.
//!
//! Firmware (VOF or SLOF) jumps to the start of the loaded image, real 0x400000,
//! whatever the ELF file's entry point says; the linker script puts this block
//! there.

use core::arch::global_asm;

// Comes here: big-endian, 32-bit, real mode, EE = 0; r3 = initrd's real address
// or 0, r4 = its size, r5 = Open Firmware's client interface; nothing else is
// known. Memory may be dirty.
global_asm!(
    ".section .text.entry, \"ax\"",
    ".global _start",
    ".type _start, @function",
    "_start:",
    // Nobody called this: here a debugger's backtrace ends.
    ".cfi_startproc",
    ".cfi_undefined lr",
    become_little_endian!(),
    // Real mode ignores the top four bits of an address (Book III, "Real and
    // Virtual Real Addressing Modes"), so the link addresses work from the first
    // jump on.
    load64!("%r12", "1f"),
    "mtctr %r12",
    "bctr",
    "1:",
    // The decrementer has already expired on some machines. It would interrupt as
    // soon as EE is set. This value is positive whether it has 32 bits or 56.
    "lis %r10, 0x7fff",
    "ori %r10, %r10, 0xffff",
    "mtdec %r10",
    // r3 = the client interface: what else was passed, the initrd's place, firmware says
    // too when it is asked. The upper half of what a 32-bit caller passed means nothing.
    "rldicl %r3, %r5, 0, 32",
    start_rust!(),
    ".cfi_endproc",
    ".size _start, . - _start",
    ".text",
);
