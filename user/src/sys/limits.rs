//! Limits of what a process may have.

use super::Pid;
use linux_raw_sys::general::*;

/// A limit that is none.
pub const NO_LIMIT: u64 = u64::MAX;

/// What a process may have of something.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limit {
    /// What is enforced.
    pub soft: u64,
    /// How far the process may raise that.
    pub hard: u64,
}

calls! {
    /// Sets a process's limit, and tells what it was.
    prlimit(pid: Pid, resource: u32, new: Option<&Limit>, old: Option<&mut Limit>)
        = __NR_prlimit64(
            pid,
            resource,
            new.map_or(0, |limit| &raw const *limit as usize),
            old.map_or(0, |limit| &raw mut *limit as usize)
        );
}

/// The limit `resource` (RLIMIT_*) of this process.
pub fn getrlimit(resource: u32) -> Result<Limit, crate::Errno> {
    let mut limit = Limit::default();
    prlimit(0, resource, None, Some(&mut limit)).map(|()| limit)
}

/// Sets what is enforced; how far it may be raised stays.
pub fn limit_to(resource: u32, soft: u64) -> Result<(), crate::Errno> {
    let hard = getrlimit(resource)?.hard;
    prlimit(0, resource, Some(&Limit { soft, hard }), None)
}
