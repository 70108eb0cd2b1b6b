//! Job control: processes that are stopped and go on.

use super::{Flags, Info, Pid, Signal, State, Target, Tid, Wait};
use crate::state::Kernel;

/// Whether a process is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// It is not.
    Running,
    /// None of its threads runs in its program until SIGCONT.
    Stopped,
}

/// What a parent can wait for besides the end of its child (wait(2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// WUNTRACED: it was stopped by this signal.
    Stopped(Signal),
    /// WCONTINUED: it goes on.
    Continued,
}

impl Kernel {
    /// `pid` is stopped by `signal`, and its parent told.
    pub fn stop(&mut self, pid: Pid, signal: Signal) {
        let process = self.process_mut(pid);
        process.job = Job::Stopped;
        process.report = Some(Report::Stopped(signal));
        self.tell_parent(pid, Info::child_stopped(pid, signal));
    }

    /// If `pid` is stopped, it goes on, and its parent is told.
    pub fn go_on(&mut self, pid: Pid) {
        if self.process(pid).job == Job::Stopped {
            self.go_on_to_die(pid);
            self.process_mut(pid).report = Some(Report::Continued);
            self.tell_parent(pid, Info::child_continued(pid));
        }
    }

    /// If `pid` is stopped, it goes on, but nobody is told: it is about to be killed.
    pub fn go_on_to_die(&mut self, pid: Pid) {
        let process = self.process_mut(pid);
        if process.job == Job::Running {
            return;
        }
        process.job = Job::Running;
        process.report = None;
        for tid in self.runnable(pid) {
            // Some were taken out of the queue when their turn came, others not yet.
            self.queue.remove(tid);
            self.queue.add(tid);
        }
    }

    fn runnable(&self, pid: Pid) -> alloc::vec::Vec<Tid> {
        let waits = |state: &State| matches!(state, State::Waiting(_));
        self.processes
            .tids(|task| task.pid == pid && !waits(&task.state))
    }

    fn tell_parent(&mut self, pid: Pid, info: Info) {
        let parent = self.process(pid).parent;
        let Some(process) = self.processes.get(parent) else {
            return;
        };
        if !process
            .actions
            .get(Signal::CHLD)
            .flags
            .contains(Flags::NOCLDSTOP)
        {
            // SIGCHLD is not real-time: it is never refused.
            let _ = self.signal(Target::Process(parent), info);
        }
        self.wake_process(parent, |wait| *wait == Wait::Child);
    }
}
