//! What kinds of trap there are, and the frame that the kernel's own are saved in.

use super::image;
use boot::Frame;
use core::cell::UnsafeCell;
use vm::{Access, Ea};

/// Why the kernel was entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trap {
    /// `sc`.
    Syscall,
    /// The page table does not give what `access` needs at `ea`.
    Page {
        /// The address.
        ea: Ea,
        /// What was tried.
        access: Access,
    },
    /// The SLB has no entry for `ea`.
    Segment {
        /// The address.
        ea: Ea,
        /// `Fetch` or `Read`: a store cannot be told from a load here.
        access: Access,
    },
    /// The decrementer ran down.
    Tick,
    /// A device.
    External,
    /// No such instruction.
    Illegal,
    /// An instruction that programs may not use.
    Privileged,
    /// A trap instruction.
    Breakpoint,
    /// An address that the instruction cannot use.
    Alignment {
        /// The address.
        ea: Ea,
    },
    /// A floating-point or vector instruction while its bit of MSR is 0.
    FloatUnavailable,
    /// One instruction was executed under MSR[SE].
    Step,
    /// The hardware failed.
    MachineCheck,
    /// Any other vector.
    Other(u64),
}

/// The frame into which the kernel's own faults are saved.
struct KernelFrame(UnsafeCell<Frame>);

// SAFETY: only the trap path writes it, on the one processor, and whoever reads it
// then never goes back.
unsafe impl Sync for KernelFrame {}

static KERNEL_FRAME: KernelFrame = KernelFrame(UnsafeCell::new(Frame::ZERO));

/// Its address, for the `outer` field of programs' frames.
pub fn kernel_frame() -> *mut Frame {
    KERNEL_FRAME.0.get()
}

/// Whether `frame` was saved because the kernel itself faulted.
pub fn is_kernel(frame: *const Frame) -> bool {
    core::ptr::eq(frame, kernel_frame())
}

/// Names the kernel's frame as the one that the next trap is saved in.
///
/// # Safety
/// It is called once, before there are programs.
pub unsafe fn name_kernel_frame() {
    let frame = kernel_frame();
    // SAFETY: nothing traps before SPRG0 names the frame.
    unsafe {
        (*frame).stack = image::top_of_fault_stack();
        (*frame).outer = frame as u64;
        boot::set_frame(frame);
    }
}
