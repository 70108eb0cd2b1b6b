//! What a new program begins with besides its memory: registers, signals, one thread.

use super::{AltStack, FrameBox, Pid, Process, Signal, Task, Tid};
use crate::arch::{self, Frame};
use crate::state::Kernel;
use alloc::boxed::Box;
use vm::Ea;

impl Kernel {
    /// The thread `tid` becomes the only one of its process, to begin a new program
    /// at `entry` with its stack at `sp` (execve(2), "Effect on process attributes"). It
    /// has the process's number from now on. The old memory is still there.
    pub fn begin_program(&mut self, tid: Tid, entry: Ea, sp: Ea) {
        let pid = self.task(tid).pid;
        self.leave_memory(tid);
        self.end_threads(pid, Some(tid));
        let process = self.process_mut(pid);
        process.actions.exec();
        process.has_execed = true;
        process.exit_signal = Some(Signal::CHLD);
        let first = pid.first_thread();
        if tid != first
            && let Some(mut task) = self.processes.remove_task(tid)
        {
            task.tid = first;
            self.processes.insert_task(task);
            self.queue.rename(tid, first);
            self.clock.rename(tid, first);
        }
        let task = self.task_mut(first);
        *task.frame = first_frame(entry, sp);
        task.frame.set_float(None);
        task.alternate = AltStack::NONE;
        task.capabilities = task.capabilities.exec();
    }

    /// Makes process 1, from a table without processes. `process` makes it of its
    /// number.
    pub fn insert_first(&mut self, entry: Ea, sp: Ea, process: impl FnOnce(Pid) -> Process) {
        let pid = self.processes.free_pid();
        let tid = pid.first_thread();
        self.processes.insert(Box::new(process(pid)));
        let task = Task::new(tid, pid, FrameBox::new(&first_frame(entry, sp)));
        self.processes.insert_task(Box::new(task));
        self.queue.add(tid);
    }
}

/// The registers that a program starts with.
fn first_frame(entry: Ea, sp: Ea) -> Frame {
    let mut frame = arch::user_frame(entry.0, sp.0);
    // ELFv2 ABI §2.2.1.1: r12 holds the address of the function entered.
    frame.gpr[12] = entry.0;
    frame
}
