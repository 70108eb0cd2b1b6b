//! What can go wrong, in the terms of the virtual memory.

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VmError {
    /// ENOMEM: out of frames, of heap, of VSIDs or of address space; or a range
    /// with a hole where there must be none.
    NoMemory,
    /// EINVAL: an address or a length that is not in pages, empty, or outside
    /// what a program may map.
    Invalid,
    /// EEXIST: something is mapped there already.
    Exists,
    /// EFAULT: what should be moved is not mapped, or not as one.
    NotMapped,
}

/// Why an access cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No region: SIGSEGV, SEGV_MAPERR.
    NotMapped,
    /// The region does not allow it: SIGSEGV, SEGV_ACCERR.
    NotPermitted,
    /// Past the end of the object: SIGBUS, BUS_ADRERR.
    PastEnd,
    /// Nobody's death would give these frames back, and there are as many of such as
    /// may be ([`crate::Limits::kept`]): SIGBUS, or ENOSPC for a file's writer.
    Full,
    /// Out of memory: SIGKILL.
    NoMemory,
}

/// What a program tried to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A load.
    Read,
    /// A store.
    Write,
    /// An instruction fetch.
    Fetch,
}

impl From<VmError> for Fault {
    fn from(_: VmError) -> Fault {
        Fault::NoMemory
    }
}

/// Errors that freeing some memory might mend.
pub(crate) trait LacksMemory {
    fn lacks_memory(&self) -> bool;
}

impl LacksMemory for VmError {
    fn lacks_memory(&self) -> bool {
        *self == VmError::NoMemory
    }
}

impl LacksMemory for Fault {
    fn lacks_memory(&self) -> bool {
        *self == Fault::NoMemory
    }
}
