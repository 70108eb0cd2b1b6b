//! execve: what the program's arguments are.

use super::{Call, Errno, Outcome, Stop};
use crate::process::{Request, Strings};
use crate::syscall::UserMemory;
use vm::Ea;

/// Bytes of heap that the longest arguments need on their way: they are gathered
/// in growing buffers, and laid out as a stack before that is copied out.
const ROOM: usize = 2 << 20;

/// Pointers that are read at once.
const POINTERS: usize = 16;

/// execve(2): ELF files, and scripts that name one. Arguments and environment together may
/// have 128 KiB. An empty list of arguments becomes one empty argument, as in
/// Linux, so that no program finds argc 0.
pub fn execve(call: &mut Call) -> Outcome {
    call.kernel.afford_bytes(ROOM)?;
    let path = super::path::user_path(call, call.arg(0))?;
    let (argv, envp) = (call.arg(1), call.arg(2));
    let mut memory = call.memory();
    let mut args = strings(&mut memory, argv, 0)?;
    let env = strings(&mut memory, envp, args.size())?;
    if args.is_empty() {
        args.push(b"")?;
    }
    call.kernel.exec(
        call.tid,
        &Request {
            path: &path,
            args,
            env,
        },
    )?;
    Err(Stop::Gone)
}

/// Copies in the strings that an array ending in 0 points at. `used` bytes of
/// what they may have are taken. Linux reads a null array as an empty one.
fn strings(memory: &mut UserMemory, array: u64, used: usize) -> Result<Strings, Errno> {
    let mut strings = Strings::default();
    if array == 0 {
        return Ok(strings);
    }
    let mut at = array;
    loop {
        let mut pointers = [0; POINTERS];
        let count = memory.read_some_words(Ea(at), &mut pointers)?;
        for pointer in &pointers[..count] {
            if *pointer == 0 {
                return Ok(strings);
            }
            strings.read(memory, *pointer, used)?;
        }
        at = at.checked_add(8 * count as u64).ok_or(Errno::EFAULT)?;
    }
}
