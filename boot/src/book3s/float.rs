//! Saving and loading floating-point, vector and vector-scalar registers.

use crate::Float;
use core::arch::global_asm;
use core::mem::offset_of;

// boot_save_float(r3 = a Float), boot_load_float(r3 = a Float). Come here from the
// functions of those names, with MSR[FP] = MSR[VEC] = MSR[VSX] = 0; they are 1 in between,
// and r5 = the MSR to go back to. r4 = where in the Float. Change r4 and r5.
global_asm!(
    ".macro float_on",
    "mfmsr %r5",
    "oris %r4, %r5, 0x0280", // VEC | VSX
    "ori %r4, %r4, 0x2000",  // FP
    "mtmsrd %r4",
    "isync",
    ".endm",
    ".macro float_off",
    "mtmsrd %r5",
    "isync",
    "blr",
    ".endm",
    // \op VSR or VR 0 to 31, 16 bytes each, from \at on.
    ".macro each_register op, at",
    "addi %r4, %r3, \\at",
    ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
    "\\op \\n, 0, %r4",
    "addi %r4, %r4, 16",
    ".endr",
    ".endm",
    ".text",
    ".global boot_save_float",
    ".type boot_save_float, @function",
    "boot_save_float:",
    "float_on",
    "each_register stxvd2x, {vsr}",
    "each_register stvx, {vr}",
    // VSCR goes through VR 0 and FPSCR through FPR 0, which get back what was in them.
    "addi %r4, %r3, {vscr}",
    "mfvscr 0",
    "stvx 0, 0, %r4",
    "addi %r4, %r3, {vr}",
    "lvx 0, 0, %r4",
    "mffs 0",
    "stfd 0, {fpscr}(%r3)",
    "addi %r4, %r3, {vsr}",
    "lxvd2x 0, 0, %r4",
    "float_off",
    ".size boot_save_float, . - boot_save_float",
    ".global boot_load_float",
    ".type boot_load_float, @function",
    "boot_load_float:",
    "float_on",
    "addi %r4, %r3, {vscr}",
    "lvx 0, 0, %r4",
    "mtvscr 0",
    // All 64 bits of FPSCR: L = 1 (Book I, "Move To FPSCR Fields").
    "lfd 0, {fpscr}(%r3)",
    "mtfsf 255, 0, 1, 0",
    "each_register lxvd2x, {vsr}",
    "each_register lvx, {vr}",
    "float_off",
    ".size boot_load_float, . - boot_load_float",
    ".purgem float_on",
    ".purgem float_off",
    ".purgem each_register",
    vsr = const offset_of!(Float, vsr),
    vr = const offset_of!(Float, vr),
    vscr = const offset_of!(Float, vscr),
    fpscr = const offset_of!(Float, fpscr),
);
