//! Mappings.

use super::call;
use crate::Errno;
use linux_raw_sys::general::*;

/// Maps memory, as mmap(2) says; returns where.
///
/// # Safety
/// With MAP_FIXED, nothing that Rust code relies on may be in the range.
pub unsafe fn mmap(
    addr: usize,
    len: usize,
    prot: u32,
    flags: u32,
    fd: i32,
    offset: usize,
) -> Result<usize, Errno> {
    let args = [
        addr,
        len,
        prot as usize,
        flags as usize,
        fd as usize,
        offset,
    ];
    // SAFETY: by the caller's promise.
    unsafe { call(__NR_mmap, &args) }
}

/// Unmaps memory.
///
/// # Safety
/// Nothing that Rust code relies on may be in the range.
pub unsafe fn munmap(addr: usize, len: usize) -> Result<(), Errno> {
    // SAFETY: by the caller's promise.
    unsafe { call(__NR_munmap, &[addr, len]) }.map(drop)
}

/// Changes what may be done with memory.
///
/// # Safety
/// Nothing that Rust code relies on may be in the range.
pub unsafe fn mprotect(addr: usize, len: usize, prot: u32) -> Result<(), Errno> {
    // SAFETY: by the caller's promise.
    unsafe { call(__NR_mprotect, &[addr, len, prot as usize]) }.map(drop)
}

/// Moves the end of the heap to `end`, 0 to only ask. Returns where it is then,
/// which is not `end` if the kernel could not.
///
/// # Safety
/// Nothing that Rust code relies on may be in what is given back.
pub unsafe fn brk(end: usize) -> usize {
    // SAFETY: by the caller's promise. brk has no error numbers.
    unsafe { call(__NR_brk, &[end]) }.unwrap_or(0)
}
