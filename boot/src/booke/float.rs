//! Saving and loading floating-point registers: e5500 has no vectors.

use crate::Float;
use core::arch::global_asm;
use core::mem::offset_of;

// boot_save_float(r3 = a Float), boot_load_float(r3 = a Float). Come here from the
// functions of those names, with MSR[FP] = 0; it is 1 in between, and r5 = the MSR to go
// back to. Change r4 and r5.
global_asm!(
    ".macro float_on",
    "mfmsr %r5",
    "ori %r4, %r5, 0x2000", // FP
    "mtmsr %r4",
    "isync",
    ".endm",
    ".macro float_off",
    "mtmsr %r5",
    "isync",
    "blr",
    ".endm",
    // \op FPR 0 to 31, each at the doubleword 0 of its VSR.
    ".macro each_register op",
    ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
    "\\op \\n, {vsr}+16*\\n(%r3)",
    ".endr",
    ".endm",
    ".text",
    ".global boot_save_float",
    ".type boot_save_float, @function",
    "boot_save_float:",
    "float_on",
    "each_register stfd",
    // FPSCR goes through FPR 0, which gets back what was in it.
    "mffs 0",
    "stfd 0, {fpscr}(%r3)",
    "lfd 0, {vsr}(%r3)",
    "float_off",
    ".size boot_save_float, . - boot_save_float",
    ".global boot_load_float",
    ".type boot_load_float, @function",
    "boot_load_float:",
    "float_on",
    "lfd 0, {fpscr}(%r3)",
    "mtfsf 255, 0",
    "each_register lfd",
    "float_off",
    ".size boot_load_float, . - boot_load_float",
    ".purgem float_on",
    ".purgem float_off",
    ".purgem each_register",
    vsr = const offset_of!(Float, vsr),
    fpscr = const offset_of!(Float, fpscr),
);
