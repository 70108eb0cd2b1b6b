//! Why the kernel was entered (Book III §6.5, "Interrupt Definitions").

use crate::arch::trap::name_kernel_frame;
use crate::arch::{Trap, linear_address};
use crate::platform::hypervisor::{self, Refused};
use bitflags::bitflags;
use boot::Frame;
use vm::{Access, Ea};

bitflags! {
    /// Why a data access was refused: DSISR.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Dsisr: u64 {
        /// No page table entry.
        const NO_TRANSLATION = 1 << 30;
        /// The entry's PP bits, or its segment's key, do not allow it.
        const PROTECTION = 1 << 27;
        /// It was a store.
        const STORE = 1 << 25;
        /// A watched address.
        const WATCHPOINT = 1 << 22;
        /// A storage key does not allow it.
        const STORAGE_KEY = 1 << 21;
    }

    /// Why an instruction was not fetched or not executed: the bits of SRR1 that
    /// are not the MSR's.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Reason: u64 {
        /// Vector 0x400: no page table entry.
        const NO_TRANSLATION = 1 << 30;
        /// Vector 0x400: the N bit of the page or of the segment.
        const NO_EXECUTE = 1 << 28;
        /// Vector 0x400: the PP bits or the key.
        const PROTECTION = 1 << 27;
        /// Vector 0x700: a floating-point exception.
        const FLOATING_POINT = 1 << 20;
        /// Vector 0x700: no such instruction.
        const ILLEGAL = 1 << 19;
        /// Vector 0x700: an instruction of the kernel's.
        const PRIVILEGED = 1 << 18;
        /// Vector 0x700: a trap instruction.
        const TRAP = 1 << 17;
    }
}

/// Why `frame` was saved.
#[inline]
pub fn decode(frame: &Frame) -> Trap {
    match frame.vector {
        0x200 => Trap::MachineCheck,
        0x300 => data_storage(frame),
        0x380 => Trap::Segment {
            ea: Ea(frame.dar),
            access: Access::Read,
        },
        0x400 => instruction_storage(frame),
        0x480 => Trap::Segment {
            ea: Ea(frame.nip),
            access: Access::Fetch,
        },
        0x500 => Trap::External,
        0x600 => Trap::Alignment { ea: Ea(frame.dar) },
        0x700 => program(frame),
        0x800 | 0xf20 | 0xf40 => Trap::FloatUnavailable,
        0x900 => Trap::Tick,
        0xc00 => Trap::Syscall,
        0xd00 => Trap::Step,
        // Of a facility that programs do not get: transactions, TAR, DSCR, event-based
        // branches (FSCR, and MSR[TM]).
        0xf60 => Trap::Illegal,
        vector => Trap::Other(vector),
    }
}

fn data_storage(frame: &Frame) -> Trap {
    let why = Dsisr::from_bits_retain(frame.dsisr);
    let access = if why.contains(Dsisr::STORE) {
        Access::Write
    } else {
        Access::Read
    };
    if why.intersects(Dsisr::NO_TRANSLATION | Dsisr::PROTECTION) {
        Trap::Page {
            ea: Ea(frame.dar),
            access,
        }
    } else {
        Trap::Other(frame.vector)
    }
}

fn instruction_storage(frame: &Frame) -> Trap {
    let why = Reason::from_bits_retain(frame.msr);
    if why.intersects(Reason::NO_TRANSLATION | Reason::NO_EXECUTE | Reason::PROTECTION) {
        Trap::Page {
            ea: Ea(frame.nip),
            access: Access::Fetch,
        }
    } else {
        Trap::Other(frame.vector)
    }
}

fn program(frame: &Frame) -> Trap {
    let why = Reason::from_bits_retain(frame.msr);
    if why.contains(Reason::TRAP) {
        Trap::Breakpoint
    } else if why.contains(Reason::PRIVILEGED) {
        Trap::Privileged
    } else if why.contains(Reason::ILLEGAL) {
        Trap::Illegal
    } else {
        Trap::Other(frame.vector)
    }
}

/// Puts the vectors in place. From here on a trap is reported.
///
/// # Safety
/// Firmware is not called any more: its memory is overwritten.
pub unsafe fn take_traps() -> Result<(), Refused> {
    // SAFETY: both copies go where nobody but firmware had anything, and only then can
    // anything trap.
    unsafe {
        name_kernel_frame();
        boot::copy_vectors(linear_address(0));
        boot::copy_vectors(linear_address(boot::VECTORS_AIL3));
    }
    hypervisor::interrupts_little_endian()
}
