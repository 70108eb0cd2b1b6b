//! Where a program starts: the kernel jumps to `_start`.
//!
//! On entry r1 points at argc, 16-byte aligned; argv, envp and the auxiliary
//! vector follow upwards (ELFv2 ABI, 4.1.2). No other register is relied on:
//! r2 is made from the absolute address of the table of contents, which a
//! static program knows.

use crate::args::Args;

core::arch::global_asm!(
    r#"
    .section .text._start, "ax"
    .global _start
    .type _start, @function
_start:
    lis   2, .TOC.@ha        # r2 = table of contents
    addi  2, 2, .TOC.@l
    mr    3, 1               # r3 = where argc is, the argument of quire_start
    li    0, 0
    stdu  1, -64(1)          # r1 = a first frame of our own,
    std   0, 0(1)            #      with no frame behind it
    mtlr  0                  # and no one to return to
    bl    quire_start
    nop
    .size _start, . - _start
    .text
    "#
);

unsafe extern "Rust" {
    /// What [`program!`](crate::program) defines.
    safe fn quire_main(args: &Args) -> i32;
}

/// Runs the program on the stack that the kernel built, and exits with what it
/// returns.
#[unsafe(no_mangle)]
extern "C" fn quire_start(stack: *const usize) -> ! {
    // SAFETY: `_start` passes the stack pointer that the kernel set, where argc,
    // argv, envp and the auxiliary vector are and stay for the program's life.
    let args = unsafe { Args::from_stack(stack) };
    crate::sys::exit(quire_main(&args))
}

/// Names the program's main function: `fn(&Args) -> i32`, whose result is the
/// exit status.
#[macro_export]
macro_rules! program {
    ($main:path) => {
        #[unsafe(no_mangle)]
        extern "Rust" fn quire_main(args: &$crate::Args) -> i32 {
            $main(args)
        }
    };
}
