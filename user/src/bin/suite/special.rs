//! Every special register that an instruction can name, read and written.
//!
//! The number is part of the instruction (mfspr, mtspr), so there is one of each for
//! every number.

use core::arch::global_asm;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use quire_user::Errno;
use quire_user::linux::SIGILL;
use quire_user::sys::{self, Context, Info};

/// How many numbers there are: 10 bits, of which each half stands in the other's place.
pub const NUMBERS: usize = 1024;

// Two tables of two instructions each: r3 = mfspr n, and mtspr n from r3.
global_asm!(
    r#"
    .section .text.quire_special, "ax"
    .global quire_read_special
quire_read_special:
    .set n, 0
    .rept 1024
    .long 0x7c6002a6 | (n & 31) << 16 | (n >> 5) << 11
    blr
    .set n, n + 1
    .endr
    .global quire_write_special
quire_write_special:
    .set n, 0
    .rept 1024
    .long 0x7c6003a6 | (n & 31) << 16 | (n >> 5) << 11
    blr
    .set n, n + 1
    .endr
    .text
    "#
);

unsafe extern "C" {
    static quire_read_special: [u64; NUMBERS];
    static quire_write_special: [u64; NUMBERS];
}

static REFUSED: AtomicBool = AtomicBool::new(false);

extern "C" fn note(_: u32, _: &Info, context: &mut Context) {
    REFUSED.store(true, Relaxed);
    context.registers[Context::NIP] += 4;
}

/// From here on, an instruction that is refused is passed over.
pub fn watch() -> Result<(), Errno> {
    sys::handle(SIGILL, note, 0)
}

/// What is in special register `n`, if it can be read.
pub fn read(n: usize) -> Option<u64> {
    // SAFETY: two instructions that change r3 alone.
    let value = unsafe {
        let entry = (&raw const quire_read_special).cast::<u64>().add(n);
        core::mem::transmute::<*const u64, extern "C" fn(u64) -> u64>(entry)(0)
    };
    (!REFUSED.swap(false, Relaxed)).then_some(value)
}

/// Puts `value` into special register `n`. False if that is refused.
///
/// # Safety
/// Code that is compiled does not use it: it is none of XER (1), LR (8) and CTR (9).
pub unsafe fn write(n: usize, value: u64) -> bool {
    // SAFETY: two instructions that change the special register alone.
    unsafe {
        let entry = (&raw const quire_write_special).cast::<u64>().add(n);
        core::mem::transmute::<*const u64, extern "C" fn(u64)>(entry)(value);
    }
    !REFUSED.swap(false, Relaxed)
}
