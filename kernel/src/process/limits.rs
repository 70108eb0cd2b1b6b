//! Resource limits (getrlimit(2)).
//!
//! Enforced are RLIMIT_AS, RLIMIT_DATA and RLIMIT_STACK by the virtual memory,
//! RLIMIT_NOFILE where descriptors are given out, and RLIMIT_SIGPENDING where signals
//! are queued. RLIMIT_NPROC does not bind root, as in Linux, and everybody is root. The
//! others are kept and told.

use super::Pid;
use crate::fs::Descriptors;
use crate::state::Kernel;
use alloc::sync::Arc;
use linux_raw_sys::general as abi;
use vm::Bounds;

/// How many there are.
pub const RLIMITS: usize = 16;
/// No limit.
pub const INFINITY: u64 = u64::MAX;
/// The number of RLIMIT_NOFILE.
pub const RLIMIT_NOFILE: usize = abi::RLIMIT_NOFILE as usize;
/// The number of RLIMIT_SIGPENDING.
pub const RLIMIT_SIGPENDING: usize = abi::RLIMIT_SIGPENDING as usize;

/// A limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What binds.
    pub soft: u64,
    /// What the soft one can be raised to.
    pub hard: u64,
}

/// All of a process's limits, by Linux's numbers.
#[derive(Clone, Debug)]
pub struct Limits([Limit; RLIMITS]);

impl Limits {
    /// Limit `number`, which is below [`RLIMITS`].
    pub fn get(&self, number: usize) -> Limit {
        self.0[number]
    }

    /// Its soft value.
    pub fn soft(&self, number: usize) -> u64 {
        self.0[number].soft
    }

    fn set(&mut self, number: usize, limit: Limit) {
        self.0[number] = limit;
    }
}

impl Kernel {
    /// Sets limit `number` of `pid`. What is mapped already stays mapped.
    pub fn set_limit(&mut self, pid: Pid, number: usize, limit: Limit) {
        let process = self.process_mut(pid);
        // A copy of what its parent has too is small, and at most one for each process: it
        // is not refused.
        Arc::make_mut(&mut process.limits).set(number, limit);
        if number == RLIMIT_NOFILE {
            process.files.set_limit(limit.soft);
        }
        // Memory that a parent has lent is bound by the parent's limits.
        if Arc::strong_count(&process.space) == 1 {
            let (space, bounds) = (process.space(), process.limits.bounds());
            self.vm.set_bounds(space, bounds);
        }
    }
}

impl Limits {
    /// What binds the virtual memory.
    pub fn bounds(&self) -> Bounds {
        Bounds {
            address_space: self.soft(abi::RLIMIT_AS as usize),
            data: self.soft(abi::RLIMIT_DATA as usize),
            stack: self.soft(abi::RLIMIT_STACK as usize),
        }
    }
}

impl Default for Limits {
    fn default() -> Limits {
        let both = |value| Limit {
            soft: value,
            hard: value,
        };
        let soft = |value| Limit {
            soft: value,
            hard: INFINITY,
        };
        let mut limits = [both(INFINITY); RLIMITS];
        let mut set = |number: u32, limit| limits[number as usize] = limit;
        set(abi::RLIMIT_STACK, soft(8 << 20));
        set(abi::RLIMIT_CORE, soft(0));
        let files = Limit {
            soft: Descriptors::LIMIT,
            hard: Descriptors::MOST,
        };
        set(abi::RLIMIT_NOFILE, files);
        set(abi::RLIMIT_NPROC, both(super::MAX_TASKS as u64));
        set(
            abi::RLIMIT_SIGPENDING,
            both(super::signals::QUEUE_LIMIT as u64),
        );
        set(abi::RLIMIT_MSGQUEUE, both(0));
        set(abi::RLIMIT_NICE, both(0));
        set(abi::RLIMIT_RTPRIO, both(0));
        Limits(limits)
    }
}
