//! A register frame that stays where it is.
//!
//! The trap path holds its address in a register (SPRG0) while the program
//! runs, and writes through it. So the frame is reached by a raw pointer all its
//! life: a `Box` would claim that nobody else writes to it.

use crate::arch::Frame;
use alloc::boxed::Box;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

/// Owns a [`Frame`] on the heap.
pub struct FrameBox(NonNull<Frame>);

impl FrameBox {
    /// Gives `frame` its place.
    pub fn new(frame: Frame) -> FrameBox {
        FrameBox(NonNull::from(Box::leak(Box::new(frame))))
    }

    /// Where it is: what the trap path is told.
    pub fn as_ptr(&self) -> *mut Frame {
        self.0.as_ptr()
    }
}

impl Deref for FrameBox {
    type Target = Frame;

    fn deref(&self) -> &Frame {
        // SAFETY: the pointer is valid until drop. The trap path writes through
        // it only while user code runs, and no reference outlives the kernel's
        // run to completion.
        unsafe { self.0.as_ref() }
    }
}

impl DerefMut for FrameBox {
    fn deref_mut(&mut self) -> &mut Frame {
        // SAFETY: as above, and `self` is borrowed for as long as the result.
        unsafe { self.0.as_mut() }
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

// SAFETY: the frame is plain data with one owner; nothing in it belongs to a
// processor.
unsafe impl Send for FrameBox {}
