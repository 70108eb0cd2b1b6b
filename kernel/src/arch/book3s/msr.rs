//! The machine state register: its bits, and its values.

use bitflags::bitflags;

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
pub const IDLE: Msr = Msr::SF
    .union(Msr::EE)
    .union(Msr::ME)
    .union(Msr::IR)
    .union(Msr::DR)
    .union(Msr::RI)
    .union(Msr::LE);
/// A program's first state. Floating point, VMX and VSX are off until it uses
/// them. The exception mode, FE0 and FE1, stays 0: a floating-point exception never traps,
/// which is Linux's default too (prctl(2), PR_SET_FPEXC).
pub const USER: Msr = IDLE.union(Msr::PR);
