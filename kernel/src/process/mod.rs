//! Processes and their threads: what one is, who runs, how one begins and ends.
//!
//! There is one kernel stack and no switch between kernel stacks. A thread that
//! cannot go on is left in a [`State`] that says why, and its system call is run
//! again, from the start, when that reason is over. So no system call changes
//! anything before it knows that it need not wait.
//!
//! What the threads of a process share is a [`Process`]; what each has for itself is
//! a [`Task`]. A process lives as long as one of its threads does.

mod capabilities;
mod clock;
mod clone;
mod deliver;
mod exec;
mod exit;
mod float;
mod frame;
mod futex;
mod group;
pub mod image;
mod interpreter;
mod job;
mod limits;
mod load;
mod name;
mod oom;
mod pid;
mod program;
mod queue;
mod robust;
mod run;
mod script;
mod send;
mod sigfloat;
pub mod sigframe;
mod siginfo;
mod signal;
mod signals;
mod sigset;
mod space;
pub mod stack;
mod start;
mod status;
mod table;
mod task;
mod timers;
mod trampoline;
mod trap;
mod waiters;

pub use capabilities::{Capabilities, CapabilitySet};
pub use clock::{
    Clock, NANOSECONDS, TICKS_PER_SECOND, monotonic, monotonic_left, nanoseconds, ticks,
};
pub use clone::{Kin, MAX_TASKS, Making, Memory};
pub use exec::Request;
pub use frame::FrameBox;
pub use futex::{Futex, Key};
pub use group::Terminal;
pub use image::{Image, USER_START};
pub use job::{Job, Report};
pub use limits::{Limit, Limits, RLIMIT_NOFILE, RLIMITS};
pub use name::Name;
pub use pid::{INIT, Pid, Tid};
pub use queue::RunQueue;
pub use send::Target;
pub use siginfo::{Code, Info};
pub use signal::{Default, Signal};
pub use signals::{Action, Actions, AltStack, Flags, Handler, Pending};
pub use sigset::SigSet;
pub use space::{Heap, Passed, Space};
pub use stack::{ARG_MAX, Strings};
pub use start::start;
pub use status::Status;
pub use table::{Table, Zombie};
pub use task::{Interruption, Process, State, Task, Times, Wait};
pub use timers::{Timer, Timers, Which};
pub use trampoline::Trampoline;
pub use trap::{ask, call, trap};
pub use waiters::Waiters;
