//! Register frames: of a new program, of the idle loop, and what a system call
//! finds and leaves in one.

use super::trap::kernel_frame;
use super::{IDLE, Msr, PPR, USER, image};
use boot::Frame;

/// CR0's SO bit: a system call failed.
const SUMMARY_OVERFLOW: u64 = 1 << 28;

fn frame(nip: u64, msr: Msr) -> Frame {
    Frame {
        nip,
        msr: msr.bits(),
        ppr: PPR,
        stack: image::top_of_stack(),
        outer: kernel_frame() as u64,
        ..Frame::ZERO
    }
}

/// A new program's registers: it starts at `entry` with r1 = `stack`; all else is 0.
pub fn user_frame(entry: u64, stack: u64) -> Frame {
    let mut frame = frame(entry, USER);
    frame.gpr[1] = stack;
    frame
}

/// The frame to resume when no program can run: it waits for an interrupt.
pub fn idle_frame() -> Frame {
    frame(boot::idle(), IDLE)
}

/// The system call's number (r0).
pub fn syscall_number(frame: &Frame) -> u64 {
    frame.gpr[0]
}

/// The system call's six arguments (r3 to r8).
pub fn syscall_args(frame: &Frame) -> [u64; 6] {
    core::array::from_fn(|i| frame.gpr[3 + i])
}

/// Leaves the system call's result: r3 is the value with CR0.SO clear, or the
/// errno, positive, with CR0.SO set.
pub fn set_result(frame: &mut Frame, result: Result<u64, u32>) {
    match result {
        Ok(value) => {
            frame.gpr[3] = value;
            frame.cr &= !SUMMARY_OVERFLOW;
        }
        Err(errno) => {
            frame.gpr[3] = u64::from(errno);
            frame.cr |= SUMMARY_OVERFLOW;
        }
    }
}
