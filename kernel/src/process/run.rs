//! Who can run, who waits, and the way out of the kernel.

use super::deliver::has_signal;
use super::{FrameBox, Interruption, Job, Pid, State, Tid, Wait};
use crate::arch::{Frame, Registers, Resume};
use crate::state::Kernel;
use crate::strace;
use crate::syscall::{self, Errno};
use alloc::vec::Vec;

impl Kernel {
    /// `tid` cannot go on before `wait` is over; but if a signal is there for it, it
    /// sees that first.
    pub fn block(&mut self, tid: Tid, wait: Wait) {
        if wait.interruption() != Interruption::Never && self.has_signal(tid) {
            self.task_mut(tid).state = State::Interrupted(wait);
            return;
        }
        self.task_mut(tid).state = State::Waiting(wait);
        self.note_waiter(tid, &wait);
        self.queue.remove(tid);
        if let Some(time) = wait.until() {
            self.clock.sleeper(time);
        }
    }

    /// If `tid` waits for what `over` holds for, that is over.
    pub fn wake(&mut self, tid: Tid, over: impl Fn(&Wait) -> bool) {
        let Some(task) = self.processes.task_mut(tid) else {
            return;
        };
        let State::Waiting(wait) = task.state else {
            return;
        };
        if !over(&wait) {
            return;
        }
        task.state = match wait {
            // vfork's work was done before it waited, and its result is set.
            Wait::Vfork(_) => State::Runnable,
            _ => State::Again,
        };
        self.queue.add(tid);
    }

    /// What the threads of `pid` wait for that `over` holds for is over.
    pub fn wake_process(&mut self, pid: Pid, over: impl Fn(&Wait) -> bool) {
        let threads: Vec<Tid> = self.processes.threads(pid).map(|task| task.tid).collect();
        for tid in threads {
            self.wake(tid, &over);
        }
    }

    /// What everybody waits for that `over` holds for is over.
    pub fn wake_all(&mut self, over: impl Fn(&Wait) -> bool) {
        let waits = |state: &State| matches!(state, State::Waiting(wait) if over(wait));
        for tid in self.processes.tids(|task| waits(&task.state)) {
            self.wake(tid, |_| true);
        }
    }

    /// The waiting call of `tid` ends with `result`, without being run again.
    pub fn wake_with(&mut self, tid: Tid, result: Result<u64, Errno>) {
        strace::print(self.traced_call(tid), result.into());
        let task = self.task_mut(tid);
        task.frame.set_result(result.map_err(Errno::raw));
        (task.state, task.deadline) = (State::Runnable, None);
        self.queue.add(tid);
    }

    /// Decides who runs next and gives the frame to resume, after a trap that was saved in
    /// `trapped`. System calls that were left to be run again are run here, and signals are
    /// seen.
    pub fn resume(&mut self, trapped: *mut Frame) -> Resume {
        loop {
            self.settle_files();
            if let Some(status) = self.ended.take() {
                self.init_ended(status);
            }
            let thread = self.queue.choose();
            self.charge_from_now(thread);
            let frame = match thread {
                Some(tid) => self.try_to_run(tid),
                None => Some(&mut self.idle),
            };
            let Some(frame) = frame else {
                continue;
            };
            let same = !frame.take_changed() && frame.as_ptr() == trapped;
            let frame = frame.as_ptr();
            self.clock.leave();
            let registers = if same {
                Registers::Kept
            } else {
                Registers::All
            };
            return Resume { frame, registers };
        }
    }

    /// The frame of `tid`, if it can go on in its program. If not, something has
    /// changed: it is not in the queue any more, or is nearer to being able to.
    fn try_to_run(&mut self, tid: Tid) -> Option<&mut FrameBox> {
        let task = self.processes.task(tid).expect("a thread that is alive");
        let process = self.process(task.pid);
        let state = task.state;
        if process.job != Job::Running {
            self.queue.remove(tid);
            return None;
        }
        if state == State::Again {
            self.task_mut(tid).state = State::Runnable;
            syscall::run(self, tid);
            return None;
        }
        if has_signal(task, process) {
            self.see_signal(tid);
            return None;
        }
        if let State::Interrupted(_) = state {
            self.task_mut(tid).state = State::Again;
            return None;
        }
        let space = process.space();
        self.vm.machine.enter_space(space);
        Some(&mut self.task_mut(tid).frame)
    }
}
