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

calls! {
    unsafe
    /// Moves or resizes a mapping, as mremap(2) says; returns where it is then.
    ///
    /// # Safety
    /// Nothing that Rust code relies on may be in the old range, nor in the new one.
    mremap(old: usize, old_len: usize, new_len: usize, flags: u32, new: usize) -> usize
        = __NR_mremap(old, old_len, new_len, flags, new);

    unsafe
    /// Advises the kernel about memory, as madvise(2) says.
    ///
    /// # Safety
    /// Nothing that Rust code relies on may be in the range: advice can clear it.
    madvise(addr: usize, len: usize, advice: u32) = __NR_madvise(addr, len, advice);
}

calls! {
    /// Writes a mapping's changes to its file: MS_SYNC, MS_ASYNC, MS_INVALIDATE.
    msync(addr: usize, len: usize, flags: u32) = __NR_msync(addr, len, flags);

    /// Says of each page whether it is resident: bit 0 of a byte of `pages` each.
    mincore(addr: usize, len: usize, pages: &mut [u8])
        = __NR_mincore(addr, len, pages.as_mut_ptr());

    /// Keeps pages resident, from now on.
    mlock(addr: usize, len: usize) = __NR_mlock(addr, len);

    /// Keeps pages resident; with MLOCK_ONFAULT once they are touched.
    mlock2(addr: usize, len: usize, flags: u32) = __NR_mlock2(addr, len, flags);

    /// Ends what [`mlock`] began.
    munlock(addr: usize, len: usize) = __NR_munlock(addr, len);

    /// Keeps all pages resident: MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT.
    mlockall(flags: u32) = __NR_mlockall(flags);

    /// Ends what [`mlockall`] and [`mlock`] began.
    munlockall() = __NR_munlockall();
}
