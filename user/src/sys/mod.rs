//! System calls, one small function each, with Rust's types.
//!
//! A function is `unsafe` only where it can change memory behind Rust's back.

mod file;
mod memory;
mod process;
mod shm;
mod status;
mod system;

pub use file::*;
pub use memory::*;
pub use process::*;
pub use shm::*;
pub use status::*;
pub use system::*;

use crate::{Errno, sc};

/// Splits what [`sc::raw`] returns into a result and an error.
pub fn check(result: isize) -> Result<usize, Errno> {
    match result {
        -4095..=-1 => Err(Errno(-result as u32)),
        value => Ok(value as usize),
    }
}

/// Makes a system call with at most six arguments; the rest are 0.
///
/// # Safety
/// The call must not change memory that Rust code relies on.
pub unsafe fn call(number: u32, args: &[usize]) -> Result<usize, Errno> {
    let mut a = [0; 6];
    a[..args.len()].copy_from_slice(args);
    // SAFETY: the caller's promise is the same.
    check(unsafe { sc::raw(number as usize, a) })
}
