//! Names: making, moving and removing them.

use super::Fd;
use core::ffi::CStr;
use linux_raw_sys::general::*;

calls! {
    /// Opens `path` as `flags` say; a file that O_CREAT makes gets the rights `mode`.
    create(path: &CStr, flags: u32, mode: u32) -> Fd
        = __NR_open(path.as_ptr(), flags | O_CREAT, mode);

    /// Makes a directory.
    mkdir(path: &CStr, mode: u32) = __NR_mkdir(path.as_ptr(), mode);

    /// Makes a directory, from the directory `dir`.
    mkdirat(dir: Fd, path: &CStr, mode: u32) = __NR_mkdirat(dir, path.as_ptr(), mode);

    /// Removes an empty directory.
    rmdir(path: &CStr) = __NR_rmdir(path.as_ptr());

    /// Removes a name, and the file with its last name.
    unlink(path: &CStr) = __NR_unlink(path.as_ptr());

    /// Removes a name from the directory `dir`, a directory's with AT_REMOVEDIR.
    unlinkat(dir: Fd, path: &CStr, flags: u32) = __NR_unlinkat(dir, path.as_ptr(), flags);

    /// Gives a file another name.
    rename(old: &CStr, new: &CStr) = __NR_rename(old.as_ptr(), new.as_ptr());

    /// Gives a file another name, by `flags` RENAME_NOREPLACE or RENAME_EXCHANGE.
    renameat2(from: Fd, old: &CStr, to: Fd, new: &CStr, flags: u32)
        = __NR_renameat2(from, old.as_ptr(), to, new.as_ptr(), flags);

    /// Gives a file one more name.
    link(old: &CStr, new: &CStr) = __NR_link(old.as_ptr(), new.as_ptr());

    /// Gives a file one more name, by way of directories.
    linkat(from: Fd, old: &CStr, to: Fd, new: &CStr, flags: u32)
        = __NR_linkat(from, old.as_ptr(), to, new.as_ptr(), flags);

    /// Makes `path` a symbolic link to `target`, which need not exist.
    symlink(target: &CStr, path: &CStr) = __NR_symlink(target.as_ptr(), path.as_ptr());

    /// What a symbolic link says; cut off where `buffer` ends.
    readlink(path: &CStr, buffer: &mut [u8]) -> usize
        = __NR_readlink(path.as_ptr(), buffer.as_mut_ptr(), buffer.len());

    /// Makes the file `len` bytes long.
    truncate(path: &CStr, len: i64) = __NR_truncate(path.as_ptr(), len);

    /// Whether the file is there, and may be used as `mode` says: bits of 4 read,
    /// 2 write, 1 execute.
    access(path: &CStr, mode: u32) = __NR_access(path.as_ptr(), mode);

    /// As [`access`], from the directory `dir`.
    faccessat(dir: Fd, path: &CStr, mode: u32) = __NR_faccessat(dir, path.as_ptr(), mode);

    /// Changes a file's rights.
    chmod(path: &CStr, mode: u32) = __NR_chmod(path.as_ptr(), mode);

    /// The directory that relative paths start from, with a NUL; the length with it.
    getcwd(buffer: &mut [u8]) -> usize = __NR_getcwd(buffer.as_mut_ptr(), buffer.len());

    /// Makes the open directory the one that relative paths start from.
    fchdir(fd: Fd) = __NR_fchdir(fd);

    /// A file with no name in any directory.
    memfd_create(name: &CStr, flags: u32) -> Fd = __NR_memfd_create(name.as_ptr(), flags);
}
