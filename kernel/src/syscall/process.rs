//! Processes: fork and vfork, the end, and who is who.

use super::{Call, Outcome, Stop};
use crate::process::{Making, Status};

/// exit_group(2).
pub fn exit_group(call: &mut Call) -> Outcome {
    let status = Status::Exited(call.arg(0) as u8);
    call.kernel.exit(call.pid, status);
    Err(Stop::Gone)
}

/// fork(2).
pub fn fork(call: &mut Call) -> Outcome {
    super::thread::make(call, &Making::FORK)
}

/// vfork(2): the child has the parent's memory itself until it execs or exits,
/// and the parent waits for that.
pub fn vfork(call: &mut Call) -> Outcome {
    super::thread::make(call, &Making::VFORK)
}

/// getppid(2).
pub fn getppid(call: &mut Call) -> Outcome {
    Ok(call.process().parent.raw() as u64)
}

/// sched_yield(2): the thread goes to the end of the run queue.
pub fn sched_yield(call: &mut Call) -> Outcome {
    call.kernel.queue.rotate();
    Ok(0)
}
