//! System calls: Linux's numbers, conventions and results for ppc64.
//!
//! Number in r0, arguments in r3 to r8; the result in r3, or an errno there with
//! CR0.SO set. The calls are in [`table`], by number; each is a function of a
//! [`Call`]. Every call either does what its man page says or gives an errno that
//! the man page documents. Where Quire does less, the file that holds the call
//! says so.

mod errno;
mod exec;
mod file;
mod lock;
mod madvise;
mod memory;
mod mmap;
mod mremap;
mod path;
mod process;
mod record;
mod segments;
mod shm;
mod system;
mod table;
mod time;
pub mod user;
mod wait;

pub use errno::Errno;
use record::{Scalar, typed};
pub use segments::SharedSegments;
pub use user::{UserMemory, UserSlice};

use crate::arch;
use crate::process::{Pid, Process, Wait};
use crate::state::Kernel;

/// A system call that is being made.
pub struct Call<'a> {
    /// The kernel.
    pub kernel: &'a mut Kernel,
    /// Who makes it. It is alive until the call ends it.
    pub pid: Pid,
    args: [u64; 6],
}

/// Why a call has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It failed.
    Error(Errno),
    /// It must wait, and will be run again. It has changed nothing yet.
    Wait(Wait),
    /// There is no one to give a result to: the process is gone, or its
    /// registers are those of another program.
    Gone,
}

/// What a call gives.
pub type Outcome = Result<u64, Stop>;

/// A system call.
pub type Handler = fn(&mut Call) -> Outcome;

impl From<Errno> for Stop {
    fn from(errno: Errno) -> Stop {
        Stop::Error(errno)
    }
}

impl Call<'_> {
    /// Argument `n`, 0 to 5, as a 64-bit number or an address.
    pub fn arg(&self, n: usize) -> u64 {
        self.args[n]
    }

    /// Argument `n` where the man page says int: its upper half is ignored.
    pub fn int(&self, n: usize) -> i32 {
        self.args[n] as i32
    }

    /// Argument `n` where the man page says int and means bits.
    pub fn bits(&self, n: usize) -> u32 {
        self.args[n] as u32
    }

    /// The caller.
    pub fn process(&self) -> &Process {
        self.kernel.process(self.pid)
    }

    /// The caller, to be changed.
    pub fn process_mut(&mut self) -> &mut Process {
        self.kernel.process_mut(self.pid)
    }

    /// The caller's memory.
    pub fn memory(&mut self) -> UserMemory<'_> {
        let space = self.process().space();
        UserMemory::new(&mut self.kernel.vm, space)
    }
}

/// Runs the system call that `pid`'s registers ask for, for the first time or
/// again.
pub fn run(kernel: &mut Kernel, pid: Pid) {
    let frame = &kernel.process(pid).frame;
    let (number, args) = (arch::syscall_number(frame), arch::syscall_args(frame));
    let outcome = match table::find(number) {
        Some(handler) => handler(&mut Call { kernel, pid, args }),
        None => Err(Errno::ENOSYS.into()),
    };
    match outcome {
        Ok(value) => kernel.set_result(pid, Ok(value)),
        Err(Stop::Error(errno)) => kernel.set_result(pid, Err(errno)),
        Err(Stop::Wait(wait)) => kernel.block(pid, wait),
        Err(Stop::Gone) => {}
    }
}

impl Kernel {
    /// Gives `pid` the result of its system call.
    fn set_result(&mut self, pid: Pid, result: Result<u64, Errno>) {
        let frame = &mut *self.process_mut(pid).frame;
        arch::set_result(frame, result.map_err(Errno::raw));
    }
}
