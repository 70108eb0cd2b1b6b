//! Why the kernel was entered (Book III-E, "Interrupt Definitions").

use super::segments;
use crate::arch::Trap;
use crate::arch::linear::BASE;
use crate::arch::trap::name_kernel_frame;
use bitflags::bitflags;
use boot::Frame;
use core::convert::Infallible;
use vm::{Access, Ea};

bitflags! {
    /// The exception syndrome register.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Esr: u64 {
        /// No such instruction.
        const ILLEGAL = 1 << 27;
        /// An instruction of the kernel's.
        const PRIVILEGED = 1 << 26;
        /// A trap instruction.
        const TRAP = 1 << 25;
        /// A floating-point exception.
        const FLOATING_POINT = 1 << 24;
        /// It was a store.
        const STORE = 1 << 23;
    }
}

/// What a vector is the address of, in units of 0x20: the number of its IVOR.
pub mod ivor {
    /// Machine check.
    pub const MACHINE_CHECK: u64 = 1;
    /// Data storage.
    pub const DATA: u64 = 2;
    /// Instruction storage.
    pub const FETCH: u64 = 3;
    /// External input.
    pub const EXTERNAL: u64 = 4;
    /// Alignment.
    pub const ALIGNMENT: u64 = 5;
    /// Program.
    pub const PROGRAM: u64 = 6;
    /// Floating-point unavailable.
    pub const FP_UNAVAILABLE: u64 = 7;
    /// System call.
    pub const SYSCALL: u64 = 8;
    /// Decrementer.
    pub const DECREMENTER: u64 = 10;
    /// Data TLB error.
    pub const DATA_MISS: u64 = 13;
    /// Instruction TLB error.
    pub const FETCH_MISS: u64 = 14;
    /// Debug.
    pub const DEBUG: u64 = 15;
}

/// The number of the IVOR by which `frame` was saved.
pub fn number(frame: &Frame) -> u64 {
    frame.vector / 0x20
}

/// Why `frame` was saved.
#[inline]
pub fn decode(frame: &Frame) -> Trap {
    match number(frame) {
        ivor::MACHINE_CHECK => Trap::MachineCheck,
        ivor::DATA | ivor::DATA_MISS => memory(Ea(frame.dar), data_access(frame)),
        ivor::FETCH | ivor::FETCH_MISS => memory(Ea(frame.nip), Access::Fetch),
        ivor::EXTERNAL => Trap::External,
        ivor::ALIGNMENT => Trap::Alignment { ea: Ea(frame.dar) },
        ivor::PROGRAM => program(frame),
        ivor::FP_UNAVAILABLE => Trap::FloatUnavailable,
        ivor::SYSCALL => Trap::Syscall,
        ivor::DECREMENTER => Trap::Tick,
        ivor::DEBUG => Trap::Step,
        _ => Trap::Other(frame.vector),
    }
}

fn data_access(frame: &Frame) -> Access {
    if Esr::from_bits_retain(frame.dsisr).contains(Esr::STORE) {
        Access::Write
    } else {
        Access::Read
    }
}

/// The search for a translation has found no segment, or none that allows the access.
fn memory(ea: Ea, access: Access) -> Trap {
    if ea.0 >= BASE || segments::holds(ea.esid()) {
        Trap::Page { ea, access }
    } else {
        Trap::Segment { ea, access }
    }
}

fn program(frame: &Frame) -> Trap {
    let why = Esr::from_bits_retain(frame.dsisr);
    if why.contains(Esr::TRAP) {
        Trap::Breakpoint
    } else if why.contains(Esr::PRIVILEGED) {
        Trap::Privileged
    } else if why.contains(Esr::ILLEGAL) {
        Trap::Illegal
    } else {
        Trap::Other(frame.vector)
    }
}

/// Puts the vectors in place. From here on a trap is reported.
///
/// # Safety
/// It is called once, before there are programs.
pub unsafe fn take_traps() -> Result<(), Infallible> {
    // SAFETY: the caller's; nothing traps before both are done.
    unsafe {
        name_kernel_frame();
        boot::take_vectors();
    }
    Ok(())
}
