//! Who can run, who waits, and the way out of the kernel.

use super::{Pid, State, Wait};
use crate::arch::Frame;
use crate::state::Kernel;
use crate::syscall;

impl Kernel {
    /// `pid` cannot go on before `wait` is over.
    pub fn block(&mut self, pid: Pid, wait: Wait) {
        self.process_mut(pid).state = State::Waiting(wait);
        self.queue.remove(pid);
        if let Wait::Until(time) | Wait::Poll(time) = wait {
            self.clock.sleeper(time);
        }
    }

    /// If `pid` lives and waits for `wait`, that is over.
    pub fn wake(&mut self, pid: Pid, wait: Wait) {
        let Some(process) = self.processes.get_mut(pid) else {
            return;
        };
        if process.state != State::Waiting(wait) {
            return;
        }
        process.state = match wait {
            // vfork's work was done before it waited, and its result is set.
            Wait::Vfork(_) => State::Runnable,
            _ => State::Again,
        };
        self.queue.add(pid);
    }

    /// What everybody waits for that `over` holds for is over.
    pub fn wake_all(&mut self, over: impl Fn(&Wait) -> bool) {
        let pids = self
            .processes
            .pids(|p| matches!(&p.state, State::Waiting(wait) if over(wait)));
        for pid in pids {
            if let State::Waiting(wait) = self.process(pid).state {
                self.wake(pid, wait);
            }
        }
    }

    /// Decides who runs next and gives the frame to resume. System calls that
    /// were left to be run again are run here.
    pub fn resume(&mut self) -> *mut Frame {
        loop {
            self.settle_files();
            if let Some(status) = self.ended.take() {
                self.init_ended(status);
            }
            let Some(pid) = self.queue.choose() else {
                return self.idle.as_ptr();
            };
            let process = self.process_mut(pid);
            if process.state == State::Again {
                process.state = State::Runnable;
                syscall::run(self, pid);
                continue;
            }
            let (frame, space) = (process.frame.as_ptr(), process.space());
            self.vm.machine.enter_space(space);
            return frame;
        }
    }
}
