//! Processes: what one is, who runs, how one begins and ends.
//!
//! There is one kernel stack and no switch between kernel stacks. A process that
//! cannot go on is left in a [`State`] that says why, and its system call is run
//! again, from the start, when that reason is over. So no system call changes
//! anything before it knows that it need not wait.

mod clock;
mod exec;
mod exit;
mod fork;
mod frame;
pub mod image;
mod load;
mod pid;
mod queue;
mod run;
mod script;
mod signal;
mod space;
pub mod stack;
mod start;
mod status;
mod table;
mod trap;

pub use clock::{Clock, NANOSECONDS, monotonic, nanoseconds, ticks};
pub use exec::Request;
pub use fork::Sharing;
pub use frame::FrameBox;
pub use image::{Image, USER_START};
pub use pid::{INIT, Pid};
pub use queue::RunQueue;
pub use signal::{Action, Signal};
pub use space::{Heap, Space};
pub use stack::Strings;
pub use start::start;
pub use status::Status;
pub use table::{Table, Zombie};
pub use trap::trap;

use crate::fs::{Descriptors, Ino, Whereabouts};
use alloc::string::String;
use alloc::sync::Arc;
use vm::SpaceId;

/// A living process.
pub struct Process {
    /// Its number.
    pub pid: Pid,
    /// Who waits for it.
    pub parent: Pid,
    /// The last part of its program's path, at most 15 bytes.
    pub name: String,
    /// Its registers while it does not run.
    pub frame: FrameBox,
    /// Its memory; shared with its parent after vfork.
    pub space: Arc<Space>,
    /// Its open files.
    pub files: Descriptors,
    /// Its working directory and its umask.
    pub cwd: Whereabouts,
    /// Whether it can run.
    pub state: State,
    /// When the nanosleep or poll that it is in ends, in timebase ticks.
    pub deadline: Option<u64>,
    /// Bytes that the call that it is in has moved before it had to wait.
    pub progress: u64,
}

impl Process {
    /// The number of its address space.
    pub fn space(&self) -> SpaceId {
        self.space.id()
    }
}

/// Whether a process can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It can.
    Runnable,
    /// It can, after its system call has been run again.
    Again,
    /// It cannot.
    Waiting(Wait),
}

/// What a process waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// A child's end.
    Child,
    /// The child of its vfork to leave the memory that they share.
    Vfork(Pid),
    /// A time, in timebase ticks.
    Until(u64),
    /// A line from the console.
    Console,
    /// A pipe to be filled, emptied or closed.
    Pipe(Ino),
    /// Any of the files that it polls, or a time in timebase ticks.
    Poll(u64),
}

/// The name that a process gets from its program's path.
fn name_of(path: &str) -> String {
    let base = path.rsplit('/').next().unwrap_or(path);
    base.chars().filter(|c| !c.is_control()).take(15).collect()
}
