//! What is in files: reading and writing at any place, and their size.

use super::Fd;
use core::mem::MaybeUninit;
use linux_raw_sys::general::*;

/// A buffer of [`readv`] or [`writev`], as the kernel wants it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Piece {
    /// Its first address.
    pub base: usize,
    /// Its bytes.
    pub len: usize,
}

impl Piece {
    /// Bytes to write.
    pub fn of(bytes: &[u8]) -> Piece {
        Piece {
            base: bytes.as_ptr() as usize,
            len: bytes.len(),
        }
    }

    /// Room to read into.
    pub fn room(bytes: &mut [u8]) -> Piece {
        Piece {
            base: bytes.as_mut_ptr() as usize,
            len: bytes.len(),
        }
    }
}

calls! {
    /// Reads from `offset`; the position stays.
    pread(fd: Fd, buffer: &mut [u8], offset: i64) -> usize
        = __NR_pread64(fd, buffer.as_mut_ptr(), buffer.len(), offset);

    /// Writes at `offset`; the position stays.
    pwrite(fd: Fd, bytes: &[u8], offset: i64) -> usize
        = __NR_pwrite64(fd, bytes.as_ptr(), bytes.len(), offset);

    /// Writes several pieces, one after another.
    writev(fd: Fd, pieces: &[Piece]) -> usize
        = __NR_writev(fd, pieces.as_ptr(), pieces.len());

    /// Makes the file `len` bytes long: cuts it off, or adds zeros.
    ftruncate(fd: Fd, len: i64) = __NR_ftruncate(fd, len);

    /// Allocates or, by `mode` (FALLOC_FL_*), frees a part of a file.
    fallocate(fd: Fd, mode: u32, offset: i64, len: i64)
        = __NR_fallocate(fd, mode, offset, len);

    /// Waits until the file is safely stored.
    fsync(fd: Fd) = __NR_fsync(fd);

    /// As [`fsync`], but for what only describes the file.
    fdatasync(fd: Fd) = __NR_fdatasync(fd);

    /// Copies up to `count` bytes from one file to another, from `offset` or from
    /// its position.
    sendfile(to: Fd, from: Fd, offset: Option<&mut i64>, count: usize) -> usize
        = __NR_sendfile(to, from, offset.map_or(0, |at| &raw mut *at as usize), count);

    /// Does to an open file, or tells of it, what `command` (F_*) says.
    fcntl(fd: Fd, command: u32, argument: usize) -> usize = __NR_fcntl(fd, command, argument);

    /// Makes `new` a second number for the same open file, with O_CLOEXEC or not.
    dup3(fd: Fd, new: Fd, flags: u32) -> Fd = __NR_dup3(fd, new, flags);
}

calls! {
    unsafe
    /// Reads into several pieces, one after another.
    ///
    /// # Safety
    /// Rust code must not rely on what is in the pieces.
    readv(fd: Fd, pieces: &[Piece]) -> usize = __NR_readv(fd, pieces.as_ptr(), pieces.len());

    unsafe
    /// A device's own call.
    ///
    /// # Safety
    /// Rust code must not rely on what the call changes.
    ioctl(fd: Fd, request: u32, argument: usize) -> usize = __NR_ioctl(fd, request, argument);
}

/// What the kernel knows of the file `path`, from the directory `dir`: by `flags`
/// AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH.
pub fn fstatat(dir: Fd, path: &core::ffi::CStr, flags: u32) -> Result<stat, crate::Errno> {
    let mut info = MaybeUninit::<stat>::zeroed();
    let args = [
        dir as usize,
        path.as_ptr() as usize,
        info.as_mut_ptr() as usize,
        flags as usize,
    ];
    // SAFETY: the kernel writes one `stat`, for which zero bytes are good too.
    unsafe {
        super::call(__NR_newfstatat, &args)?;
        Ok(info.assume_init())
    }
}

/// What the kernel knows of the file `path`.
pub fn stat(path: &core::ffi::CStr) -> Result<stat, crate::Errno> {
    fstatat(AT_FDCWD, path, 0)
}

/// What the kernel knows of `path` itself, if it is a symbolic link.
pub fn lstat(path: &core::ffi::CStr) -> Result<stat, crate::Errno> {
    fstatat(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW)
}

/// As [`fstatat`], in statx's way: `mask` is of STATX_*.
pub fn statx(
    dir: Fd,
    path: &core::ffi::CStr,
    flags: u32,
    mask: u32,
) -> Result<statx, crate::Errno> {
    let mut info = MaybeUninit::<statx>::zeroed();
    let args = [
        dir as usize,
        path.as_ptr() as usize,
        flags as usize,
        mask as usize,
        info.as_mut_ptr() as usize,
    ];
    // SAFETY: the kernel writes one `statx`, for which zero bytes are good too.
    unsafe {
        super::call(__NR_statx, &args)?;
        Ok(info.assume_init())
    }
}
