//! System calls in a row, with nothing between them.
//!
//! What fork costs cannot be seen from ordinary code: the first thing that code
//! does after a fork is to write its stack, and that write is what copy-on-write
//! pays for. So a list of calls is prepared in shared memory and run by a loop
//! that keeps everything in registers. Parent and child can read the kernel's
//! counters right after fork, before either has written a private byte.

use crate::{Errno, sys};
use core::cell::UnsafeCell;

/// One system call of a list.
#[repr(C)]
pub struct Call {
    /// The system call number; negative at the end of the list.
    pub number: i64,
    /// Its arguments.
    pub args: [usize; 6],
    /// What it returned; an error as a negative number.
    pub result: UnsafeCell<i64>,
    /// Where to go on if it returned 0, in place of the next call; null for no
    /// such place. Then `result` is not written.
    pub on_zero: *const Call,
}

impl Call {
    /// The end of a list.
    pub fn end() -> Call {
        Call {
            number: -1,
            args: [0; 6],
            result: UnsafeCell::new(0),
            on_zero: core::ptr::null(),
        }
    }

    /// The call `number` with at most six arguments.
    pub fn new(number: u32, args: &[usize]) -> Call {
        let mut call = Call {
            number: number as i64,
            ..Call::end()
        };
        call.args[..args.len()].copy_from_slice(args);
        call
    }

    /// What the call returned.
    pub fn result(&self) -> Result<usize, Errno> {
        // SAFETY: the list is not running while its owner looks at it.
        sys::check(unsafe { *self.result.get() } as isize)
    }
}
