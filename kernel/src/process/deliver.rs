//! What a thread does about its signals before it goes on in its program.
//!
//! A signal is taken from those pending only when what it asks for is done: if a
//! handler's frame finds no memory, memory is made and the signal is seen again.

use super::{
    Action, AltStack, Default, Flags, Handler, INIT, Info, Interruption, Pid, Process, SigSet,
    Signal, State, Status, Task, Tid, Wait, monotonic_left, sigframe,
};
use crate::arch::{self, Frame};
use crate::state::Kernel;
use crate::strace;
use crate::syscall::{Errno, UserMemory, timespec_bytes};
use vm::Ea;

/// Bytes in an instruction: how far a call that is made again goes back.
const INSTRUCTION: u64 = 4;

/// Whether there is a signal for `task`, of `process`, that it does not mask.
pub fn has_signal(task: &Task, process: &Process) -> bool {
    let pending = task.pending.set().union(process.pending.set());
    !pending.without(task.mask).is_empty()
}

impl Kernel {
    /// Does what the first signal asks for that `tid` does not mask.
    #[inline(never)]
    pub fn see_signal(&mut self, tid: Tid) {
        let mask = self.task(tid).mask;
        let Some(info) = self.peek_signal(tid, mask) else {
            return;
        };
        let pid = self.task(tid).pid;
        let action = self.process(pid).actions.get(info.signal);
        match action.handler {
            Handler::At(entry) => self.handle(tid, info, entry, action),
            Handler::Ignore => self.take_signal(tid, info.signal),
            Handler::Default => {
                self.take_signal(tid, info.signal);
                self.by_default(pid, info.signal);
            }
        }
    }

    /// The first signal for `tid` that is not in `mask`; it stays pending.
    pub fn peek_signal(&self, tid: Tid, mask: SigSet) -> Option<Info> {
        let task = self.task(tid);
        let own = task.pending.set().without(mask).first();
        let shared = &self.process(task.pid).pending;
        match (own, shared.set().without(mask).first()) {
            // SIGKILL comes first wherever it is.
            (Some(own), other) if other != Some(Signal::KILL) => task.pending.peek(own),
            (_, other) => shared.peek(other?),
        }
    }

    /// It has been seen.
    pub fn take_signal(&mut self, tid: Tid, signal: Signal) {
        let task = self.task_mut(tid);
        let pid = task.pid;
        if !task.pending.take(signal) {
            self.process_mut(pid).pending.take(signal);
        }
    }

    fn by_default(&mut self, pid: Pid, signal: Signal) {
        match signal.default() {
            Default::Terminate if pid != INIT => self.exit(pid, Status::Killed(signal)),
            Default::Stop if pid != INIT && self.may_stop(pid, signal) => self.stop(pid, signal),
            _ => {}
        }
    }

    /// Nobody could let an orphan go on (signal(7); POSIX, "Orphaned Process Group").
    fn may_stop(&self, pid: Pid, signal: Signal) -> bool {
        signal == Signal::STOP || !self.is_orphaned(self.process(pid).group)
    }

    /// Lets `tid` enter the handler at `entry`.
    fn handle(&mut self, tid: Tid, info: Info, entry: u64, action: Action) {
        match self.try_to_handle(tid, info, entry, action) {
            Ok(()) => {}
            Err(Errno::OUT_OF_FRAMES) => self.out_of_memory(),
            // There is no stack that the handler could run on.
            Err(_) => {
                self.take_signal(tid, info.signal);
                if info.signal == Signal::SEGV {
                    let pid = self.task(tid).pid;
                    self.process_mut(pid)
                        .actions
                        .set(Signal::SEGV, Action::DEFAULT);
                }
                self.force(tid, Info::kernel(Signal::SEGV));
            }
        }
    }

    fn try_to_handle(
        &mut self,
        tid: Tid,
        info: Info,
        entry: u64,
        action: Action,
    ) -> Result<(), Errno> {
        let task = self.task(tid);
        let (pid, progress) = (task.pid, task.progress);
        // What the frame is to say of the registers, where that is not what is in them.
        let mut left = None;
        if let State::Interrupted(wait) = task.state {
            let regs = left.insert(*task.frame);
            self.interrupted_call(pid, regs, wait, progress, action.flags)?;
        }
        self.keep_float(tid);
        let space = self.process(pid).space();
        let task = self.processes.task(tid).expect("a thread that is alive");
        let (mask, alternate) = (task.mask, task.alternate);
        let request = sigframe::Request {
            info: &info,
            entry,
            flags: action.flags,
            mask: task.saved_mask.unwrap_or(mask),
            alternate,
            float: task.frame.float(),
        };
        let regs = left.as_ref().unwrap_or(&task.frame);
        let frame = request.push(regs, &mut UserMemory::new(&mut self.vm, space))?;
        if let State::Interrupted(_) = self.task(tid).state {
            strace::print_interrupted(self.traced_call(tid), info.signal);
        }
        self.take_signal(tid, info.signal);
        if action.flags.contains(Flags::RESETHAND) {
            let handler = Handler::Default;
            let action = Action { handler, ..action };
            self.process_mut(pid).actions.set(info.signal, action);
        }
        let mut during = mask.union(action.mask);
        if !action.flags.contains(Flags::NODEFER) {
            during.insert(info.signal);
        }
        let task = self.task_mut(tid);
        let (signal, flags) = (info.signal, action.flags);
        sigframe::start(&mut task.frame, frame, signal, entry, flags);
        task.state = State::Runnable;
        // What the interrupted code has enabled or noted there is nothing to the handler.
        if let Some(float) = task.frame.float_mut() {
            float.fpscr = 0;
        }
        (task.deadline, task.progress, task.saved_mask) = (None, 0, None);
        task.opening = None;
        if alternate.disarms {
            task.alternate = AltStack::NONE;
        }
        self.set_mask(tid, during);
        Ok(())
    }

    /// What the call that waited for `wait`, after it had moved `progress` bytes, leaves in
    /// `regs` when a handler with `flags` has run.
    fn interrupted_call(
        &mut self,
        pid: Pid,
        regs: &mut Frame,
        wait: Wait,
        progress: u64,
        flags: Flags,
    ) -> Result<(), Errno> {
        if progress > 0 {
            arch::set_result(regs, Ok(progress));
            return Ok(());
        }
        if wait.interruption() == Interruption::MayRestart && flags.contains(Flags::RESTART) {
            regs.nip -= INSTRUCTION;
            return Ok(());
        }
        let mut error = Errno::EINTR;
        if let Wait::Sleep { until, left_at } = wait
            && left_at != 0
        {
            let left = timespec_bytes(monotonic_left(until));
            let space = self.process(pid).space();
            match UserMemory::new(&mut self.vm, space).write(Ea(left_at), &left) {
                Err(Errno::OUT_OF_FRAMES) => return Err(Errno::OUT_OF_FRAMES),
                Err(other) => error = other,
                Ok(()) => {}
            }
        }
        arch::set_result(regs, Err(error.raw()));
        Ok(())
    }

    /// `tid` masks `mask` from now on; what it should have seen may be for others.
    pub fn set_mask(&mut self, tid: Tid, mask: SigSet) {
        let task = self.task_mut(tid);
        task.mask = mask.without(SigSet::UNMASKABLE);
        let pid = task.pid;
        if !self.process(pid).pending.set().is_empty() {
            self.notify_others(pid);
        }
    }

    /// A signal for what `tid` did itself: it cannot go on without seeing it. If it
    /// masks or ignores it, or has no handler, that is its end; process 1's too.
    pub fn force(&mut self, tid: Tid, info: Info) {
        let signal = info.signal;
        if self.can_handle(tid, signal) {
            self.task_mut(tid).pending.add(info);
        } else {
            let pid = self.task(tid).pid;
            self.exit(pid, Status::Killed(signal));
        }
    }

    /// Whether `tid` has a handler for `signal` and does not mask it.
    pub fn can_handle(&self, tid: Tid, signal: Signal) -> bool {
        let task = self.task(tid);
        let action = self.process(task.pid).actions.get(signal);
        matches!(action.handler, Handler::At(_)) && !task.mask.contains(signal)
    }
}
