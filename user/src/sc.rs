//! The system call instruction, in the two forms that programs need.
//!
//! Linux on ppc64: number in r0, arguments in r3 to r8; the result comes in r3,
//! and the summary overflow bit of CR0 says that it is an error number. r0, r4
//! to r12, CTR, XER and CR0 may be lost. (Linux, Documentation/arch/powerpc/
//! syscall64-abi.rst.)

use crate::batch::Call;
use core::arch::global_asm;
use core::mem::offset_of;

global_asm!(
    r#"
    .text
    .global quire_sc
    .type quire_sc, @function
# r3 = number, r4..r9 = arguments. Returns r3 = result, or minus the error number.
# A leaf that never touches the stack, so that the child of a vfork harms nothing.
quire_sc:
    mr    0, 3
    mr    3, 4
    mr    4, 5
    mr    5, 6
    mr    6, 7
    mr    7, 8
    mr    8, 9
    sc
    bnslr                    # CR0.SO clear: r3 is the result
    neg   3, 3
    blr
    .size quire_sc, . - quire_sc

    .global quire_batch
    .type quire_batch, @function
# r3 = the first Call. Makes one after another until a Call whose number is negative.
# Between the first and the last, no memory is written but the results: see batch.rs.
# r14 = the current Call. It is saved below the stack pointer, in the 288 bytes that
# the ABI keeps for leaf functions, before the first call is made.
quire_batch:
    std   14, -8(1)
    mr    14, 3
1:  ld    0, {NUMBER}(14)
    cmpdi 0, 0
    blt   4f
    ld    3, {ARGS}(14)
    ld    4, {ARGS}+8(14)
    ld    5, {ARGS}+16(14)
    ld    6, {ARGS}+24(14)
    ld    7, {ARGS}+32(14)
    ld    8, {ARGS}+40(14)
    sc
    bns   2f
    neg   3, 3
2:  cmpdi 3, 0               # a result of 0 may lead elsewhere: fork's child goes there
    bne   3f
    ld    9, {ON_ZERO}(14)
    cmpdi 9, 0
    beq   3f
    mr    14, 9
    b     1b
3:  std   3, {RESULT}(14)
    addi  14, 14, {SIZE}
    b     1b
4:  ld    14, -8(1)
    blr
    .size quire_batch, . - quire_batch
    "#,
    NUMBER = const offset_of!(Call, number),
    ARGS = const offset_of!(Call, args),
    RESULT = const offset_of!(Call, result),
    ON_ZERO = const offset_of!(Call, on_zero),
    SIZE = const size_of::<Call>(),
);

unsafe extern "C" {
    fn quire_sc(number: usize, a: usize, b: usize, c: usize, d: usize, e: usize, f: usize)
    -> isize;
    fn quire_batch(first: *const Call);
}

/// Makes the system call `number`: any number, any arguments. The result is as
/// the kernel gave it, an error as a negative number from -1 to -4095.
///
/// # Safety
/// The call must not change memory that Rust code relies on.
#[inline(always)]
pub unsafe fn raw(number: usize, a: [usize; 6]) -> isize {
    // SAFETY: the stub keeps to the ABI; what the kernel does is the caller's
    // responsibility.
    unsafe { quire_sc(number, a[0], a[1], a[2], a[3], a[4], a[5]) }
}

/// Runs a list of system calls.
///
/// # Safety
/// As for [`raw`], for each call; and every way through the list must reach an
/// end or leave the process.
pub unsafe fn run(first: *const Call) {
    // SAFETY: as above.
    unsafe { quire_batch(first) }
}
