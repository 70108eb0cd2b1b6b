//! Register frames: of a new program, of the idle loop, and what a system call
//! finds and leaves in one.

use super::image;
use super::trap::kernel_frame;
use bitflags::bitflags;
use boot::Frame;

bitflags! {
    /// The machine state register (Book III §3.2.1, "Machine State Register").
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Msr: u64 {
        /// 64-bit mode.
        const SF = 1 << 63;
        /// Hypervisor.
        const HV = 1 << 60;
        /// Vector instructions.
        const VEC = 1 << 25;
        /// VSX instructions.
        const VSX = 1 << 23;
        /// External and decrementer interrupts are taken.
        const EE = 1 << 15;
        /// Problem state: a program, not the kernel.
        const PR = 1 << 14;
        /// Floating-point instructions.
        const FP = 1 << 13;
        /// Machine checks are taken.
        const ME = 1 << 12;
        /// Trace every instruction.
        const SE = 1 << 10;
        /// Trace branches.
        const BE = 1 << 9;
        /// Instruction addresses are translated.
        const IR = 1 << 5;
        /// Data addresses are translated.
        const DR = 1 << 4;
        /// An interrupt can be recovered from.
        const RI = 1 << 1;
        /// Little-endian.
        const LE = 1;
    }
}

/// The idle loop's state: the kernel's, with interrupts taken.
const IDLE: Msr = Msr::SF
    .union(Msr::EE)
    .union(Msr::ME)
    .union(Msr::IR)
    .union(Msr::DR)
    .union(Msr::RI)
    .union(Msr::LE);
/// A program's state. Floating point, VMX and VSX stay off.
const USER: Msr = IDLE.union(Msr::PR);

/// CR0's SO bit: a system call failed.
const SUMMARY_OVERFLOW: u64 = 1 << 28;

fn frame(nip: u64, msr: Msr) -> Frame {
    Frame {
        nip,
        msr: msr.bits(),
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
