//! Accesses that may fault, and what the program is told when they do.
//!
//! A handler for SIGSEGV and SIGBUS notes what came and goes on after the one
//! instruction that faulted. So a program can ask of any address what is there.

use crate::sys::{self, Context, Info};
use crate::{Errno, sc};
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use linux_raw_sys::general::{SIGBUS, SIGSEGV};

/// What a fault's signal said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// SIGSEGV or SIGBUS.
    pub signal: u32,
    /// SEGV_MAPERR, SEGV_ACCERR, BUS_ADRERR and so on.
    pub code: u32,
    /// The address that it was about.
    pub address: usize,
}

/// The last fault: its signal is 0 if there was none.
static SIGNAL: AtomicU32 = AtomicU32::new(0);
static CODE: AtomicU32 = AtomicU32::new(0);
static ADDRESS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn note(signal: u32, info: &Info, context: &mut Context) {
    CODE.store(info.code as u32, Ordering::Relaxed);
    ADDRESS.store(info.address(), Ordering::Relaxed);
    SIGNAL.store(signal, Ordering::Relaxed);
    context.registers[Context::NIP] += 4;
}

/// Installs the handler. Without it, a fault ends the process.
pub fn watch() -> Result<(), Errno> {
    [SIGSEGV, SIGBUS]
        .into_iter()
        .try_for_each(|signal| sys::handle(signal, note, 0))
}

fn outcome<T>(value: T) -> Result<T, Fault> {
    match SIGNAL.swap(0, Ordering::Relaxed) {
        0 => Ok(value),
        signal => Err(Fault {
            signal,
            code: CODE.load(Ordering::Relaxed),
            address: ADDRESS.load(Ordering::Relaxed),
        }),
    }
}

/// The byte at `address`, or why there is none.
pub fn load(address: usize) -> Result<u8, Fault> {
    outcome(sc::load(address))
}

/// Stores a byte at `address`, or says why not.
///
/// # Safety
/// Rust code must not rely on what is there.
pub unsafe fn store(address: usize, byte: u8) -> Result<(), Fault> {
    // SAFETY: by the caller's promise.
    unsafe { sc::store(address, byte) };
    outcome(())
}
