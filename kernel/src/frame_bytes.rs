//! The bytes of a frame, as the kernel reaches them: through the linear map.
//!
//! Programs' memory, files and pipes are all frames of the virtual memory's; this
//! is the one place that turns a frame's number into bytes.

use crate::arch;
use crate::state::Vm;
use vm::{FrameNo, PAGE_SIZE};

/// The 4096 bytes of `frame`, which the virtual memory has just named: it holds a
/// page of a program or of an object.
pub fn frame_bytes(_vm: &mut Vm, frame: FrameNo) -> &mut [u8] {
    // SAFETY: the linear map holds all of RAM, so the frame's 4096 bytes are there
    // to be read and written. The frame holds a page: no Rust object is in it. The
    // result borrows the virtual memory, so while it lives nothing can move frames
    // or ask for the bytes of another, and one processor runs the kernel.
    unsafe { core::slice::from_raw_parts_mut(arch::linear(frame), PAGE_SIZE as usize) }
}

/// Copies `len` bytes from one place to another, each a frame that the virtual memory has
/// just named and an offset in it.
///
/// # Panics
/// If a place does not end in its frame.
#[inline]
pub fn copy_bytes(_vm: &mut Vm, from: (FrameNo, usize), to: (FrameNo, usize), len: usize) {
    assert!(from.1.max(to.1) + len <= PAGE_SIZE as usize, "{len} bytes");
    // SAFETY: as in `frame_bytes`, but that no reference to the bytes is made: the two may
    // be the same.
    unsafe {
        core::ptr::copy(
            arch::linear(from.0).add(from.1),
            arch::linear(to.0).add(to.1),
            len,
        )
    }
}
