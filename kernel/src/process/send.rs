//! How a signal is sent: whether it counts at all, where it is kept, and who is
//! woken for it (signal(7), "Queueing and delivery semantics").

use super::limits::RLIMIT_SIGPENDING;
use super::{
    Default, Handler, INIT, Info, Interruption, Pid, SigSet, Signal, State, Task, Tid, Wait,
};
use crate::state::Kernel;
use crate::syscall::Errno;

/// To whom a signal goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Whichever thread of a process takes it first.
    Process(Pid),
    /// One thread.
    Thread(Tid),
}

impl Kernel {
    /// Sends `signal` to a process, from the kernel. It is seen before the process
    /// goes on in its program; if there is no such process nothing happens.
    pub fn send(&mut self, pid: Pid, signal: Signal) {
        // Only what programs queue can be refused.
        let _ = self.signal(Target::Process(pid), Info::kernel(signal));
    }

    /// Sends a signal. A target that is gone feels nothing.
    ///
    /// # Errors
    /// EAGAIN: it is a real-time signal that a program queued, and too many are
    /// waiting to be seen.
    pub fn signal(&mut self, target: Target, info: Info) -> Result<(), Errno> {
        let Some(pid) = self.process_of(target) else {
            return Ok(());
        };
        self.change_job(pid, info.signal);
        if self.is_ignored(pid, target, info.signal) {
            return Ok(());
        }
        self.enqueue(pid, target, info)?;
        self.notify(target, info.signal);
        Ok(())
    }

    fn process_of(&self, target: Target) -> Option<Pid> {
        match target {
            Target::Process(pid) => self.processes.get(pid).map(|process| process.pid),
            Target::Thread(tid) => self.processes.task(tid).map(|task| task.pid),
        }
    }

    /// What a signal does to a stopped process or to one that is about to stop, even
    /// where it is masked, ignored or handled.
    fn change_job(&mut self, pid: Pid, signal: Signal) {
        match signal.default() {
            Default::Continue => {
                self.forget(pid, SigSet::STOPS);
                self.go_on(pid);
            }
            Default::Stop => self.forget(pid, SigSet::only(Signal::CONT)),
            _ if signal == Signal::KILL && pid != INIT => self.go_on_to_die(pid),
            _ => {}
        }
    }

    /// The signals of `set` are not pending any more, for any thread of `pid`.
    pub fn forget(&mut self, pid: Pid, set: SigSet) {
        self.process_mut(pid).pending.forget(set);
        self.processes
            .change_threads(pid, |task| task.pending.forget(set));
    }

    /// A signal that does nothing is not even kept; unless it is masked: by the time
    /// that it is seen it may do something. Process 1 gets only what it handles
    /// (kill(2), NOTES).
    fn is_ignored(&self, pid: Pid, target: Target, signal: Signal) -> bool {
        let does_nothing = match self.process(pid).actions.get(signal).handler {
            Handler::At(_) => false,
            Handler::Ignore => true,
            Handler::Default => pid == INIT || does_nothing(signal),
        };
        let masks = |mask: SigSet| mask.contains(signal);
        does_nothing
            && !match target {
                Target::Thread(tid) => masks(self.task(tid).mask),
                Target::Process(_) => self.processes.threads(pid).any(|task| masks(task.mask)),
            }
    }

    fn enqueue(&mut self, pid: Pid, target: Target, info: Info) -> Result<(), Errno> {
        let poor = self.afford().is_err();
        // Only real-time signals can be more than one of a kind.
        let most = || self.process(pid).limits.soft(RLIMIT_SIGPENDING);
        let full = info.signal.is_realtime() && (poor || self.queued(pid) >= most());
        let pending = match target {
            Target::Process(pid) => &mut self.process_mut(pid).pending,
            Target::Thread(tid) => &mut self.task_mut(tid).pending,
        };
        if full {
            if info.is_queued() {
                return Err(Errno::EAGAIN);
            }
            // One at least is kept of those that kill sends.
            if pending.set().contains(info.signal) {
                return Ok(());
            }
        }
        match poor {
            true => pending.mark(info.signal),
            false => pending.add(info),
        }
        Ok(())
    }

    /// Signals that `pid` and its threads have not seen.
    fn queued(&self, pid: Pid) -> u64 {
        let threads = self.processes.threads(pid).map(|task| task.pending.len());
        (self.process(pid).pending.len() + threads.sum::<usize>()) as u64
    }

    /// Wakes who is to see a signal that has just come: a thread that waits for it,
    /// else the first that does not mask it.
    fn notify(&mut self, target: Target, signal: Signal) {
        let asks = |task: &&Task| task.asks_for(signal);
        let takes = |task: &&Task| !task.mask.contains(signal);
        let tables = &self.processes;
        let (asker, taker) = match target {
            Target::Thread(tid) => {
                let task = tables.task(tid);
                (task.filter(asks), task.filter(takes))
            }
            Target::Process(pid) => (
                tables.threads(pid).find(asks),
                tables.threads(pid).find(takes),
            ),
        };
        if let Some(tid) = asker.map(|task| task.tid) {
            self.wake(tid, |_| true);
        } else if let Some(tid) = taker.map(|task| task.tid) {
            self.interrupt(tid, signal);
        }
    }

    /// A thread is gone or masks more now: what it should have seen is for the others
    /// of `pid`.
    pub fn notify_others(&mut self, pid: Pid) {
        let Some(process) = self.processes.get(pid) else {
            return;
        };
        let mut left = process.pending.set();
        while let Some(signal) = left.first() {
            left.remove(signal);
            self.notify(Target::Process(pid), signal);
        }
    }

    fn interrupt(&mut self, tid: Tid, signal: Signal) {
        let task = self.task_mut(tid);
        if let State::Waiting(wait) = task.state
            && (wait.interruption() != Interruption::Never || signal == Signal::KILL)
        {
            task.state = State::Interrupted(wait);
            self.queue.add(tid);
        }
    }
}

impl super::Task {
    /// Whether it waits for `signal` by sigtimedwait.
    fn asks_for(&self, signal: Signal) -> bool {
        matches!(self.state, State::Waiting(Wait::Signals { set, .. }) if set.contains(signal))
    }
}

/// Whether a process that has said nothing does not notice `signal`.
pub fn does_nothing(signal: Signal) -> bool {
    matches!(signal.default(), Default::Ignore | Default::Continue)
}
