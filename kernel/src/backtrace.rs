//! Who called whom: the chain of stack frames.
//!
//! In the ELFv2 ABI the doubleword at r1 is the address of the caller's stack frame,
//! and 16 bytes into a frame its owner's callee has put the return address ("The Stack
//! Frame"). Whatever is not inside one of our stacks ends the walk, so that a smashed
//! stack cannot fault again.

use crate::arch;
use crate::symbols::{self, Symbol};
use core::ops::Range;

/// The most callers that are printed.
const DEEPEST: usize = 40;

/// Prints the function of the instruction at `nip`, and those that called it, as the
/// stack at `stack` has them.
pub fn print(nip: u64, stack: u64) {
    println!("backtrace:");
    line(nip, symbols::find(nip));
    let frames = core::iter::successors(Some(stack), |&frame| caller_of(frame));
    let returns = frames
        .skip(1)
        .map_while(|frame| read(frame.checked_add(16)?));
    for address in returns.take(DEEPEST) {
        // A call can be the last instruction of a function.
        line(address, symbols::find(address.wrapping_sub(4)));
    }
}

fn line(address: u64, symbol: Option<Symbol>) {
    match symbol {
        Some(symbol) => println!("  {address:016x}  {} + {:#x}", symbol.name, symbol.offset),
        None => println!("  {address:016x}"),
    }
}

/// The stack grows down, so a caller's frame lies above.
fn caller_of(frame: u64) -> Option<u64> {
    read(frame).filter(|&caller| caller > frame)
}

/// The doubleword at `address`, if that lies in one of our stacks.
fn read(address: u64) -> Option<u64> {
    let end = address.checked_add(8)?;
    let inside = |stack: &Range<u64>| stack.start <= address && end <= stack.end;
    if !address.is_multiple_of(8) || !arch::stacks().iter().any(inside) {
        return None;
    }
    // SAFETY: aligned, and all of our stacks is mapped.
    Some(unsafe { (address as *const u64).read_volatile() })
}
