//! Who can run, who waits, and the way out of the kernel.

use super::deliver::has_signal;
use super::{Interruption, Job, Pid, State, Tid, Wait};
use crate::arch::{Frame, Registers, Resume};
use crate::state::Kernel;
use crate::strace;
use crate::syscall::{self, Errno};

/// What the kernel does next.
enum Next {
    /// It goes back to a program.
    Resume(Resume),
    /// It runs the system call of this thread again.
    Call(Tid),
    /// Something else comes first.
    Other,
}

impl Kernel {
    /// `tid` cannot go on before `wait` is over; but if a signal is there for it, it
    /// sees that first.
    pub fn block(&mut self, tid: Tid, wait: Wait) {
        let found = self.processes.with_process(tid);
        let (task, process) = found.expect("a thread that is alive");
        if wait.interruption() != Interruption::Never && has_signal(task, process) {
            task.state = State::Interrupted(wait);
            return;
        }
        task.state = State::Waiting(wait);
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
        self.wake(pid.first_thread(), &over);
        for n in 0..self.processes.others(pid).len() {
            self.wake(self.processes.others(pid)[n], &over);
        }
    }

    /// What everybody waits for that `over` holds for is over.
    #[inline(never)]
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

    /// Decides who runs next and says what to resume, after a trap that was saved in
    /// `trapped`.
    #[inline(always)]
    pub fn resume(&mut self, trapped: *mut Frame) -> Resume {
        let mut next = self.next(trapped);
        let resume = loop {
            match next {
                Next::Resume(resume) => break resume,
                before => next = self.advance(before, trapped),
            }
        };
        self.clock.leave();
        resume
    }

    /// Does what comes before a program can go on, and says what comes then.
    #[inline(never)]
    fn advance(&mut self, before: Next, trapped: *mut Frame) -> Next {
        match before {
            Next::Call(tid) => {
                self.charge_from_now(Some(tid));
                syscall::run(self, tid);
            }
            _ => self.get_ready(),
        }
        self.next(trapped)
    }

    /// What is to be done now. A call that is to be run again is not interrupted any more:
    /// it comes before signals.
    #[inline(always)]
    fn next(&mut self, trapped: *mut Frame) -> Next {
        if !self.tree.is_settled() || self.ended.is_some() {
            return Next::Other;
        }
        let thread = self.queue.choose();
        let frame = match thread {
            None => &mut self.idle,
            Some(tid) => {
                let Some((task, process)) = self.processes.with_process(tid) else {
                    return Next::Other;
                };
                match (process.job, task.state) {
                    (Job::Running, State::Again) => {
                        task.state = State::Runnable;
                        return Next::Call(tid);
                    }
                    (Job::Running, State::Runnable) if !has_signal(task, process) => {}
                    _ => return Next::Other,
                }
                self.vm.enter_space(process.space());
                &mut task.frame
            }
        };
        let registers = match frame.take_changed() || frame.as_ptr() != trapped {
            true => Registers::All,
            false => Registers::Kept,
        };
        let frame = frame.as_ptr();
        self.charge_from_now(thread);
        Next::Resume(Resume { frame, registers })
    }

    /// Does what is to be done before anybody can go on: lets go of files, acts on the end
    /// of process 1, lets a signal be seen. Who was to run is then not in the queue any
    /// more, or is nearer to being able to.
    #[inline(never)]
    fn get_ready(&mut self) {
        self.settle_files();
        if let Some(status) = self.ended.take() {
            return self.init_ended(status);
        }
        let Some(tid) = self.queue.choose() else {
            return;
        };
        self.charge_from_now(Some(tid));
        let found = self.processes.with_process(tid);
        let (task, process) = found.expect("a thread that is alive");
        match task.state {
            _ if process.job != Job::Running => self.queue.remove(tid),
            // Its call can be run, now that the files are settled.
            State::Again => {}
            _ if has_signal(task, process) => self.see_signal(tid),
            State::Interrupted(_) => task.state = State::Again,
            _ => {}
        }
    }
}
