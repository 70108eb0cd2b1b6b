//! Error numbers, with names.

use core::fmt;
use linux_raw_sys::errno::*;

/// Why a system call was refused: one of `linux_raw_sys::errno`, 1 to 4095.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Errno(pub u32);

/// The numbers that these programs may meet, with their meaning.
const NAMES: &[(u32, &str, &str)] = &[
    (E2BIG, "E2BIG", "argument list too long"),
    (EACCES, "EACCES", "permission denied"),
    (EAGAIN, "EAGAIN", "try again"),
    (EBADF, "EBADF", "bad file descriptor"),
    (EBUSY, "EBUSY", "busy"),
    (ECHILD, "ECHILD", "no child processes"),
    (EDEADLK, "EDEADLK", "resource deadlock avoided"),
    (EEXIST, "EEXIST", "it exists already"),
    (EFAULT, "EFAULT", "bad address"),
    (EFBIG, "EFBIG", "file too large"),
    (EIDRM, "EIDRM", "identifier removed"),
    (EINTR, "EINTR", "interrupted"),
    (EINVAL, "EINVAL", "invalid argument"),
    (EIO, "EIO", "input or output error"),
    (EISDIR, "EISDIR", "is a directory"),
    (ELOOP, "ELOOP", "too many symbolic links"),
    (EMFILE, "EMFILE", "too many open files"),
    (EMLINK, "EMLINK", "too many links"),
    (ENAMETOOLONG, "ENAMETOOLONG", "name too long"),
    (ENFILE, "ENFILE", "too many open files in the system"),
    (ENODEV, "ENODEV", "no such device"),
    (ENOENT, "ENOENT", "no such file or directory"),
    (ENOEXEC, "ENOEXEC", "not a program"),
    (ENOMEM, "ENOMEM", "out of memory"),
    (ENOSPC, "ENOSPC", "no space left"),
    (ENOSYS, "ENOSYS", "no such system call"),
    (ENOTDIR, "ENOTDIR", "not a directory"),
    (ENOTEMPTY, "ENOTEMPTY", "directory not empty"),
    (ENOTTY, "ENOTTY", "not a terminal"),
    (ENXIO, "ENXIO", "no such device"),
    (EOPNOTSUPP, "EOPNOTSUPP", "operation not supported"),
    (EOVERFLOW, "EOVERFLOW", "value too large"),
    (EPERM, "EPERM", "operation not permitted"),
    (EPIPE, "EPIPE", "broken pipe"),
    (ERANGE, "ERANGE", "result out of range"),
    (EROFS, "EROFS", "read-only file system"),
    (ESPIPE, "ESPIPE", "cannot seek"),
    (ESRCH, "ESRCH", "no such process"),
    (ETIMEDOUT, "ETIMEDOUT", "timed out"),
    (ETXTBSY, "ETXTBSY", "the program is running"),
    (EXDEV, "EXDEV", "it is on another file system"),
];

impl Errno {
    fn entry(self) -> Option<&'static (u32, &'static str, &'static str)> {
        NAMES.iter().find(|(number, ..)| *number == self.0)
    }

    /// What a person wants to read: "no such file or directory".
    pub fn meaning(self) -> &'static str {
        self.entry()
            .map_or("unknown error", |(_, _, meaning)| meaning)
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.entry() {
            Some((_, name, _)) => f.write_str(name),
            None => write!(f, "errno {}", self.0),
        }
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.meaning())
    }
}
