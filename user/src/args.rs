//! What the program that called execve passed, and what the kernel added.

use crate::{Errno, eprintln};
use core::ffi::{CStr, c_char};

/// A program's arguments, environment and auxiliary vector.
pub struct Args {
    argc: usize,
    argv: *const *const c_char,
}

impl Args {
    /// Reads the stack that the kernel built.
    ///
    /// # Safety
    /// `stack` must be the stack pointer as it was at `_start`.
    pub unsafe fn from_stack(stack: *const usize) -> Args {
        // SAFETY: argc is at the stack pointer and argv follows.
        unsafe {
            Args {
                argc: *stack,
                argv: stack.add(1).cast(),
            }
        }
    }

    /// How many arguments there are, the program's name included.
    pub fn count(&self) -> usize {
        self.argc
    }

    /// Argument `i` as text; `None` past the end. What is not UTF-8 reads as "?".
    pub fn get(&self, i: usize) -> Option<&'static str> {
        (i < self.argc).then(|| self.word(i).to_str().unwrap_or("?"))
    }

    /// All arguments but the program's name.
    pub fn iter(&self) -> impl Iterator<Item = &'static str> + '_ {
        (1..self.argc).filter_map(|i| self.get(i))
    }

    /// Does `each` to every argument, or to `default` if there is none, and says on
    /// standard error which ones failed and why. The exit status: 1 if any did.
    pub fn for_each_or(&self, default: &str, each: impl Fn(&str) -> Result<(), Errno>) -> i32 {
        let program = self.get(0).unwrap_or("?");
        let mut status = 0;
        let mut attempt = |arg: &str| {
            if let Err(e) = each(arg) {
                eprintln!("{program}: {arg}: {e}");
                status = 1;
            }
        };
        if self.count() <= 1 {
            attempt(default);
        }
        self.iter().for_each(attempt);
        status
    }

    /// The environment's strings, "NAME=value".
    pub fn environment(&self) -> impl Iterator<Item = &'static CStr> + '_ {
        (self.argc + 1..)
            .take_while(|&i| !self.pointer(i).is_null())
            .map(|i| self.word(i))
    }

    /// The value of the auxiliary vector's entry `kind`, one of AT_*.
    pub fn auxiliary(&self, kind: u32) -> Option<usize> {
        let mut at = self.argc + 1 + self.environment().count() + 1;
        loop {
            match (self.pointer(at) as usize, self.pointer(at + 1) as usize) {
                (0, _) => return None,
                (k, value) if k == kind as usize => return Some(value),
                _ => at += 2,
            }
        }
    }

    /// Word `i` of what follows argc. Past argv and its null come the
    /// environment and its null, then the auxiliary vector's pairs.
    fn pointer(&self, i: usize) -> *const c_char {
        // SAFETY: no caller goes past a terminating null but to the next list.
        unsafe { *self.argv.add(i) }
    }

    fn word(&self, i: usize) -> &'static CStr {
        // SAFETY: a pointer of argv or of the environment is to a string that
        // the kernel put on the stack, and no one writes there.
        unsafe { CStr::from_ptr(self.pointer(i)) }
    }
}
