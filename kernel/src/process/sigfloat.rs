//! Floating-point and vector registers in a signal's frame.
//!
//! They are where Linux has them (setup_sigcontext, arch/powerpc/kernel/signal_64.c).
//! fp_regs in struct sigcontext is FPR 0 to 31 and FPSCR. v_regs points at vectors as
//! programs store them, VR 0 to 31 and VSCR, then one whose first word is VRSAVE, and
//! after these at doubleword 1 of VSR 0 to 31: doubleword 0 is in fp_regs. The MSR
//! among the registers says whether the vectors and these doublewords are anything:
//! they are not if the program has not used them, or if there are none.

use crate::arch::{FLOAT, Float, VECTOR, VECTOR_SCALAR};
use crate::syscall::{Errno, Scalar, UserMemory};
use alloc::boxed::Box;
use vm::Ea;

/// Doublewords in fp_regs.
pub const FP_REGS: usize = 33;
/// Bytes at v_regs.
pub const V_REGS: usize = VSR + 8 * 32;

const FPSCR: usize = 8 * 32;
const VSCR: usize = 16 * 32;
/// Where VRSAVE is at v_regs.
pub const VRSAVE: usize = 16 * 33;
/// ELF_NVRREG vectors further.
const VSR: usize = 16 * 34;

/// The MSR in the frame of a program whose own is `msr`, and whose registers hold `float`.
pub fn msr(msr: u64, float: Option<&Float>) -> u64 {
    match float {
        Some(_) => msr | FLOAT.bits(),
        None => msr & !FLOAT.bits(),
    }
}

/// Fills fp_regs.
pub fn put(float: &Float, fp_regs: &mut [u8]) {
    for (n, vsr) in float.vsr.iter().enumerate() {
        vsr[0].put(&mut fp_regs[8 * n..]);
    }
    float.fpscr.put(&mut fp_regs[FPSCR..]);
}

/// Fills what v_regs points at, but for VRSAVE.
pub fn put_vectors(float: &Float, v_regs: &mut [u8; V_REGS]) {
    for (n, vsr) in float.vsr.iter().enumerate() {
        vsr[1].put(&mut v_regs[VSR + 8 * n..]);
    }
    for (n, vr) in float.vr.iter().enumerate() {
        vr.put(&mut v_regs[16 * n..]);
    }
    float.vscr.put(&mut v_regs[VSCR..]);
}

/// What VRSAVE is at v_regs, where it is whether the vectors are or not.
pub fn vrsave(vrsave: u64) -> Option<[u8; 4]> {
    (!VECTOR.is_empty()).then(|| (vrsave as u32).to_ne_bytes())
}

/// The VRSAVE that a program has whose frame's v_regs is `at`, and that had `now`.
///
/// # Errors
/// Those of [`UserMemory::read`].
pub fn get_vrsave(now: u64, at: u64, memory: &mut UserMemory) -> Result<u64, Errno> {
    match at {
        _ if VECTOR.is_empty() => Ok(now),
        0 => Ok(0),
        _ => {
            let at = at.wrapping_add(VRSAVE as u64);
            memory.read_u32(Ea(at)).map(u64::from)
        }
    }
}

/// Whether the program has used the registers, as the MSR of its frame says.
pub fn is_used(msr: u64) -> bool {
    msr & FLOAT.bits() != 0
}

/// What the registers hold of a program whose frame has these `fp_regs`, this `msr`, and
/// `at` as v_regs.
///
/// # Errors
/// Those of [`UserMemory::read`].
pub fn get(
    fp_regs: &[u64; FP_REGS],
    msr: u64,
    at: u64,
    memory: &mut UserMemory,
) -> Result<Box<Float>, Errno> {
    let mut float = Box::new(Float::ZERO);
    for (vsr, value) in float.vsr.iter_mut().zip(fp_regs) {
        vsr[0] = *value;
    }
    float.fpscr = fp_regs[FPSCR / 8];
    if msr & VECTOR.bits() != 0 {
        let mut vectors = [0; VRSAVE];
        memory.read(Ea(at), &mut vectors)?;
        for (vr, value) in float.vr.iter_mut().zip(quadwords(&vectors)) {
            *vr = value;
        }
        float.vscr = quadwords(&vectors[VSCR..]).next().unwrap_or(0);
    }
    if msr & VECTOR_SCALAR.bits() != 0 {
        let mut halves = [0; V_REGS - VSR];
        memory.read(Ea(at.wrapping_add(VSR as u64)), &mut halves)?;
        for (vsr, value) in float.vsr.iter_mut().zip(doublewords(&halves)) {
            vsr[1] = value;
        }
    }
    Ok(float)
}

fn doublewords(bytes: &[u8]) -> impl Iterator<Item = u64> {
    let (words, _) = bytes.as_chunks();
    words.iter().map(|word| u64::from_ne_bytes(*word))
}

fn quadwords(bytes: &[u8]) -> impl Iterator<Item = u128> {
    let (words, _) = bytes.as_chunks();
    words.iter().map(|word| u128::from_ne_bytes(*word))
}
