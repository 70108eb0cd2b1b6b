//! execve: what the program's arguments are.

use super::path::read_path;
use super::{Call, Errno, Outcome, Stop, UserMemory};
use crate::process::{ARG_MAX, Request, Strings};
use alloc::vec::Vec;
use vm::Ea;

/// Bytes of heap that the longest arguments need on their way: they are gathered
/// in growing buffers, and laid out as a stack before that is copied out.
const ROOM: usize = 2 << 20;
/// Arguments for which there is room as long as the heap is not low.
const FEW: usize = 16 << 10;

/// Pointers that are read at once.
const POINTERS: usize = 16;

/// execve(2): ELF files, and scripts that name one. Arguments and environment together may
/// have 128 KiB. An empty list of arguments becomes one empty argument, as in
/// Linux, so that no program finds argc 0.
pub fn execve(call: &mut Call) -> Outcome {
    call.kernel.afford()?;
    let [path, argv, envp] = [0, 1, 2].map(|n| call.arg(n));
    let mut memory = call.memory();
    // The two arrays are often in one page, and the strings in another.
    let mut pointers = Vec::with_capacity(POINTERS);
    gather(&mut memory, argv, &mut pointers)?;
    let count = pointers.len();
    gather(&mut memory, envp, &mut pointers)?;
    let path = read_path(&mut memory, path)?;
    let mut args = strings(&mut memory, &pointers[..count], 0)?;
    let env = strings(&mut memory, &pointers[count..], args.size())?;
    if args.is_empty() {
        args.push(b"")?;
    }
    if args.size() + env.size() > FEW {
        call.kernel.afford_bytes(ROOM)?;
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

/// Copies in an array of pointers that ends in 0. Linux reads a null array as an empty
/// one.
fn gather(memory: &mut UserMemory, array: u64, all: &mut Vec<u64>) -> Result<(), Errno> {
    let mut at = array;
    while at != 0 {
        let mut words = [0; POINTERS];
        let count = memory.read_some_words(Ea(at), &mut words)?;
        let words = &words[..count];
        let end = words.iter().position(|word| *word == 0);
        all.extend_from_slice(&words[..end.unwrap_or(count)]);
        if end.is_some() {
            break;
        }
        if 8 * all.len() > ARG_MAX {
            return Err(Errno::E2BIG);
        }
        at = at.checked_add(8 * count as u64).ok_or(Errno::EFAULT)?;
    }
    Ok(())
}

/// Copies in the strings at `pointers`. `used` bytes of what they may have are taken.
fn strings(memory: &mut UserMemory, pointers: &[u64], used: usize) -> Result<Strings, Errno> {
    let mut strings = Strings::default();
    for pointer in pointers {
        strings.read(memory, *pointer, used)?;
    }
    Ok(strings)
}
