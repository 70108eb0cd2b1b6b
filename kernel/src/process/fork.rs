//! fork and vfork.
//!
//! The child runs first: it usually writes first, moves away from the memory that
//! it shares with its parent, and execs; then the parent finds itself the only
//! owner again and writes without copying.

use super::{FrameBox, Pid, Process, Space, State};
use crate::arch;
use crate::state::Kernel;
use crate::syscall::Errno;
use alloc::sync::Arc;

/// The most processes there can be, dead ones included: more are EAGAIN.
pub const MAX_PROCESSES: usize = 1024;

/// What a child has of its parent's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// A copy: fork.
    Copy,
    /// The memory itself: vfork. The parent must wait.
    Borrow,
}

impl Kernel {
    /// Makes a child of `parent` that continues where `parent` is, with result 0
    /// and, if given, another stack pointer. The child runs next.
    ///
    /// # Errors
    /// EAGAIN: too many processes. ENOMEM.
    pub fn fork(
        &mut self,
        parent: Pid,
        sharing: Sharing,
        stack: Option<u64>,
    ) -> Result<Pid, Errno> {
        self.afford()?;
        if self.processes.len() >= MAX_PROCESSES {
            return Err(Errno::EAGAIN);
        }
        let space = self.child_space(parent, sharing)?;
        let pid = self.processes.free_pid();
        let child = child_of(self.process(parent), pid, space, stack);
        self.processes.insert(child);
        self.queue.run_first(pid);
        Ok(pid)
    }

    fn child_space(&mut self, parent: Pid, sharing: Sharing) -> Result<Arc<Space>, Errno> {
        let space = self.process(parent).space.clone();
        match sharing {
            Sharing::Borrow => Ok(space),
            Sharing::Copy => Ok(Space::new(self.vm.fork(space.id())?, space.heap())),
        }
    }
}

fn child_of(parent: &Process, pid: Pid, space: Arc<Space>, stack: Option<u64>) -> Process {
    let mut frame = *parent.frame;
    arch::set_result(&mut frame, Ok(0));
    frame.gpr[1] = stack.unwrap_or(frame.gpr[1]);
    Process {
        pid,
        parent: parent.pid,
        name: parent.name.clone(),
        frame: FrameBox::new(frame),
        space,
        files: parent.files.clone(),
        cwd: parent.cwd.clone(),
        state: State::Runnable,
        deadline: None,
        progress: 0,
    }
}
