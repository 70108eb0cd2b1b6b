//! What the kernel does when files have been closed, and when pipes have changed.

use super::{Ino, Time};
use crate::process::{Wait, Waiters};
use crate::state::Kernel;

impl Kernel {
    /// The time, for a file.
    pub fn file_time(&self) -> Time {
        Time::new(self.clock.real_time())
    }

    /// Lets go of the files that nobody has any more. To be called before a program
    /// runs again.
    #[inline]
    pub fn settle_files(&mut self) {
        if !self.tree.is_settled() {
            self.let_go();
        }
    }

    #[cold]
    fn let_go(&mut self) {
        for pipe in self.tree.settle(&mut self.vm) {
            self.pipe_changed(pipe);
        }
    }

    /// A pipe has been filled, emptied, or closed at one end, or a counter or timer has
    /// changed: who waits for that looks again.
    #[inline]
    pub fn pipe_changed(&mut self, pipe: Ino) {
        let waiters = self.tree.get_mut(pipe).waiters.take();
        self.wake_if_any(pipe, waiters);
    }

    /// The same, where `waiters` have been taken out.
    #[inline]
    pub fn wake_if_any(&mut self, pipe: Ino, waiters: Waiters) {
        if (waiters, self.pollers) != (Waiters::Nobody, Waiters::Nobody) {
            self.wake_for(pipe, waiters);
        }
    }

    /// Lets `waiters` and all who poll look again at `pipe`.
    #[inline(never)]
    fn wake_for(&mut self, pipe: Ino, waiters: Waiters) {
        self.wake_waiters(waiters, |wait| match wait {
            Wait::Pipe(other) | Wait::Bytes(other, _) | Wait::Alarm(other, _) => *other == pipe,
            _ => false,
        });
        let pollers = self.pollers.take();
        self.wake_waiters(pollers, |wait| matches!(wait, Wait::Poll(_)));
    }
}
