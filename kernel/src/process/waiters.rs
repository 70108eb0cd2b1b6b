//! Who is to be looked at when something changes.

use super::{Tid, Wait};
use crate::state::Kernel;

/// Who has begun to wait for something since it last changed: nobody, one thread, or more.
/// More are not kept apart: all threads are looked at then. So it needs no memory. It may
/// name a thread that has stopped waiting for another reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Waiters {
    /// Nobody.
    #[default]
    Nobody,
    /// This thread.
    One(Tid),
    /// More than one.
    Several,
}

impl Waiters {
    /// `tid` begins to wait.
    pub fn add(&mut self, tid: Tid) {
        *self = match *self {
            Waiters::Nobody => Waiters::One(tid),
            Waiters::One(other) if other == tid => Waiters::One(tid),
            _ => Waiters::Several,
        };
    }

    /// All that have. They are woken.
    pub fn take(&mut self) -> Waiters {
        core::mem::take(self)
    }
}

impl Kernel {
    /// What those of `waiters` wait for that `over` holds for is over.
    #[inline]
    pub fn wake_waiters(&mut self, waiters: Waiters, over: impl Fn(&Wait) -> bool) {
        match waiters {
            Waiters::Nobody => {}
            Waiters::One(tid) => self.wake(tid, over),
            Waiters::Several => self.wake_all(over),
        }
    }

    /// Notes that `tid` begins to wait for `wait`, where that is looked up later.
    pub fn note_waiter(&mut self, tid: Tid, wait: &Wait) {
        match wait {
            Wait::Pipe(ino) | Wait::Bytes(ino, _) | Wait::Alarm(ino, _) => {
                self.tree.get_mut(*ino).waiters.add(tid);
            }
            Wait::Poll(_) => self.pollers.add(tid),
            _ => {}
        }
    }
}
