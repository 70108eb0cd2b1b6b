//! The kernel's whole state, in one place behind one lock.
//!
//! The kernel is entered by a trap, runs to completion and leaves by resuming a process: it
//! has the lock for so long.

use crate::arch::{self, Frame, Resume};
use crate::boot_info::BootInfo;
use crate::fs::{Line, Tree};
use crate::heap;
use crate::lock::{Guard, Lock};
use crate::process::{
    Clock, FrameBox, Pid, Process, RunQueue, Status, Table, Task, Terminal, Tid, Trampoline,
    Waiters,
};
use crate::suites::Runner;
use crate::syscall::{Errno, SharedSegments, UnknownCalls};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// The virtual memory, on this machine.
pub type Vm = vm::Vm<arch::Mmu>;

/// Everything that the kernel knows.
pub struct Kernel {
    /// Names, aliases, segments, regions; and below them the machine.
    pub vm: Vm,
    /// The processes, living and dead.
    pub processes: Table,
    /// Who runs, and who is next.
    pub queue: RunQueue,
    /// Where signal handlers return to.
    pub trampoline: Trampoline,
    /// Who may have values of its own in the floating-point registers.
    pub float_owner: Option<Tid>,
    /// Who polls files.
    pub pollers: Waiters,
    /// A page for what is on its way between a program's memory and a file.
    pub buffer: Box<[u8]>,
    /// How often a futex has been waited for.
    pub futexes: u64,
    /// Whom the console's keys reach.
    pub terminal: Terminal,
    /// When the next tick is due.
    pub clock: Clock,
    /// The files.
    pub tree: Tree,
    /// System V shared memory.
    pub shared: SharedSegments,
    /// Calls that programs have asked for in vain.
    pub unknown_calls: UnknownCalls,
    /// Whether each call is shown on the console: `strace=1`.
    pub traces: bool,
    /// What has been typed.
    pub console: Line,
    /// The suites that the command line asks for.
    pub suites: Option<Runner>,
    /// How process 1 ended, from its exit until the kernel acts on it.
    pub ended: Option<Status>,
    /// What the firmware said.
    pub info: &'static BootInfo,
    /// What is resumed when nobody can run.
    pub idle: FrameBox,
}

static KERNEL: Lock<Option<Kernel>> = Lock::new(None);

/// Makes `kernel` the one, and gives the first frame to resume.
pub fn install(mut kernel: Kernel) -> *mut Frame {
    let Resume { frame, .. } = kernel.resume(core::ptr::null_mut());
    *lock() = Some(kernel);
    frame
}

/// Takes the kernel's lock. `None` before [`install`].
///
/// # Panics
/// If somebody has it.
#[inline]
pub fn lock() -> Guard<'static, Option<Kernel>> {
    KERNEL.lock()
}

impl Kernel {
    /// The process `pid`, which the caller knows to be alive: it made the system
    /// call or took the trap that is being handled.
    #[inline]
    pub fn process(&self, pid: Pid) -> &Process {
        self.processes.get(pid).expect("a process that is alive")
    }

    /// As [`process`](Self::process), to be changed.
    #[inline]
    pub fn process_mut(&mut self, pid: Pid) -> &mut Process {
        self.processes
            .get_mut(pid)
            .expect("a process that is alive")
    }

    /// The thread `tid`, which the caller knows to be alive.
    #[inline]
    pub fn task(&self, tid: Tid) -> &Task {
        self.processes.task(tid).expect("a thread that is alive")
    }

    /// As [`task`](Self::task), to be changed.
    #[inline]
    pub fn task_mut(&mut self, tid: Tid) -> &mut Task {
        self.processes
            .task_mut(tid)
            .expect("a thread that is alive")
    }

    /// ENOMEM while the heap is so low that requests must be refused. Whatever
    /// a process can ask for that keeps heap beyond the call asks here first.
    pub fn afford(&self) -> Result<(), Errno> {
        self.afford_bytes(0)
    }

    /// The same for a call that needs up to `bytes` of heap while it runs.
    pub fn afford_bytes(&self, bytes: usize) -> Result<(), Errno> {
        let low = heap::is_low() || Vec::<u8>::new().try_reserve_exact(bytes).is_err();
        if low { Err(Errno::ENOMEM) } else { Ok(()) }
    }
}
