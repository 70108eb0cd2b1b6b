//! `strace=1` on the command line: each system call with its arguments and its result,
//! a line on the console, as strace(1) shows them on Linux.
//!
//! A call that waits is shown when it has ended. What its pointers lead to is read when
//! the line is made; what cannot be read is shown as an address.

mod names;

use crate::arch;
use crate::process::{Signal, Tid};
use crate::state::Kernel;
use crate::syscall::{Errno, UserMemory};
use alloc::format;
use alloc::string::String;
use core::fmt::Write;
use linux_raw_sys::general::AT_FDCWD;
use vm::Ea;

pub use names::find;

/// Bytes that are shown of a string.
const SHOWN: usize = 64;
/// Strings that are shown of an array.
const STRINGS: usize = 12;

/// How a call has ended.
pub enum Ended {
    /// With a value.
    Value(u64),
    /// With an errno.
    Failed(Errno),
    /// Without a result: the program is another, or gone.
    Gone,
}

impl From<Result<u64, Errno>> for Ended {
    fn from(result: Result<u64, Errno>) -> Ended {
        match result {
            Ok(value) => Ended::Value(value),
            Err(errno) => Ended::Failed(errno),
        }
    }
}

impl Kernel {
    /// The call that `tid`'s registers ask for, if calls are traced: to be made into a
    /// line before the call can change what it shows.
    #[inline]
    pub fn traced_call(&mut self, tid: Tid) -> Option<String> {
        match self.traces {
            true => Some(self.call_line(tid)),
            false => None,
        }
    }

    #[cold]
    fn call_line(&mut self, tid: Tid) -> String {
        let task = self.task(tid);
        let (pid, frame) = (task.pid, &task.frame);
        let (number, args) = (arch::syscall_number(frame), arch::syscall_args(frame));
        let process = self.process(pid);
        let (space, mut line) = (process.space(), format!("[{tid} {}] ", process.name));
        let (name, kinds) = find(number).unwrap_or(("", "xxxxxx"));
        let mut memory = UserMemory::new(&mut self.vm, space);
        line.push_str(name);
        if name.is_empty() {
            let _ = write!(line, "call {number}");
        }
        for (n, kind) in kinds.bytes().enumerate() {
            line.push_str(if n == 0 { "(" } else { ", " });
            let next = args.get(n + 1).copied().unwrap_or(0);
            show(&mut line, &mut memory, kind, args[n], next);
        }
        line.push_str(if kinds.is_empty() { "()" } else { ")" });
        line
    }
}

/// The same for a call that a handler for `signal` has interrupted.
pub fn print_interrupted(line: Option<String>, signal: Signal) {
    if let Some(line) = line {
        println!("{line} = ? interrupted by {}", signal.name());
    }
}

/// Prints a line that [`Kernel::traced_call`] made.
#[inline]
pub fn print(line: Option<String>, ended: Ended) {
    if let Some(line) = line {
        print_line(line, ended);
    }
}

#[cold]
fn print_line(line: String, ended: Ended) {
    match ended {
        Ended::Value(value) if value > 0xffff_ffff => println!("{line} = {value:#x}"),
        Ended::Value(value) => println!("{line} = {value}"),
        Ended::Failed(errno) => println!("{line} = -{}", errno.name()),
        Ended::Gone => println!("{line} = ?"),
    }
}

/// Adds an argument of this kind, see [`names`]. `next` is the one after it.
fn show(line: &mut String, memory: &mut UserMemory, kind: u8, arg: u64, next: u64) {
    let shown = match kind {
        b'f' if arg as i32 == AT_FDCWD => write!(line, "AT_FDCWD"),
        b'd' | b'f' => match i64::from(arg as i32) {
            narrow if narrow as u64 == arg => write!(line, "{narrow}"),
            // An int whose upper half nobody cares for, or a long.
            narrow if arg >> 32 == 0 => write!(line, "{narrow}"),
            _ => write!(line, "{}", arg as i64),
        },
        b'u' => write!(line, "{arg}"),
        b'o' => write!(line, "0{arg:o}"),
        b's' if arg != 0 => return quote_string(line, memory, arg),
        b'b' if arg != 0 => return quote_bytes(line, memory, arg, next),
        b'a' if arg != 0 => return quote_strings(line, memory, arg),
        _ => write!(line, "{arg:#x}"),
    };
    debug_assert!(shown.is_ok(), "a string takes everything");
}

/// The longest part of `to` that can be read at `at`.
fn readable<'a>(memory: &mut UserMemory, at: u64, to: &'a mut [u8]) -> &'a [u8] {
    let mut len = 0;
    while len < to.len() && memory.read(Ea(at + len as u64), &mut to[len..=len]).is_ok() {
        len += 1;
    }
    &to[..len]
}

fn quote(line: &mut String, bytes: &[u8], is_cut: bool) {
    let end = if is_cut { "\"..." } else { "\"" };
    let _ = write!(line, "\"{}{end}", bytes.escape_ascii());
}

fn quote_string(line: &mut String, memory: &mut UserMemory, at: u64) {
    let mut buffer = [0; SHOWN];
    let bytes = readable(memory, at, &mut buffer);
    match bytes.iter().position(|byte| *byte == 0) {
        Some(end) => quote(line, &bytes[..end], false),
        None if bytes.is_empty() => line.push_str(&format!("{at:#x}")),
        None => quote(line, bytes, true),
    }
}

fn quote_bytes(line: &mut String, memory: &mut UserMemory, at: u64, len: u64) {
    let mut buffer = [0; SHOWN];
    let wanted = len.min(SHOWN as u64) as usize;
    match readable(memory, at, &mut buffer[..wanted]) {
        [] if len > 0 => line.push_str(&format!("{at:#x}")),
        bytes => quote(line, bytes, len > bytes.len() as u64),
    }
}

fn quote_strings(line: &mut String, memory: &mut UserMemory, array: u64) {
    line.push('[');
    for n in 0..STRINGS as u64 {
        match memory.read_u64(Ea(array + 8 * n)) {
            Ok(0) | Err(_) => return line.push(']'),
            Ok(at) => {
                line.push_str(if n == 0 { "" } else { ", " });
                quote_string(line, memory, at);
            }
        }
    }
    line.push_str(", ...]");
}
