//! How threads and processes end.

use super::{
    Flags, Handler, INIT, Info, Pid, Process, Signal, Space, Status, Target, Terminal, Tid, Wait,
    Zombie,
};
use crate::fs::Line;
use crate::state::Kernel;
use crate::syscall::UserMemory;
use alloc::boxed::Box;
use alloc::sync::Arc;
use vm::Ea;

impl Kernel {
    /// Ends the thread `tid`; with the last one its process ends, with its status.
    pub fn exit_thread(&mut self, tid: Tid, status: u8) {
        let pid = self.task(tid).pid;
        if self.processes.threads(pid).nth(1).is_some() {
            self.end_task(tid);
            self.notify_others(pid);
        } else {
            self.exit(pid, Status::Exited(status));
        }
    }

    /// Ends the threads of `pid` other than `but`.
    pub fn end_threads(&mut self, pid: Pid, but: Option<Tid>) {
        let first = pid.first_thread();
        if Some(first) != but && self.processes.task(first).is_some() {
            self.end_task(first);
        }
        let others = |kernel: &Kernel| {
            let mut others = kernel.processes.others(pid).iter().copied();
            others.find(|tid| Some(*tid) != but)
        };
        while let Some(tid) = others(self) {
            self.end_task(tid);
        }
    }

    fn end_task(&mut self, tid: Tid) {
        self.charge();
        self.leave_memory(tid);
        self.queue.remove(tid);
        if let Some(task) = self.processes.remove_task(tid) {
            self.process_mut(task.pid).ended_times += task.times;
        }
    }

    /// `tid` has no more to do with its memory: it ends, or has a new program. Who
    /// waits for that is told.
    pub fn leave_memory(&mut self, tid: Tid) {
        self.release_robust(tid);
        let task = self.task_mut(tid);
        let (pid, lender) = (task.pid, task.lender.take());
        let at = core::mem::take(&mut task.clear_tid);
        if at != 0 && self.shares_memory(pid) {
            let space = self.process(pid).space();
            // As in Linux, an address that cannot be written is passed over.
            let _ = UserMemory::new(&mut self.vm, space).write(Ea(at), &[0; 4]);
            self.futex_wake_at(space, at);
        }
        if let Some(lender) = lender {
            self.wake(lender, |wait| *wait == Wait::Vfork(tid));
        }
    }

    /// Whether another thread has the memory of `pid`.
    fn shares_memory(&self, pid: Pid) -> bool {
        Arc::strong_count(&self.process(pid).space) > 1
            || self.processes.threads(pid).nth(1).is_some()
    }

    /// Ends `pid` with all its threads, if it is alive. Its memory and files go at
    /// once; its status stays for its parent. Its children become process 1's.
    pub fn exit(&mut self, pid: Pid, status: Status) {
        if self.processes.get(pid).is_none() {
            return;
        }
        self.end_threads(pid, None);
        let Some(process) = self.processes.remove(pid) else {
            return;
        };
        let children = process.children;
        let zombie = process.end(status, &mut self.vm);
        self.sweep_shared();
        self.hang_up(&zombie);
        let groups = self.groups_joined_by(&zombie, children);
        if children > 0 && self.processes.adopt(pid, INIT) {
            self.wake_process(INIT, |wait| *wait == Wait::Child);
        }
        if pid == INIT {
            self.ended = Some(status);
            return;
        }
        self.bury(zombie);
        self.release_orphans(groups);
    }

    /// Leaves what the parent is to wait for, and tells it. A parent that ignores SIGCHLD
    /// or has set it with SA_NOCLDWAIT does not want to wait; one that ignores it is not
    /// even sent it, masked or not (wait(2), NOTES).
    fn bury(&mut self, zombie: Zombie) {
        let Some(parent) = self.processes.get(zombie.parent) else {
            return;
        };
        let (parent, action) = (parent.pid, parent.actions.get(Signal::CHLD));
        let is_child = zombie.exit_signal == Some(Signal::CHLD);
        let ignores = is_child && action.handler == Handler::Ignore;
        let told = zombie.exit_signal.filter(|_| !ignores);
        let told = told.map(|signal| Info::child_ended(signal, zombie.pid, zombie.status));
        if !(ignores || is_child && action.flags.contains(Flags::NOCLDWAIT)) {
            self.processes.bury(zombie);
        }
        if let Some(info) = told {
            // One that is not real-time is never refused; another is the caller's
            // choice.
            let _ = self.signal(Target::Process(parent), info);
        }
        self.wake_process(parent, |wait| *wait == Wait::Child);
    }

    /// Ends everybody and forgets them, with what was typed for them, so that a new
    /// process 1 can begin.
    pub fn end_all(&mut self) {
        for pid in self.processes.pids(|_| true) {
            self.exit(pid, Status::Killed(Signal::KILL));
        }
        self.processes.clear();
        self.queue.shrink();
        self.shared.clear(&mut self.vm);
        self.settle_files();
        self.console = Line::new();
        self.terminal = Terminal::new();
        self.ended = None;
    }
}

impl Process {
    /// Gives back what it has.
    fn end(self: Box<Self>, status: Status, vm: &mut crate::state::Vm) -> Zombie {
        Space::release(self.space, vm);
        let mut times = self.ended_times;
        times += self.children_times;
        Zombie {
            pid: self.pid,
            parent: self.parent,
            group: self.group,
            session: self.session,
            exit_signal: self.exit_signal,
            name: self.name,
            status,
            times,
        }
    }
}
