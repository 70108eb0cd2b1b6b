//! Filling and copying frames by the kernel itself, in the linear map.

use super::linear;
use vm::FrameNo;

/// Who fills and copies pages: `pages=` on the kernel's command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PagesBy {
    /// The hypervisor, where there is one that does.
    Hypervisor,
    /// The kernel's own instructions.
    Kernel,
}

/// Fills a program's `frame` with zero.
pub fn zero(frame: FrameNo) {
    // SAFETY: the frame is RAM in the linear map, and a program's, not Rust's.
    unsafe { boot::zero_page(linear(frame)) };
}

/// Copies a program's frame to another.
pub fn copy(from: FrameNo, to: FrameNo) {
    // SAFETY: as above, for both; the virtual memory copies to a frame that was free.
    unsafe { boot::copy_page(linear(from), linear(to)) };
}
