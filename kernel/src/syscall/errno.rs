//! Error numbers.

use core::fmt;
use linux_raw_sys::errno as abi;
use vm::{Fault, VmError};

/// Why a system call failed: Linux's number for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Errno(u32);

macro_rules! errnos {
    ($($name:ident $text:literal),* $(,)?) => {
        impl Errno {
            $(#[doc = $text] pub const $name: Errno = Errno(abi::$name);)*
        }

        /// What each number that Quire gives is called and means.
        const NAMES: &[(Errno, &str, &str)] = &[$((Errno::$name, stringify!($name), $text)),*];
    };
}

errnos! {
    E2BIG "argument list too long",
    EACCES "permission denied",
    EAFNOSUPPORT "there is no such network",
    EAGAIN "try again",
    EBADF "bad file descriptor",
    EBUSY "in use",
    ECHILD "no child processes",
    EEXIST "it exists already",
    EFAULT "bad address",
    EFBIG "file too large",
    EINVAL "invalid argument",
    EINTR "interrupted by a signal",
    EISDIR "is a directory",
    ELIBBAD "its interpreter is not a program",
    ELOOP "too many symbolic links",
    EMFILE "too many open files",
    ENAMETOOLONG "name too long",
    ENODEV "no such device",
    ENOENT "no such file or directory",
    ENOEXEC "not a program",
    ENOMEM "out of memory",
    ENOSPC "no space left",
    ENOSYS "no such system call",
    ENOTDIR "not a directory",
    ENOTEMPTY "directory not empty",
    ENOTSOCK "not a socket",
    ENOTTY "not a terminal",
    ENXIO "no such device or address",
    EIO "input or output error",
    EOPNOTSUPP "operation not supported",
    EOVERFLOW "value too large",
    EPERM "operation not permitted",
    EPIPE "nobody reads from the pipe",
    ERANGE "result too large",
    EROFS "read-only file system",
    ESPIPE "cannot seek",
    ESRCH "no such process",
    ETIMEDOUT "timed out",
    ETXTBSY "the program is running, or being written",
    EXDEV "on another file system",
}

impl Errno {
    /// There is no frame for what a program was promised. No program sees this: a
    /// process dies, and the call is run again.
    pub const OUT_OF_FRAMES: Errno = Errno(u32::MAX);

    /// The same error of a call that asks for more memory, and so can be refused:
    /// nobody dies for it.
    pub fn of_a_request(self) -> Errno {
        match self {
            Errno::OUT_OF_FRAMES => Errno::ENOMEM,
            other => other,
        }
    }

    /// The number: 1 to 4095.
    pub fn raw(self) -> u32 {
        self.0
    }
}

impl Errno {
    /// What Linux calls it, if Quire gives it.
    pub fn name(self) -> &'static str {
        let known = NAMES.iter().find(|(errno, ..)| *errno == self);
        known.map_or("an error without a name", |(_, name, _)| name)
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.iter().find(|(errno, ..)| errno == self) {
            Some((_, name, text)) => write!(f, "{text} ({name})"),
            None => write!(f, "error {}", self.0),
        }
    }
}

impl From<VmError> for Errno {
    fn from(error: VmError) -> Errno {
        match error {
            VmError::NoMemory => Errno::ENOMEM,
            VmError::Invalid => Errno::EINVAL,
            VmError::Exists => Errno::EEXIST,
            VmError::NotMapped => Errno::EFAULT,
        }
    }
}

/// A failure of the kernel's own access to a program's memory.
impl From<Fault> for Errno {
    fn from(fault: Fault) -> Errno {
        match fault {
            Fault::NoMemory => Errno::OUT_OF_FRAMES,
            Fault::NotMapped | Fault::NotPermitted | Fault::PastEnd | Fault::Full => Errno::EFAULT,
        }
    }
}
