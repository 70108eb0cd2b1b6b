//! The run queue: who runs and who is next.
//!
//! Each process that can run is either the one that runs or in the queue, once.
//! The order is round robin: at each tick the one that runs goes to the end.

use super::Pid;
use alloc::collections::VecDeque;

/// Who runs and who is next.
pub struct RunQueue {
    running: Option<Pid>,
    waiting: VecDeque<Pid>,
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
    pub fn running(&self) -> Option<Pid> {
        self.running
    }

    /// Adds a process that can run, as the last.
    pub fn add(&mut self, pid: Pid) {
        self.waiting.push_back(pid);
    }

    /// Lets `pid` run now, and the one that ran right after it.
    pub fn run_first(&mut self, pid: Pid) {
        if let Some(before) = self.running.replace(pid) {
            self.waiting.push_front(before);
        }
    }

    /// Takes out a process that cannot run any more.
    pub fn remove(&mut self, pid: Pid) {
        if self.running == Some(pid) {
            self.running = None;
        } else {
            self.waiting.retain(|other| *other != pid);
        }
    }

    /// The one that runs goes to the end of the queue.
    pub fn rotate(&mut self) {
        if let Some(pid) = self.running.take() {
            self.waiting.push_back(pid);
        }
    }

    /// Who is to run: the one that runs already, else the first in the queue.
    pub fn choose(&mut self) -> Option<Pid> {
        self.running = self.running.or_else(|| self.waiting.pop_front());
        self.running
    }

    /// Gives back the memory of an empty queue.
    pub fn shrink(&mut self) {
        self.waiting.shrink_to_fit();
    }
}
