//! What a signal says about itself: siginfo_t (sigaction(2), "The siginfo_t
//! argument").
//!
//! All that Linux defines lies in the first 48 of its 128 bytes, so no more is kept.

use super::{Pid, Signal, Status};
use crate::syscall::Scalar;
use linux_raw_sys::general as abi;

/// Bytes of the part that depends on the code: `_sifields`, as far as it is used.
const FIELDS: usize = 32;
/// Where that part begins: after si_signo, si_errno, si_code and padding.
const FIELDS_AT: usize = 16;

/// A signal with what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// si_signo.
    pub signal: Signal,
    errno: i32,
    code: i32,
    fields: [u8; FIELDS],
}

/// si_code: why the signal was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code(i32);

impl Code {
    /// By kill(2).
    pub const USER: Code = Code(abi::SI_USER as i32);
    /// By the kernel.
    pub const KERNEL: Code = Code(abi::SI_KERNEL as i32);
    /// By tkill(2) or tgkill(2).
    pub const TKILL: Code = Code(abi::SI_TKILL);
    /// SIGSEGV: nothing is mapped there.
    pub const MAPERR: Code = Code(abi::SEGV_MAPERR as i32);
    /// SIGSEGV: the mapping does not allow it.
    pub const ACCERR: Code = Code(abi::SEGV_ACCERR as i32);
    /// SIGBUS: past the end of the object.
    pub const ADRERR: Code = Code(abi::BUS_ADRERR as i32);
    /// SIGBUS: an address that the instruction cannot use.
    pub const ADRALN: Code = Code(abi::BUS_ADRALN as i32);
    /// SIGBUS: the hardware failed.
    pub const OBJERR: Code = Code(abi::BUS_OBJERR as i32);
    /// SIGILL: no such instruction.
    pub const ILLOPC: Code = Code(abi::ILL_ILLOPC as i32);
    /// SIGILL: an instruction of the kernel's.
    pub const PRVOPC: Code = Code(abi::ILL_PRVOPC as i32);
    /// SIGILL: an instruction of a part of the processor that is off.
    pub const COPROC: Code = Code(abi::ILL_COPROC as i32);
    /// SIGTRAP: a breakpoint.
    pub const BRKPT: Code = Code(abi::TRAP_BRKPT as i32);
    /// SIGTRAP: one instruction was executed.
    pub const TRACE: Code = Code(abi::TRAP_TRACE as i32);
}

impl Info {
    fn new(signal: Signal, code: Code) -> Info {
        Info {
            signal,
            errno: 0,
            code: code.0,
            fields: [0; FIELDS],
        }
    }

    fn with(mut self, at: usize, value: impl Scalar) -> Info {
        value.put(&mut self.fields[at..]);
        self
    }

    /// From the kernel, with nothing to say.
    pub fn kernel(signal: Signal) -> Info {
        Info::new(signal, Code::KERNEL)
    }

    /// From the process `from`, which is root's like all: si_pid and si_uid.
    pub fn from(signal: Signal, code: Code, from: Pid) -> Info {
        Info::new(signal, code).with(0, from.raw())
    }

    /// For what an instruction did at `ea`: si_addr.
    pub fn fault(signal: Signal, code: Code, ea: u64) -> Info {
        Info::new(signal, code).with(0, ea)
    }

    /// What the parent of `child` gets at its end: si_pid, si_uid, si_status.
    pub fn child_ended(signal: Signal, child: Pid, status: Status) -> Info {
        let (code, value) = match status {
            Status::Exited(status) => (abi::CLD_EXITED, status as u32),
            Status::Killed(signal) => (abi::CLD_KILLED, signal.raw()),
        };
        Info::child(signal, code, child, value)
    }

    /// What the parent of `child` gets when it stops by `by`.
    pub fn child_stopped(child: Pid, by: Signal) -> Info {
        Info::child(Signal::CHLD, abi::CLD_STOPPED, child, by.raw())
    }

    /// What the parent of `child` gets when it goes on.
    pub fn child_continued(child: Pid) -> Info {
        let value = Signal::CONT.raw();
        Info::child(Signal::CHLD, abi::CLD_CONTINUED, child, value)
    }

    fn child(signal: Signal, code: u32, child: Pid, value: u32) -> Info {
        Info::new(signal, Code(code as i32))
            .with(0, child.raw())
            .with(8, value)
    }

    /// What a program made itself, as rt_sigqueueinfo(2) gets it; its si_signo does
    /// not count.
    pub fn from_program(signal: Signal, bytes: &[u8; 128]) -> Info {
        let int = |at: usize| i32::from_ne_bytes(core::array::from_fn(|i| bytes[at + i]));
        Info {
            signal,
            errno: int(4),
            code: int(8),
            fields: core::array::from_fn(|i| bytes[FIELDS_AT + i]),
        }
    }

    /// Whether it does not claim to come from the kernel, from kill or from tkill.
    pub fn is_honest(&self) -> bool {
        self.code < 0 && self.code != Code::TKILL.0
    }

    /// Whether a program queued it: then it can be refused.
    pub fn is_queued(&self) -> bool {
        self.code != Code::USER.0 && self.code != Code::TKILL.0
    }

    /// siginfo_t as the program sees it.
    pub fn bytes(&self) -> [u8; 128] {
        let mut bytes = [0; 128];
        self.put(&mut bytes);
        bytes
    }

    /// The same in `bytes`, which are zero.
    pub fn put(&self, bytes: &mut [u8]) {
        (self.signal.raw() as i32).put(bytes);
        self.errno.put(&mut bytes[4..]);
        self.code.put(&mut bytes[8..]);
        bytes[FIELDS_AT..FIELDS_AT + FIELDS].copy_from_slice(&self.fields);
    }
}
