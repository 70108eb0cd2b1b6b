//! What a process and a thread are.

use super::{
    Actions, AltStack, Capabilities, FrameBox, Futex, Job, Limits, Name, Pending, Pid, Report,
    SigSet, Signal, Space, Tid, Timers,
};
use crate::fs::{Descriptors, Ino, Whereabouts};
use crate::syscall::{Opening, UserSlice};
use alloc::sync::Arc;
use alloc::vec::Vec;
use vm::SpaceId;

/// A living process: what its threads share.
pub struct Process {
    /// Its number.
    pub pid: Pid,
    /// Who waits for it.
    pub parent: Pid,
    /// Its process group.
    pub group: Pid,
    /// Its session.
    pub session: Pid,
    /// How many it is the parent of, of the living and the dead: the table counts.
    pub children: u32,
    /// Those of its threads that have not its number, in order: the table sees to that.
    pub(super) others: Vec<Tid>,
    /// What its parent gets at its end; `None` gets nothing.
    pub exit_signal: Option<Signal>,
    /// Its name: at first the last part of its program's path.
    pub name: Name,
    /// It has replaced its program since it began.
    pub has_execed: bool,
    /// Its memory; shared with its parent after vfork.
    pub space: Arc<Space>,
    /// Its open files.
    pub files: Descriptors,
    /// Its working directory and its umask.
    pub cwd: Whereabouts,
    /// What it does on each signal.
    pub actions: Actions,
    /// Signals for whichever thread takes them first.
    pub pending: Pending,
    /// Whether it is stopped.
    pub job: Job,
    /// What its parent has not been told of that.
    pub report: Option<Report>,
    /// Its timers.
    pub timers: Timers,
    /// What it may use.
    pub limits: Arc<Limits>,
    /// From -20, urgent, to 19: told, and not heeded (sched(7), "The nice value").
    pub nice: i8,
    /// The time that those of its threads used that have ended: see
    /// [`Table::times`](super::Table::times).
    pub(super) ended_times: Times,
    /// The time that the children have used that it has waited for.
    pub children_times: Times,
}

impl Process {
    /// The number of its address space.
    #[inline]
    pub fn space(&self) -> SpaceId {
        self.space.id()
    }
}

/// A living thread.
pub struct Task {
    /// Its number.
    pub tid: Tid,
    /// Its process.
    pub pid: Pid,
    /// Its registers while it does not run.
    pub frame: FrameBox,
    /// Whether it can run.
    pub state: State,
    /// When the call that it is in gives up, in timebase ticks. It is forgotten
    /// when the call ends.
    pub deadline: Option<u64>,
    /// Bytes that the call that it is in has moved before it had to wait.
    pub progress: u64,
    /// The end of a pipe that it opens, while it waits for the other.
    pub opening: Option<Opening>,
    /// The signals that it does not take now.
    pub mask: SigSet,
    /// The mask to go back to, in a call that has its own.
    pub saved_mask: Option<SigSet>,
    /// Signals for this thread.
    pub pending: Pending,
    /// Where its handlers run that ask for it.
    pub alternate: AltStack,
    /// Where 0 is written at its end, if not 0: set_tid_address(2).
    pub clear_tid: u64,
    /// Who waits in vfork until it leaves the memory that it has been lent.
    pub lender: Option<Tid>,
    /// The head of its list of robust futexes, if not 0.
    pub robust_list: u64,
    /// The time that it has used.
    pub times: Times,
    /// What it may do.
    pub capabilities: Capabilities,
}

impl Task {
    /// A thread of `pid` that can run, with nothing of its own but registers, and all that
    /// root may do.
    pub fn new(tid: Tid, pid: Pid, frame: FrameBox) -> Task {
        Task {
            tid,
            pid,
            frame,
            state: State::Runnable,
            deadline: None,
            progress: 0,
            opening: None,
            mask: SigSet::EMPTY,
            saved_mask: None,
            pending: Pending::new(),
            alternate: AltStack::NONE,
            clear_tid: 0,
            lender: None,
            robust_list: 0,
            times: Times::default(),
            capabilities: Capabilities::ROOT,
        }
    }
}

/// Processor time, in timebase ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// In the program.
    pub user: u64,
    /// In the kernel, for it.
    pub system: u64,
}

impl Times {
    /// Both together.
    pub fn total(self) -> u64 {
        self.user + self.system
    }
}

impl core::ops::AddAssign for Times {
    fn add_assign(&mut self, other: Times) {
        self.user += other.user;
        self.system += other.system;
    }
}

/// Whether a thread can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It can.
    Runnable,
    /// It can, after its system call has been run again.
    Again,
    /// It can, after it has seen its signals: they interrupt its system call, or
    /// that is run again.
    Interrupted(Wait),
    /// It cannot.
    Waiting(Wait),
}

/// What a thread waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// A child's end, or that it stops or goes on.
    Child,
    /// The child of its vfork to leave the memory that they share.
    Vfork(Tid),
    /// A line from the console.
    Console,
    /// Another key, or a time in timebase ticks.
    Key(u64),
    /// A timer to be set, or this time, in timebase ticks, when it expires.
    Alarm(Ino, u64),
    /// A time.
    Sleep {
        /// In timebase ticks.
        until: u64,
        /// Where the time is written that remains if a signal comes first, if
        /// not 0.
        left_at: u64,
    },
    /// A futex.
    Futex(Futex),
    /// A pipe to be filled, emptied or closed.
    Pipe(Ino),
    /// A pipe to be filled or closed. What comes is read into this memory.
    Bytes(Ino, UserSlice),
    /// Any of the files that it polls, or a time in timebase ticks.
    Poll(u64),
    /// A signal that has a handler.
    Signal,
    /// One of these signals, whether masked or not: sigtimedwait(2).
    Signals {
        /// Which.
        set: SigSet,
        /// When it gives up, in timebase ticks.
        until: Option<u64>,
    },
}

/// What becomes of a waiting call when a signal's handler runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interruption {
    /// EINTR, or the call again if the handler was set with SA_RESTART.
    MayRestart,
    /// EINTR.
    Error,
    /// Nothing: the wait goes on, and the signal comes after it.
    Never,
}

impl Wait {
    /// When it is over whatever happens, in timebase ticks.
    #[inline]
    pub fn until(&self) -> Option<u64> {
        match self {
            Wait::Sleep { until, .. } => Some(*until),
            Wait::Futex(futex) => futex.until,
            Wait::Signals { until, .. } => *until,
            Wait::Poll(until) | Wait::Key(until) | Wait::Alarm(_, until) => Some(*until),
            Wait::Child | Wait::Vfork(_) | Wait::Console | Wait::Signal => None,
            Wait::Pipe(_) | Wait::Bytes(..) => None,
        }
    }

    /// What a handler does to it (signal(7), "Interruption of system calls").
    #[inline]
    pub fn interruption(&self) -> Interruption {
        match self {
            Wait::Vfork(_) => Interruption::Never,
            Wait::Child | Wait::Console | Wait::Key(_) => Interruption::MayRestart,
            Wait::Pipe(_) | Wait::Bytes(..) | Wait::Alarm(..) => Interruption::MayRestart,
            Wait::Futex(futex) if futex.until.is_none() => Interruption::MayRestart,
            Wait::Futex(_)
            | Wait::Sleep { .. }
            | Wait::Poll(_)
            | Wait::Signal
            | Wait::Signals { .. } => Interruption::Error,
        }
    }
}
