//! Floating-point, vector and vector-scalar registers.
//!
//! The kernel is compiled without them and runs with their MSR bits off; each kind of
//! processor has one file, `float.rs`, with the only instructions that touch them.

/// The registers of one program, as it would store them itself. A processor that lacks a
/// kind leaves its part alone.
///
/// The 64 vector-scalar registers (VSRs) are the others too: doubleword 0 of VSR 0 to 31
/// is FPR 0 to 31, and VSR 32 to 63 are VR 0 to 31 (Book I, "Vector-Scalar Registers").
/// The layout is known to the assembly only through `offset_of!`.
#[repr(C, align(16))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Float {
    /// VSR 0 to 31, doubleword 0, the FPR, first in both byte orders.
    pub vsr: [[u64; 2]; 32],
    /// VR 0 to 31.
    pub vr: [u128; 32],
    /// The vector status and control register; all but its lowest word is 0.
    pub vscr: u128,
    /// The floating-point status and control register.
    pub fpscr: u64,
}

impl Float {
    /// What a new program finds. VSCR[NJ] = 0: vector arithmetic by the IEEE's and Java's
    /// rules, as on little-endian Linux.
    pub const ZERO: Float = Float {
        vsr: [[0; 2]; 32],
        vr: [0; 32],
        vscr: 0,
        fpscr: 0,
    };
}

unsafe extern "C" {
    fn boot_save_float(to: *mut Float);
    fn boot_load_float(from: *const Float);
}

/// Copies the registers' contents to `to`.
pub fn save_float(to: &mut Float) {
    // SAFETY: it writes to a Float only, and leaves the registers as they were.
    unsafe { boot_save_float(to) }
}

/// Puts `from` into the registers.
pub fn load_float(from: &Float) {
    // SAFETY: it reads a Float; no compiled code of the kernel uses these registers.
    unsafe { boot_load_float(from) }
}
