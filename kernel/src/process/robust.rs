//! Robust futexes: locks whose holder has died (get_robust_list(2); Linux,
//! Documentation/locking/robust-futex-ABI.rst).
//!
//! The program keeps the list, so nothing in it is believed: the walk ends at the first
//! address that is not there, and after 2048 locks.

use super::Tid;
use crate::state::Kernel;
use crate::syscall::{Errno, UserMemory};
use linux_raw_sys::general::{FUTEX_OWNER_DIED, FUTEX_TID_MASK, FUTEX_WAITERS};
use vm::{Ea, SpaceId};

/// Locks that are looked at: Linux's ROBUST_LIST_LIMIT.
const LIMIT: usize = 2048;

/// struct robust_list_head.
struct Head {
    first: u64,
    /// From a lock's place in the list to its futex.
    offset: u64,
    /// A lock that was being taken or given back.
    pending: u64,
}

/// A lock on the list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lock {
    Listed,
    Pending,
}

impl Kernel {
    /// Lets the locks go that `tid` holds: it ends, or has a new program.
    pub fn release_robust(&mut self, tid: Tid) {
        let task = self.task_mut(tid);
        let (pid, head) = (task.pid, core::mem::take(&mut task.robust_list));
        if head != 0 {
            let space = self.process(pid).space();
            // The list ends where it cannot be read: nobody is left to be told.
            let _ = self.walk_robust(space, tid, head);
        }
    }

    fn walk_robust(&mut self, space: SpaceId, tid: Tid, at: u64) -> Result<(), Errno> {
        let mut memory = UserMemory::new(&mut self.vm, space);
        let head = Head {
            first: memory.read_u64(Ea(at))?,
            offset: memory.read_u64(Ea(at.wrapping_add(8)))?,
            pending: memory.read_u64(Ea(at.wrapping_add(16)))?,
        };
        let mut entry = head.first;
        for _ in 0..LIMIT {
            if entry == at {
                break;
            }
            // Before it wakes somebody: then the lock is theirs.
            let next = UserMemory::new(&mut self.vm, space).read_u64(Ea(entry & !1));
            if !is_pi(entry) && entry != head.pending {
                self.owner_died(space, tid, entry.wrapping_add(head.offset), Lock::Listed)?;
            }
            entry = next?;
        }
        if head.pending != 0 && !is_pi(head.pending) {
            let at = head.pending.wrapping_add(head.offset);
            self.owner_died(space, tid, at, Lock::Pending)?;
        }
        Ok(())
    }

    /// The thread `tid` has died. If it holds the lock at `at`, one who waits for
    /// that has it now, and sees that its holder died.
    fn owner_died(&mut self, space: SpaceId, tid: Tid, at: u64, lock: Lock) -> Result<(), Errno> {
        if !at.is_multiple_of(4) {
            return Err(Errno::EINVAL);
        }
        let mut memory = UserMemory::new(&mut self.vm, space);
        let value = memory.read_u32(Ea(at))?;
        // It was given back, but whoever waits may not have been woken.
        if lock == Lock::Pending && value == 0 {
            self.futex_wake_at(space, at);
            return Ok(());
        }
        if value & FUTEX_TID_MASK != tid.raw() {
            return Ok(());
        }
        let left = (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED;
        memory.write(Ea(at), &left.to_ne_bytes())?;
        if value & FUTEX_WAITERS != 0 {
            self.futex_wake_at(space, at);
        }
        Ok(())
    }
}

/// Bit 0 marks a lock with priority inheritance, which Quire does not have.
fn is_pi(entry: u64) -> bool {
    entry & 1 != 0
}
