//! A thread's registers, which stay where they are.
//!
//! The trap path holds the address of the register frame in a register (SPRG0) while the
//! program runs, and writes through it. So the frame is reached by a raw pointer all its
//! life: a `Box` would claim that nobody else writes to it.

use crate::arch::{self, Float, Frame};
use alloc::boxed::Box;
use core::mem::MaybeUninit;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

/// All that is kept of a thread's registers.
struct Kept {
    frame: Frame,
    /// More of the frame than a system call's result has been changed since the program
    /// was last resumed.
    changed: bool,
    /// Whether there is anything in `float`. Most threads never use it, and it is larger
    /// than all the rest.
    has_float: bool,
    float: MaybeUninit<Float>,
}

/// Owns a [`Frame`] on the heap, and beside it room for a [`Float`].
pub struct FrameBox(NonNull<Kept>);

impl FrameBox {
    /// Gives `frame` its place, without floating point.
    pub fn new(frame: &Frame) -> FrameBox {
        let mut place = Box::<Kept>::new_uninit();
        let kept = place.as_mut_ptr();
        // SAFETY: the place is valid, and each part of it is written but the one that may
        // hold anything.
        let place = unsafe {
            (&raw mut (*kept).frame).copy_from_nonoverlapping(frame, 1);
            (&raw mut (*kept).changed).write(true);
            (&raw mut (*kept).has_float).write(false);
            place.assume_init()
        };
        FrameBox(NonNull::from(Box::leak(place)))
    }

    /// Where the frame is: what the trap path is told.
    pub fn as_ptr(&self) -> *mut Frame {
        // SAFETY: the pointer is valid until drop; no reference is made.
        unsafe { &raw mut (*self.0.as_ptr()).frame }
    }

    fn has_float(&self) -> bool {
        // SAFETY: the pointer is valid until drop, and the trap path does not know of
        // this part.
        unsafe { (*self.0.as_ptr()).has_float }
    }

    /// Leaves the result of a system call.
    pub fn set_result(&mut self, result: Result<u64, u32>) {
        // SAFETY: as in `deref_mut`.
        arch::set_result(unsafe { &mut *self.as_ptr() }, result);
    }

    /// Whether more has been changed than that since this was last asked, when the program
    /// was resumed.
    pub fn take_changed(&mut self) -> bool {
        // SAFETY: as in `has_float`, and `self` is borrowed.
        core::mem::take(unsafe { &mut (*self.0.as_ptr()).changed })
    }

    /// What floating-point registers held when they were last kept; `None` if they have
    /// never been used.
    pub fn float(&self) -> Option<&Float> {
        // SAFETY: as above; what it is said to have was written.
        self.has_float()
            .then(|| unsafe { (*self.0.as_ptr()).float.assume_init_ref() })
    }

    /// The same, to be changed.
    pub fn float_mut(&mut self) -> Option<&mut Float> {
        // SAFETY: as above, and `self` is borrowed for as long as the result.
        self.has_float()
            .then(|| unsafe { (*self.0.as_ptr()).float.assume_init_mut() })
    }

    /// They hold `float` from now on.
    pub fn set_float(&mut self, float: Option<&Float>) {
        // SAFETY: as above; `float` is not in this frame, of which `self` is the only
        // borrow.
        unsafe {
            if let Some(float) = float {
                (*self.0.as_ptr()).float.write(*float);
            }
            (*self.0.as_ptr()).has_float = float.is_some();
        }
    }
}

impl Deref for FrameBox {
    type Target = Frame;

    fn deref(&self) -> &Frame {
        // SAFETY: the pointer is valid until drop. The trap path writes through
        // it only while user code runs, and no reference outlives the kernel's
        // run to completion.
        unsafe { &*self.as_ptr() }
    }
}

impl DerefMut for FrameBox {
    fn deref_mut(&mut self) -> &mut Frame {
        // SAFETY: the pointer is valid until drop.
        unsafe { (*self.0.as_ptr()).changed = true };
        // SAFETY: as above, and `self` is borrowed for as long as the result.
        unsafe { &mut *self.as_ptr() }
    }
}

impl Drop for FrameBox {
    fn drop(&mut self) {
        // SAFETY: `new` leaked this allocation, and it is given back once. The
        // kernel resumes another frame before any further trap, so SPRG0 does
        // not name this one when that happens.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

// SAFETY: the registers are plain data with one owner; nothing in them belongs to a
// processor.
unsafe impl Send for FrameBox {}
