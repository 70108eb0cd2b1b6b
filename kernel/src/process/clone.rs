//! fork, vfork and clone: new processes and new threads.
//!
//! The child of a fork runs first: it usually writes first, moves away from the memory
//! that it shares with its parent, and execs; then the parent finds itself the only
//! owner again and writes without copying. A new thread waits for its turn.

use super::float::disown;
use super::{
    Actions, FrameBox, Job, Name, Pending, Pid, Process, Signal, Space, Task, Tid, Timers, Times,
};
use crate::arch;
use crate::fs::{Descriptors, OpenFile, Whereabouts};
use crate::lock::Lock;
use crate::state::Kernel;
use crate::syscall::{Errno, UserMemory};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use vm::Ea;

/// The most threads there can be, with dead processes: more are EAGAIN.
pub const MAX_TASKS: usize = 1024;

/// What a child has of its maker's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// A copy.
    Copy,
    /// The memory itself.
    Share,
}

/// What is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kin {
    /// A child of the process.
    Child,
    /// Another child of its parent.
    Sibling,
    /// A thread of the process.
    Thread,
}

/// What clone(2) is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Making {
    /// What is made.
    pub kin: Kin,
    /// What it has of the memory: all of it, if it is a thread.
    pub memory: Memory,
    /// What a process's parent gets at its end.
    pub exit_signal: Option<Signal>,
    /// Its stack pointer, if not that of its maker.
    pub stack: Option<u64>,
    /// Its thread pointer, r13, if not that of its maker.
    pub tls: Option<u64>,
    /// Where its number is written in its maker's memory, if not 0.
    pub parent_tid: u64,
    /// The same in its own.
    pub child_tid: u64,
    /// Where 0 is written at its end, if not 0.
    pub clear_tid: u64,
    /// Handlers are the default (CLONE_CLEAR_SIGHAND).
    pub clears_handlers: bool,
    /// Its maker waits for it: then it may use its maker's alternate stack.
    pub waits: bool,
}

/// Where a new thread belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Child {
    /// The thread.
    pub tid: Tid,
    /// Its process.
    pub pid: Pid,
}

impl Making {
    /// fork(2).
    pub const FORK: Making = Making {
        kin: Kin::Child,
        memory: Memory::Copy,
        exit_signal: Some(Signal::CHLD),
        stack: None,
        tls: None,
        parent_tid: 0,
        child_tid: 0,
        clear_tid: 0,
        clears_handlers: false,
        waits: false,
    };

    /// vfork(2).
    pub const VFORK: Making = Making {
        memory: Memory::Share,
        waits: true,
        ..Making::FORK
    };

    fn frame(&self, maker: &FrameBox) -> FrameBox {
        let mut frame = FrameBox::new(maker);
        frame.set_float(maker.float());
        disown(&mut frame);
        arch::set_result(&mut frame, Ok(0));
        frame.gpr[1] = self.stack.unwrap_or(frame.gpr[1]);
        frame.gpr[13] = self.tls.unwrap_or(frame.gpr[13]);
        frame
    }

    fn task(&self, maker: &Task, child: Child) -> Task {
        let shares = self.memory == Memory::Share && !self.waits;
        let mut task = Task::new(child.tid, child.pid, self.frame(&maker.frame));
        (task.mask, task.capabilities) = (maker.mask, maker.capabilities);
        if !shares {
            task.alternate = maker.alternate;
        }
        task.clear_tid = self.clear_tid;
        task.lender = self.waits.then_some(maker.tid);
        task
    }

    fn process(&self, maker: &Process, pid: Pid, space: Arc<Space>) -> Process {
        let (parent, exit_signal) = match self.kin {
            Kin::Sibling => (maker.parent, maker.exit_signal),
            _ => (maker.pid, self.exit_signal),
        };
        let mut actions = maker.actions.clone();
        if self.clears_handlers {
            actions.exec();
        }
        Process {
            pid,
            parent,
            others: Vec::new(),
            children: 0,
            exit_signal,
            group: maker.group,
            session: maker.session,
            name: maker.name,
            has_execed: false,
            space,
            files: maker.files.clone(),
            cwd: maker.cwd.clone(),
            actions,
            pending: Pending::new(),
            job: Job::Running,
            report: None,
            timers: Timers::default(),
            limits: maker.limits.clone(),
            nice: maker.nice,
            ended_times: Times::default(),
            children_times: Times::default(),
        }
    }
}

impl Kernel {
    /// Makes a child of `maker` or a thread beside it that continues where `maker` is,
    /// with result 0.
    ///
    /// # Errors
    /// EAGAIN: too many threads. ENOMEM. Nothing has changed then.
    pub fn clone(&mut self, maker: Tid, request: &Making) -> Result<Child, Errno> {
        self.afford()?;
        if self.processes.len() >= MAX_TASKS {
            return Err(Errno::EAGAIN);
        }
        let pid = self.task(maker).pid;
        let space = self.child_space(pid, request.memory)?;
        let number = self.processes.free_pid();
        let child = Child {
            tid: number.first_thread(),
            pid: if request.kin == Kin::Thread {
                pid
            } else {
                number
            },
        };
        if let Err(error) = self.tell_number(pid, &space, child.tid, request) {
            Space::release(space, &mut self.vm);
            return Err(error);
        }
        self.keep_float(maker);
        let task = request.task(self.task(maker), child);
        self.processes.insert_task(Box::new(task));
        if request.kin == Kin::Thread {
            self.queue.add(child.tid);
        } else {
            let process = request.process(self.process(pid), child.pid, space);
            self.processes.insert(Box::new(process));
            self.queue.run_first(child.tid);
        }
        Ok(child)
    }

    fn child_space(&mut self, maker: Pid, memory: Memory) -> Result<Arc<Space>, Errno> {
        let space = self.process(maker).space.clone();
        match memory {
            Memory::Share => Ok(space),
            Memory::Copy => Ok(space.fork(self.vm.fork(space.id())?)),
        }
    }

    /// Writes the new thread's number where it is wanted. As in Linux, an address that
    /// cannot be written is passed over.
    fn tell_number(
        &mut self,
        maker: Pid,
        space: &Space,
        tid: Tid,
        request: &Making,
    ) -> Result<(), Errno> {
        let parent = self.process(maker).space();
        for (at, space) in [
            (request.child_tid, space.id()),
            (request.parent_tid, parent),
        ] {
            if at == 0 {
                continue;
            }
            let mut memory = UserMemory::new(&mut self.vm, space);
            match memory.write(Ea(at), &tid.raw().to_ne_bytes()) {
                Err(Errno::OUT_OF_FRAMES) => return Err(Errno::OUT_OF_FRAMES),
                _ => continue,
            }
        }
        Ok(())
    }
}

impl Process {
    /// Process 1, with `console` open as 0, 1 and 2.
    pub fn first(
        pid: Pid,
        name: Name,
        space: Arc<Space>,
        console: &Arc<Lock<OpenFile>>,
        cwd: Whereabouts,
    ) -> Process {
        Process {
            pid,
            parent: Pid::NONE,
            others: Vec::new(),
            children: 0,
            exit_signal: None,
            group: pid,
            session: pid,
            name,
            has_execed: false,
            space,
            files: Descriptors::standard(console),
            cwd,
            actions: Actions::new(),
            pending: Pending::new(),
            job: Job::Running,
            report: None,
            timers: Timers::default(),
            limits: Arc::default(),
            nice: 0,
            ended_times: Times::default(),
            children_times: Times::default(),
        }
    }
}
