//! Waiting for signals: pause, sigsuspend, sigtimedwait.

use super::signal::SET;
use super::time::Timespec;
use super::{Call, Errno, Outcome, Stop};
use crate::platform;
use crate::process::{SigSet, Wait};
use vm::Ea;

/// pause(2).
pub fn pause(_: &mut Call) -> Outcome {
    Err(Stop::Wait(Wait::Signal))
}

/// rt_sigsuspend(2). The old mask comes back when a handler returns.
pub fn rt_sigsuspend(call: &mut Call) -> Outcome {
    let at = call.arg(0);
    if call.arg(1) != SET {
        return Err(Errno::EINVAL.into());
    }
    let mask = SigSet::mask(call.memory().read_u64(Ea(at))?);
    call.mask_meanwhile(mask);
    Err(Stop::Wait(Wait::Signal))
}

impl Call<'_> {
    /// The thread masks `mask` while it waits in this call: its own mask comes back when
    /// the call ends or a handler returns.
    pub fn mask_meanwhile(&mut self, mask: SigSet) {
        let task = self.task_mut();
        let own = task.mask;
        // Not when the call is run again: then it is the call's.
        task.saved_mask.get_or_insert(own);
        self.kernel.set_mask(self.tid, mask);
    }
}

/// rt_sigtimedwait(2).
pub fn rt_sigtimedwait(call: &mut Call) -> Outcome {
    let (set_at, info_at, timeout_at) = (call.arg(0), call.arg(1), call.arg(2));
    if call.arg(3) != SET {
        return Err(Errno::EINVAL.into());
    }
    let set = SigSet::mask(call.memory().read_u64(Ea(set_at))?);
    let timeout = match timeout_at {
        0 => None,
        at => Some(Timespec::read(&mut call.memory(), at)?),
    };
    let others = SigSet::from_bits(!set.bits());
    if let Some(info) = call.kernel.peek_signal(call.tid, others) {
        if info_at != 0 {
            call.memory().write(Ea(info_at), &info.bytes())?;
        }
        call.kernel.take_signal(call.tid, info.signal);
        return Ok(info.signal.raw().into());
    }
    let until = timeout.map(|time| call.deadline_after(time.ticks()));
    if until.is_some_and(|until| platform::timebase() >= until) {
        return Err(Errno::EAGAIN.into());
    }
    Err(Stop::Wait(Wait::Signals { set, until }))
}
