//! Floating point and vectors, lazily.
//!
//! The processor has one set of these registers. Their **owner** is the thread whose
//! values are in them, and only its MSR lets it use them. Whoever else does so traps: the
//! owner's values are saved then, and the registers change hands. So a switch of threads
//! costs nothing, and threads that never use them cost nothing but the room for their
//! values. That comes with the register frame, so a first use cannot fail.
//!
//! The MSR in a thread's frame is what says whether it is the owner. The kernel notes
//! only where to look.

use super::Tid;
use crate::arch::{self, FLOAT, Float, Frame};
use crate::state::Kernel;

/// Whether the thread with these registers is the owner.
pub fn is_owner(frame: &Frame) -> bool {
    frame.msr & FLOAT.bits() != 0
}

/// The thread with these registers is not the owner, or not any more.
pub fn disown(frame: &mut Frame) {
    frame.msr &= !FLOAT.bits();
}

impl Kernel {
    /// `tid`, which is not the owner, has used one of the registers: it is from now on. At
    /// its first use they are zero.
    pub fn give_float(&mut self, tid: Tid) {
        if let Some(owner) = self.float_owner {
            self.take_float(owner);
        }
        self.float_owner = Some(tid);
        let frame = &mut self.task_mut(tid).frame;
        if frame.float().is_none() {
            frame.set_float(Some(&Float::ZERO));
        }
        if let Some(float) = frame.float() {
            arch::load_float(float);
        }
        frame.msr |= FLOAT.bits();
        // Linux's way to have what looks at VRSAVE save the vector registers (glibc's
        // setjmp; Book I, "VR Save Register"). Without vectors it means nothing.
        if frame.vrsave == 0 && !arch::VECTOR.is_empty() {
            frame.vrsave = u32::MAX.into();
        }
    }

    /// `tid` may be the owner; not any more.
    fn take_float(&mut self, tid: Tid) {
        self.keep_float(tid);
        if let Some(task) = self.processes.task_mut(tid) {
            disown(&mut task.frame);
        }
    }

    /// From here until `tid` runs again, what is kept of its registers is what is in
    /// them.
    pub fn keep_float(&mut self, tid: Tid) {
        if self.float_owner == Some(tid)
            && let Some(task) = self.processes.task_mut(tid)
            && is_owner(&task.frame)
            && let Some(float) = task.frame.float_mut()
        {
            arch::save_float(float);
        }
    }
}
