//! Floating-point, vector and vector-scalar registers, all of a kind at once.
//!
//! These programs are compiled without them, so nothing but the two functions here
//! changes them: what [`Float::put`] puts there stays until the next one.

use crate::Args;
use core::arch::global_asm;
use core::mem::offset_of;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use linux_raw_sys::auxvec::AT_HWCAP;

/// Kinds of registers, added up.
pub type Kinds = usize;
/// FPR 0 to 31 and FPSCR: every processor has them.
pub const FP: Kinds = 1;
/// VR 0 to 31 and VSCR.
pub const VECTOR: Kinds = 2;
/// All of VSR 0 to 31, of which the FPRs are half, and FPSCR. VSR 32 to 63 are the VRs.
pub const VECTOR_SCALAR: Kinds = 4;

/// PPC_FEATURE_* (asm/cputable.h).
mod feature {
    pub const FPU: usize = 0x0800_0000;
    pub const ALTIVEC: usize = 0x1000_0000;
    pub const VSX: usize = 0x80;
}

static HWCAP: AtomicUsize = AtomicUsize::new(0);

/// Looks at what the kernel says that the processor has.
pub fn look(args: &Args) {
    HWCAP.store(args.auxiliary(AT_HWCAP).unwrap_or(0), Relaxed);
}

/// The kinds of registers that the processor has, once [`look`] has looked.
pub fn kinds() -> Kinds {
    let has = |feature, kind| match HWCAP.load(Relaxed) & feature {
        0 => 0,
        _ => kind,
    };
    has(feature::FPU, FP) | has(feature::ALTIVEC, VECTOR) | has(feature::VSX, VECTOR_SCALAR)
}

/// What the registers hold.
#[repr(C, align(16))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Float {
    /// VSR 0 to 31: two doublewords, of which the first is the FPR.
    pub vsr: [[u64; 2]; 32],
    /// VR 0 to 31.
    pub vr: [u128; 32],
    /// The vector status and control register.
    pub vscr: u128,
    /// The floating-point status and control register.
    pub fpscr: u64,
}

impl Float {
    /// What a new program finds.
    pub const ZERO: Float = Float {
        vsr: [[0; 2]; 32],
        vr: [0; 32],
        vscr: 0,
        fpscr: 0,
    };

    /// What all registers of [`kinds`] hold after they have been given values that no
    /// other `seed` gives. They are there now.
    pub fn own(seed: u64) -> Float {
        let mix = |n: u64| {
            let x = (seed << 8 | n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            (x ^ x >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ seed
        };
        let wanted = Float {
            vsr: core::array::from_fn(|n| [mix(n as u64), mix(n as u64 + 32)]),
            vr: core::array::from_fn(|n| {
                (mix(n as u64 + 64) as u128) << 64 | mix(n as u64 + 96) as u128
            }),
            // NJ and SAT.
            vscr: (mix(128) & 0x1_0001).into(),
            // FX, OX, UX, ZX, XX; what the last result was; VE, but no exception that is
            // both there and enabled; rounding.
            fpscr: mix(129) & 0x9e01_f083,
        };
        wanted.put(kinds());
        Float::take(kinds())
    }

    /// Puts this into the registers of `kinds`.
    pub fn put(&self, kinds: Kinds) {
        // SAFETY: it reads a Float, and changes registers that no compiled code uses.
        unsafe { quire_float_put(self, kinds) }
    }

    /// What is in the registers of `kinds`; all else is 0.
    pub fn take(kinds: Kinds) -> Float {
        let mut float = Float::ZERO;
        // SAFETY: it writes to the Float, and leaves the registers as they are.
        unsafe { quire_float_take(&mut float, kinds) };
        float
    }
}

/// FPR 2 divided by FPR 3, into FPR 1.
pub fn divide() {
    // SAFETY: no compiled code uses these registers.
    unsafe { quire_float_divide() }
}

unsafe extern "C" {
    fn quire_float_put(float: *const Float, kinds: Kinds);
    fn quire_float_take(float: *mut Float, kinds: Kinds);
    fn quire_float_divide();
}

// quire_float_put, quire_float_take: r3 = a Float, r4 = kinds. Change r0, r5 and CR0; take
// leaves all else as it was: VSCR goes through VR 0 and FPSCR through FPR 0, which get
// back what was in them. The first instruction of take that touches a register is one
// of the kind that r4 says.
global_asm!(
    r#"
    .section .text.quire_float, "ax"
    .macro each_quadword op, at
    addi  5, 3, \at
    .irp  n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    \op   \n, 0, 5
    addi  5, 5, 16
    .endr
    .endm
    .macro each_fpr op
    .irp  n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    \op   \n, {VSR}+16*\n(3)
    .endr
    .endm

    .global quire_float_put
    .type quire_float_put, @function
quire_float_put:
    andi. 0, 4, {VECTOR}
    beq   1f
    addi  5, 3, {VSCR}
    lvx   0, 0, 5
    mtvscr 0
    each_quadword lvx, {VR}
1:  andi. 0, 4, {FP}+{VECTOR_SCALAR}
    beqlr
    lfd   0, {FPSCR}(3)
    mtfsf 255, 0
    andi. 0, 4, {VECTOR_SCALAR}
    bne   2f
    each_fpr lfd
    blr
2:  each_quadword lxvd2x, {VSR}
    blr
    .size quire_float_put, . - quire_float_put

    .global quire_float_take
    .type quire_float_take, @function
quire_float_take:
    andi. 0, 4, {VECTOR}
    beq   1f
    each_quadword stvx, {VR}
    mfvscr 0
    addi  5, 3, {VSCR}
    stvx  0, 0, 5
    addi  5, 3, {VR}
    lvx   0, 0, 5
1:  andi. 0, 4, {VECTOR_SCALAR}
    beq   2f
    each_quadword stxvd2x, {VSR}
    mffs  0
    stfd  0, {FPSCR}(3)
    addi  5, 3, {VSR}
    lxvd2x 0, 0, 5
    blr
2:  andi. 0, 4, {FP}
    beqlr
    each_fpr stfd
    mffs  0
    stfd  0, {FPSCR}(3)
    lfd   0, {VSR}(3)
    blr
    .size quire_float_take, . - quire_float_take

    .global quire_float_divide
    .type quire_float_divide, @function
quire_float_divide:
    fdiv  1, 2, 3
    blr
    .size quire_float_divide, . - quire_float_divide
    .purgem each_quadword
    .purgem each_fpr
    .text
    "#,
    VSR = const offset_of!(Float, vsr),
    VR = const offset_of!(Float, vr),
    VSCR = const offset_of!(Float, vscr),
    FPSCR = const offset_of!(Float, fpscr),
    FP = const FP,
    VECTOR = const VECTOR,
    VECTOR_SCALAR = const VECTOR_SCALAR,
);
