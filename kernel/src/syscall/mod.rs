//! System calls: Linux's numbers, conventions and results for ppc64.
//!
//! Number in r0, arguments in r3 to r8; the result in r3, or an errno there with
//! CR0.SO set. The calls are in [`table`], by number; each is a function of a
//! [`Call`]. Every call either does what its man page says or gives an errno that
//! the man page documents. Where Quire does less, the file that holds the call
//! says so.

mod absent;
mod attributes;
mod capabilities;
mod copy;
mod counter;
mod directory;
mod errno;
mod exec;
mod fifo;
mod file;
mod futex;
mod group;
mod identity;
mod io;
mod kill;
mod limits;
mod lock;
mod madvise;
mod memfd;
mod memory;
mod mmap;
mod mount;
mod mremap;
mod names;
mod path;
mod pipe;
mod poll;
mod prctl;
mod process;
mod record;
mod sched;
mod segments;
mod select;
mod shm;
mod shminfo;
mod signal;
mod sigwait;
mod size;
mod spans;
mod stat;
mod system;
mod table;
mod terminal;
mod termios;
mod thread;
mod time;
mod timer;
mod unknown;
mod usage;
pub mod user;
mod wait;
mod xattr;

pub use errno::Errno;
pub use fifo::Opening;
pub use record::Scalar;
use record::typed;
pub use segments::SharedSegments;
pub use table::question;
pub use time::timespec_bytes;
pub use unknown::UnknownCalls;
pub use user::{UserMemory, UserSlice};

use crate::arch;
use crate::process::{Pid, Process, State, Task, Tid, Wait};
use crate::state::Kernel;
use crate::strace::{self, Ended};

/// A system call that is being made.
pub struct Call<'a> {
    /// The kernel.
    pub kernel: &'a mut Kernel,
    /// The process that makes it. It is alive until the call ends it.
    pub pid: Pid,
    /// The thread that makes it, alive like its process.
    pub tid: Tid,
    args: [u64; 6],
}

/// Why a call has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It failed.
    Error(Errno),
    /// It must wait, and will be run again. It has changed nothing yet.
    Wait(Wait),
    /// There is no one to give a result to: the thread is gone, or its registers
    /// are no longer those of the call.
    Gone,
}

/// What a call gives.
pub type Outcome = Result<u64, Stop>;

/// A system call.
pub type Handler = fn(&mut Call) -> Outcome;

/// A system call that only asks. It has no arguments and cannot fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// getpid(2).
    Process,
    /// gettid(2).
    Thread,
    /// getuid(2), geteuid(2), getgid(2), getegid(2): there is root, and nobody else.
    User,
}

impl Question {
    /// What `task` is told.
    #[inline]
    pub fn answer(self, task: &Task) -> u64 {
        match self {
            Question::Process => task.pid.raw().into(),
            Question::Thread => task.tid.raw().into(),
            Question::User => 0,
        }
    }
}

impl From<Errno> for Stop {
    fn from(errno: Errno) -> Stop {
        Stop::Error(errno)
    }
}

impl Call<'_> {
    /// Argument `n`, 0 to 5, as a 64-bit number or an address.
    #[inline]
    pub fn arg(&self, n: usize) -> u64 {
        self.args[n]
    }

    /// Argument `n` where the man page says int: its upper half is ignored.
    #[inline]
    pub fn int(&self, n: usize) -> i32 {
        self.args[n] as i32
    }

    /// Argument `n` where the man page says int and means bits.
    #[inline]
    pub fn bits(&self, n: usize) -> u32 {
        self.args[n] as u32
    }

    /// The caller.
    #[inline]
    pub fn process(&self) -> &Process {
        self.kernel.process(self.pid)
    }

    /// The caller, to be changed.
    #[inline]
    pub fn process_mut(&mut self) -> &mut Process {
        self.kernel.process_mut(self.pid)
    }

    /// The thread that calls.
    #[inline]
    pub fn task(&self) -> &Task {
        self.kernel.task(self.tid)
    }

    /// The same, to be changed.
    #[inline]
    pub fn task_mut(&mut self) -> &mut Task {
        self.kernel.task_mut(self.tid)
    }

    /// The caller's memory.
    #[inline]
    pub fn memory(&mut self) -> UserMemory<'_> {
        let space = self.process().space();
        UserMemory::new(&mut self.kernel.vm, space)
    }
}

/// Runs the system call that `tid`'s registers ask for, for the first time or
/// again.
#[inline(always)]
pub fn run(kernel: &mut Kernel, tid: Tid) {
    if kernel.traces {
        return run_traced(kernel, tid);
    }
    let outcome = kernel.begin_call(tid);
    kernel.act_on(tid, outcome);
}

#[cold]
fn run_traced(kernel: &mut Kernel, tid: Tid) {
    let line = kernel.traced_call(tid);
    let outcome = kernel.begin_call(tid);
    match outcome {
        Ok(value) => strace::print(line, Ended::Value(value)),
        Err(Stop::Error(Errno::OUT_OF_FRAMES)) => {}
        Err(Stop::Error(errno)) => strace::print(line, Ended::Failed(errno)),
        // Its result is set: it waits to be seen only.
        Err(Stop::Wait(Wait::Vfork(child))) => {
            strace::print(line, Ended::Value(child.raw().into()));
        }
        Err(Stop::Wait(_)) => {}
        Err(Stop::Gone) => strace::print(line, Ended::Gone),
    }
    kernel.act_on(tid, outcome);
}

impl Kernel {
    /// Lets the call do what it does.
    #[inline(always)]
    fn begin_call(&mut self, tid: Tid) -> Outcome {
        let task = self.task(tid);
        let (pid, frame) = (task.pid, &task.frame);
        let (number, args) = (arch::syscall_number(frame), arch::syscall_args(frame));
        match table::find(number) {
            Some(handler) => handler(&mut Call {
                kernel: self,
                pid,
                tid,
                args,
            }),
            None => self.other_call(tid, number),
        }
    }

    /// Does what follows from what the call gave.
    #[inline(always)]
    fn act_on(&mut self, tid: Tid, outcome: Outcome) {
        match outcome {
            Ok(value) => self.end_call(tid, Ok(value)),
            Err(Stop::Error(Errno::OUT_OF_FRAMES)) => self.make_room(tid),
            Err(Stop::Error(errno)) => self.end_call(tid, Err(errno)),
            Err(Stop::Wait(wait)) => self.block(tid, wait),
            Err(Stop::Gone) => {}
        }
    }

    /// A call that has no handler.
    #[inline(never)]
    fn other_call(&mut self, tid: Tid, number: u64) -> Outcome {
        if let Some(question) = question(number) {
            return Ok(question.answer(self.task(tid)));
        }
        self.unknown_calls.count(number);
        Err(Errno::ENOSYS.into())
    }

    /// Gives `tid` the result of its system call.
    #[inline(always)]
    fn end_call(&mut self, tid: Tid, result: Result<u64, Errno>) {
        let task = self.task_mut(tid);
        task.frame.set_result(result.map_err(Errno::raw));
        (task.deadline, task.progress, task.opening) = (None, 0, None);
        if task.saved_mask.is_some() {
            self.restore_mask(tid);
        }
    }

    /// The call had a mask of its own.
    #[cold]
    fn restore_mask(&mut self, tid: Tid) {
        if let Some(mask) = self.task_mut(tid).saved_mask.take() {
            self.set_mask(tid, mask);
        }
    }

    /// Somebody dies, so that the call of `tid` can be run again.
    #[cold]
    fn make_room(&mut self, tid: Tid) {
        self.out_of_memory();
        if let Some(task) = self.processes.task_mut(tid) {
            task.state = State::Again;
        }
    }
}
