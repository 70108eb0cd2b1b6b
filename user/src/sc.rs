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

    .global quire_clone
    .type quire_clone, @function
# r3 = a NewThread. Returns to the caller r3 = the thread's number, or minus the error
# number. The thread itself starts on its own stack, of which it knows nothing but the
# top: so what it is to do is kept in r30 and r31, which system calls leave alone.
# Linux's order on ppc64: flags, stack, parent's tid, TLS, child's tid.
quire_clone:
    std   30, -16(1)
    std   31, -8(1)
    ld    30, {BODY}(3)
    ld    31, {ARGUMENT}(3)
    ld    4, {STACK}(3)
    ld    5, {PARENT_TID}(3)
    ld    6, {TLS}(3)
    ld    7, {CHILD_TID}(3)
    ld    3, {FLAGS}(3)
    li    0, {CLONE}
    sc
    bns   1f
    neg   3, 3
1:  cmpdi 3, 0
    beq   2f                 # r3 = 0: the new thread
    ld    30, -16(1)
    ld    31, -8(1)
    blr
2:  li    0, 0
    stdu  1, -64(1)          # r1 = a first frame, with no frame behind it
    std   0, 0(1)
    mr    3, 31              # r3 = the body's argument
    mr    12, 30             # r12 = its entry, from which it finds its TOC (ELFv2 ABI 2.3.2)
    mtctr 12
    bctrl
    li    3, 0
    li    0, {EXIT}
    sc
    trap
    .size quire_clone, . - quire_clone

    .global quire_tls
    .type quire_tls, @function
quire_tls:
    mr    3, 13
    blr
    .size quire_tls, . - quire_tls

    .global quire_load
    .type quire_load, @function
# r3 = an address. Returns the byte there. One instruction can fault; a handler that goes
# on after it has made it a no-op.
quire_load:
    lbz   4, 0(3)
    mr    3, 4
    blr
    .size quire_load, . - quire_load

    .global quire_store
    .type quire_store, @function
# r3 = an address, r4 = a byte to store there. As quire_load.
quire_store:
    stb   4, 0(3)
    blr
    .size quire_store, . - quire_store

# r3 = a Registers. Puts its values into all registers but r1 (the stack) and r31 (the
# Registers), executes an instruction, and then writes back what is in the registers.
    .macro hold instruction:vararg
    mflr  0
    std   0, 16(1)
    mfcr  0
    std   0, 8(1)
    stdu  1, -288(1)         # r2 and r13 to r31 are saved at 8 times their number
    .irp  r, 2,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    std   \r, 8*\r(1)
    .endr
    mr    31, 3
    ld    0, {CR}(31)
    mtcr  0
    ld    0, {XER}(31)
    mtxer 0
    ld    0, {CTR}(31)
    mtctr 0
    ld    0, {LR}(31)
    mtlr  0
    .irp  r, 0,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    ld    \r, 8*\r(31)
    .endr
    \instruction
    .irp  r, 0,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    std   \r, 8*\r(31)
    .endr
    mfcr  0
    std   0, {CR}(31)
    mfxer 0
    std   0, {XER}(31)
    mfctr 0
    std   0, {CTR}(31)
    mflr  0
    std   0, {LR}(31)
    .irp  r, 2,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    ld    \r, 8*\r(1)
    .endr
    addi  1, 1, 288
    ld    0, 8(1)
    mtcr  0
    ld    0, 16(1)
    mtlr  0
    blr
    .endm

    .global quire_hold
    .type quire_hold, @function
# The instruction stores r30's low byte at the address in r3. The store faults; a handler
# mends that; so what is written back is what handlers leave.
quire_hold:
    hold  stb 30, 0(3)
    .size quire_hold, . - quire_hold

    .global quire_hold_call
    .type quire_hold_call, @function
quire_hold_call:
    hold  sc
    .size quire_hold_call, . - quire_hold_call
    .purgem hold
    "#,
    NUMBER = const offset_of!(Call, number),
    ARGS = const offset_of!(Call, args),
    RESULT = const offset_of!(Call, result),
    ON_ZERO = const offset_of!(Call, on_zero),
    SIZE = const size_of::<Call>(),
    FLAGS = const offset_of!(NewThread, flags),
    STACK = const offset_of!(NewThread, stack),
    PARENT_TID = const offset_of!(NewThread, parent_tid),
    TLS = const offset_of!(NewThread, tls),
    CHILD_TID = const offset_of!(NewThread, child_tid),
    BODY = const offset_of!(NewThread, body),
    ARGUMENT = const offset_of!(NewThread, argument),
    CLONE = const linux_raw_sys::general::__NR_clone,
    EXIT = const linux_raw_sys::general::__NR_exit,
    CR = const offset_of!(Registers, cr),
    XER = const offset_of!(Registers, xer),
    CTR = const offset_of!(Registers, ctr),
    LR = const offset_of!(Registers, lr),
);

unsafe extern "C" {
    fn quire_sc(number: usize, a: usize, b: usize, c: usize, d: usize, e: usize, f: usize)
    -> isize;
    fn quire_batch(first: *const Call);
    fn quire_clone(new: *const NewThread) -> isize;
    safe fn quire_tls() -> usize;
    fn quire_load(address: usize) -> u8;
    fn quire_store(address: usize, byte: u8);
    fn quire_hold(registers: *mut Registers);
    fn quire_hold_call(registers: *mut Registers);
}

/// What [`clone`] is told of a new thread.
#[repr(C)]
pub struct NewThread {
    /// CLONE_*.
    pub flags: usize,
    /// The first address above its stack.
    pub stack: usize,
    /// Where the kernel puts its number, for the caller.
    pub parent_tid: usize,
    /// Its r13.
    pub tls: usize,
    /// Where the kernel puts 0 when it has ended.
    pub child_tid: usize,
    /// What it runs.
    pub body: extern "C" fn(usize),
    /// And with which argument.
    pub argument: usize,
}

/// Starts a thread, or a process with a stack of its own; its number, or minus the
/// error number.
///
/// # Safety
/// The stack must be the new thread's alone, and the addresses its to write.
pub unsafe fn clone(new: &NewThread) -> isize {
    // SAFETY: by the caller's promise.
    unsafe { quire_clone(new) }
}

/// What is in r13.
pub fn tls() -> usize {
    quire_tls()
}

/// The byte at `address`, loaded by one instruction of four bytes that may fault.
pub fn load(address: usize) -> u8 {
    // SAFETY: loading changes nothing; a fault ends the process or is handled.
    unsafe { quire_load(address) }
}

/// Stores a byte by one instruction of four bytes that may fault.
///
/// # Safety
/// Rust code must not rely on what is there.
pub unsafe fn store(address: usize, byte: u8) {
    // SAFETY: by the caller's promise.
    unsafe { quire_store(address, byte) }
}

/// A program's registers. `gpr[1]` and `gpr[31]` are not used.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registers {
    /// r0 to r31.
    pub gpr: [u64; 32],
    /// The condition register, in the lower half.
    pub cr: u64,
    /// Carry and overflow, and a byte count.
    pub xer: u64,
    /// The counter.
    pub ctr: u64,
    /// Where to return to.
    pub lr: u64,
}

/// Stores the low byte of `gpr[30]` at the address `gpr[3]` with all registers as given; then they
/// are as they were found after it.
///
/// # Safety
/// Rust code must not rely on what is there.
pub unsafe fn hold(registers: &mut Registers) {
    // SAFETY: by the caller's promise.
    unsafe { quire_hold(registers) }
}

/// Makes the system call that `registers` say, with all registers as given; then they are as
/// they were found after it.
///
/// # Safety
/// The call must not change memory that Rust code relies on.
pub unsafe fn hold_call(registers: &mut Registers) {
    // SAFETY: by the caller's promise.
    unsafe { quire_hold_call(registers) }
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
