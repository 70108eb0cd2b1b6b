//! Files.

use super::call;
use crate::Errno;
use core::ffi::CStr;
use core::mem::MaybeUninit;
use linux_raw_sys::general::*;

/// A file descriptor's number.
pub type Fd = i32;

/// Opens `path` for reading and writing as `flags` (O_*) say.
pub fn open(path: &CStr, flags: u32) -> Result<Fd, Errno> {
    // SAFETY: the kernel only reads the path.
    unsafe { call(__NR_open, &[path.as_ptr() as usize, flags as usize, 0]) }.map(|fd| fd as Fd)
}

/// Opens `path` relative to the open directory `dir`, or AT_FDCWD.
pub fn openat(dir: Fd, path: &CStr, flags: u32) -> Result<Fd, Errno> {
    // SAFETY: the kernel only reads the path.
    unsafe {
        call(
            __NR_openat,
            &[dir as usize, path.as_ptr() as usize, flags as usize, 0],
        )
    }
    .map(|fd| fd as Fd)
}

/// Closes a file descriptor.
pub fn close(fd: Fd) -> Result<(), Errno> {
    // SAFETY: no memory is concerned.
    unsafe { call(__NR_close, &[fd as usize]) }.map(drop)
}

/// Reads up to `buffer.len()` bytes; 0 at the end.
pub fn read(fd: Fd, buffer: &mut [u8]) -> Result<usize, Errno> {
    // SAFETY: the kernel writes to the buffer and no further.
    unsafe { read_at(fd, buffer.as_mut_ptr() as usize, buffer.len()) }
}

/// Reads to any address.
///
/// # Safety
/// Rust code must not rely on what is there.
pub unsafe fn read_at(fd: Fd, address: usize, len: usize) -> Result<usize, Errno> {
    // SAFETY: by the caller's promise.
    unsafe { call(__NR_read, &[fd as usize, address, len]) }
}

/// Writes up to `bytes.len()` bytes; returns how many.
pub fn write(fd: Fd, bytes: &[u8]) -> Result<usize, Errno> {
    write_from(fd, bytes.as_ptr() as usize, bytes.len())
}

/// Writes from any address. The kernel refuses what it cannot read.
pub fn write_from(fd: Fd, address: usize, len: usize) -> Result<usize, Errno> {
    // SAFETY: the kernel only reads the memory.
    unsafe { call(__NR_write, &[fd as usize, address, len]) }
}

/// Writes all of `bytes`.
pub fn write_all(fd: Fd, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        bytes = &bytes[write(fd, bytes)?..];
    }
    Ok(())
}

/// Moves the position; returns where it is then, from the file's start.
pub fn lseek(fd: Fd, offset: i64, whence: u32) -> Result<usize, Errno> {
    // SAFETY: no memory is concerned.
    unsafe { call(__NR_lseek, &[fd as usize, offset as usize, whence as usize]) }
}

/// A second number for the same open file: the lowest free one.
pub fn dup(fd: Fd) -> Result<Fd, Errno> {
    // SAFETY: no memory is concerned.
    unsafe { call(__NR_dup, &[fd as usize]) }.map(|fd| fd as Fd)
}

/// Makes `new` a second number for the same open file.
pub fn dup2(fd: Fd, new: Fd) -> Result<Fd, Errno> {
    // SAFETY: no memory is concerned.
    unsafe { call(__NR_dup2, &[fd as usize, new as usize]) }.map(|fd| fd as Fd)
}

/// What the kernel knows of an open file.
pub fn fstat(fd: Fd) -> Result<stat, Errno> {
    let mut info = MaybeUninit::<stat>::zeroed();
    // SAFETY: the kernel writes one `stat`, for which zero bytes are good too.
    unsafe {
        call(__NR_fstat, &[fd as usize, info.as_mut_ptr() as usize])?;
        Ok(info.assume_init())
    }
}

/// Makes `path` the directory that relative paths start from.
pub fn chdir(path: &CStr) -> Result<(), Errno> {
    // SAFETY: the kernel only reads the path.
    unsafe { call(__NR_chdir, &[path.as_ptr() as usize]) }.map(drop)
}

/// Reads directory entries as they come from the kernel: see [`entries`].
pub fn getdents64(fd: Fd, buffer: &mut [u8]) -> Result<usize, Errno> {
    // SAFETY: the kernel writes to the buffer and no further.
    unsafe {
        call(
            __NR_getdents64,
            &[fd as usize, buffer.as_mut_ptr() as usize, buffer.len()],
        )
    }
}

/// One entry of a directory.
pub struct Entry<'a> {
    /// Its name.
    pub name: &'a CStr,
    /// DT_DIR, DT_REG and so on.
    pub kind: u8,
}

/// The entries in `buffer`, which [`getdents64`] filled: each has an inode
/// number and an offset (8 bytes each), its own length (2), a kind (1) and its
/// name.
pub fn entries(mut buffer: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    core::iter::from_fn(move || {
        let head = buffer.get(..19)?;
        let len = u16::from_ne_bytes([head[16], head[17]]) as usize;
        let (entry, rest) = buffer.split_at_checked(len)?;
        buffer = rest;
        Some(Entry {
            name: CStr::from_bytes_until_nul(entry.get(19..)?).ok()?,
            kind: head[18],
        })
    })
}
