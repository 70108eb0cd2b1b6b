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
    // The upper halves of what a 32-bit caller passed mean nothing.
    "rldicl %r3, %r3, 0, 32",
    "rldicl %r4, %r4, 0, 32",
    "rldicl %r5, %r5, 0, 32",
    // .bss := 0. r6 = the doubleword before the next one, CTR = how many.
    load64!("%r6", "_bss_start"),
    load64!("%r7", "_bss_end"),
    "subf %r7, %r6, %r7",
    "rldicl %r7, %r7, 61, 3",
    "mtctr %r7",
    "addi %r6, %r6, -8",
    "li %r0, 0",
    "2: stdu %r0, 8(%r6)",
    "bdnz 2b",
    // The stack grows down from its end; above r1 is room for the linkage area,
    // whose back chain is 0 (ELFv2 ABI, "The Stack Frame"). r2 = the TOC pointer.
    load64!("%r1", "_stack_end"),
    "addi %r1, %r1, -64",
    load64!("%r2", ".TOC."),
    // quire_main(initrd, size, client interface) never returns.
    load64!("%r12", "quire_main"),
    "mtctr %r12",
    "bctrl",
    "trap",
    ".cfi_endproc",
    ".size _start, . - _start",
    ".text",
);
