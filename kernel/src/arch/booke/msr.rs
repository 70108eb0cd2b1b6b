//! The machine state register: its bits, and its values.

use bitflags::bitflags;

bitflags! {
    /// The machine state register (Book III-E, "Machine State Register").
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Msr: u64 {
        /// 64-bit mode.
        const CM = 1 << 31;
        /// Critical interrupts are taken.
        const CE = 1 << 17;
        /// External and decrementer interrupts are taken.
        const EE = 1 << 15;
        /// Problem state: a program, not the kernel.
        const PR = 1 << 14;
        /// Floating-point instructions.
        const FP = 1 << 13;
        /// Machine checks are taken.
        const ME = 1 << 12;
        /// Debug interrupts are taken.
        const DE = 1 << 9;
        /// Instructions are fetched from address space 1.
        const IS = 1 << 5;
        /// Data are in address space 1.
        const DS = 1 << 4;
    }
}

/// The idle loop's state: the kernel's, with interrupts taken.
pub const IDLE: Msr = Msr::CM.union(Msr::EE).union(Msr::ME);
/// A program's first state. Floating point is off until it uses it. The exception
/// mode, FE0 and FE1, stays 0: a floating-point exception never traps, which is Linux's
/// default too (prctl(2), PR_SET_FPEXC).
pub const USER: Msr = IDLE.union(Msr::PR);
