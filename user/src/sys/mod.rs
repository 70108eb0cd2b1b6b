//! System calls, one small function each, with Rust's types.
//!
//! A function is `unsafe` only where it can change memory behind Rust's back.

/// Declares system calls, each as one function whose arguments become words.
///
/// What the kernel reads or writes must be covered by the references that the
/// function takes; if it is not, or if memory changes behind Rust's back, the
/// function is declared `unsafe` and says what the caller must see to.
macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $kind:ty),*) $(-> $result:ty)?
        = $number:ident($($word:expr),*);)*) => {$(
        $(#[$doc])*
        pub fn $name($($arg: $kind),*) -> Result<calls!(@kind $($result)?), $crate::Errno> {
            // SAFETY: the kernel touches only what the arguments refer to.
            let result = unsafe { $crate::sys::call($number, &[$($word as usize),*]) };
            calls!(@result result $($result)?)
        }
    )*};
    ($(unsafe $(#[$doc:meta])* $name:ident($($arg:ident: $kind:ty),*) $(-> $result:ty)?
        = $number:ident($($word:expr),*);)*) => {$(
        $(#[$doc])*
        pub unsafe fn $name($($arg: $kind),*) -> Result<calls!(@kind $($result)?), $crate::Errno> {
            // SAFETY: by the caller's promise.
            let result = unsafe { $crate::sys::call($number, &[$($word as usize),*]) };
            calls!(@result result $($result)?)
        }
    )*};
    (@kind) => { () };
    (@kind $result:ty) => { $result };
    (@result $value:ident) => { $value.map(drop) };
    (@result $value:ident $result:ty) => { $value.map(|value| value as $result) };
}

mod contents;
mod file;
mod futex;
mod limits;
mod memory;
mod path;
mod pipe;
mod process;
mod shm;
mod signal;
mod status;
mod system;
mod thread;

pub use contents::*;
pub use file::*;
pub use futex::*;
pub use limits::*;
pub use memory::*;
pub use path::*;
pub use pipe::*;
pub use process::*;
pub use shm::*;
pub use signal::*;
pub use status::*;
pub use system::*;
pub use thread::*;

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
