//! How a process ends.

use super::{INIT, Pid, Process, Space, Status, Wait, Zombie};
use crate::fs::Line;
use crate::state::Kernel;

impl Kernel {
    /// Ends `pid`, which is alive. Its memory and files go at once; its status
    /// stays for its parent. Its children become process 1's.
    pub fn exit(&mut self, pid: Pid, status: Status) {
        let Some(process) = self.processes.remove(pid) else {
            return;
        };
        self.queue.remove(pid);
        let Process {
            parent,
            name,
            space,
            ..
        } = process;
        Space::release(space, &mut self.vm);
        self.sweep_shared();
        self.wake(parent, Wait::Vfork(pid));
        if self.processes.adopt(pid, INIT) {
            self.wake(INIT, Wait::Child);
        }
        if pid == INIT {
            self.ended = Some(status);
            return;
        }
        self.processes.bury(Zombie {
            pid,
            parent,
            name,
            status,
        });
        self.wake(parent, Wait::Child);
    }

    /// Ends everybody and forgets them, with what was typed for them, so that a new
    /// process 1 can begin.
    pub fn end_all(&mut self) {
        for pid in self.processes.pids(|_| true) {
            self.exit(pid, Status::Killed(super::Signal::KILL));
        }
        self.processes.clear();
        self.queue.shrink();
        self.shared.clear(&mut self.vm);
        self.settle_files();
        self.console = Line::new();
        self.ended = None;
    }
}
