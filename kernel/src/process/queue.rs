//! The run queue: who runs and who is next.
//!
//! Each thread that can run is either the one that runs or in the queue, once.
//! The order is round robin: at each tick the one that runs goes to the end.

use super::Tid;
use alloc::collections::VecDeque;

/// Who runs and who is next.
pub struct RunQueue {
    running: Option<Tid>,
    waiting: VecDeque<Tid>,
}

impl RunQueue {
    /// Nobody can run.
    pub const fn new() -> RunQueue {
        RunQueue {
            running: None,
            waiting: VecDeque::new(),
        }
    }

    /// Who runs; `None` when the machine is idle.
    pub fn running(&self) -> Option<Tid> {
        self.running
    }

    /// Adds a thread that can run, as the last.
    pub fn add(&mut self, tid: Tid) {
        self.waiting.push_back(tid);
    }

    /// Lets `tid` run now, and the one that ran right after it.
    pub fn run_first(&mut self, tid: Tid) {
        if let Some(before) = self.running.replace(tid) {
            self.waiting.push_front(before);
        }
    }

    /// Takes out a thread that cannot run any more.
    #[inline]
    pub fn remove(&mut self, tid: Tid) {
        match self.running == Some(tid) {
            true => self.running = None,
            false => self.remove_waiting(tid),
        }
    }

    #[inline(never)]
    fn remove_waiting(&mut self, tid: Tid) {
        self.waiting.retain(|other| *other != tid);
    }

    /// The thread `from`, which runs, has the number `to` from now on.
    pub fn rename(&mut self, from: Tid, to: Tid) {
        if self.running == Some(from) {
            self.running = Some(to);
        }
    }

    /// The one that runs goes to the end of the queue; which changes nothing if it is alone.
    pub fn rotate(&mut self) {
        if !self.waiting.is_empty()
            && let Some(tid) = self.running.take()
        {
            self.waiting.push_back(tid);
        }
    }

    /// Who is to run: the one that runs already, else the first in the queue.
    pub fn choose(&mut self) -> Option<Tid> {
        self.running = self.running.or_else(|| self.waiting.pop_front());
        self.running
    }

    /// Gives back the memory of an empty queue.
    pub fn shrink(&mut self) {
        self.waiting.shrink_to_fit();
    }
}
