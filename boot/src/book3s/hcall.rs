//! Calls of the hypervisor.

use core::arch::asm;

/// What a hypervisor call returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// r3: 0 is success; the rest is PAPR's (chapter "Logical Partitioning Option",
    /// return codes).
    pub code: i64,
    /// r4, r5 and r6: what the call's description says.
    pub values: [u64; 3],
}

/// Calls the hypervisor: `sc 1`. The call's number goes in r3, its arguments in r4
/// to r7; it may change r0, r3 to r12, CTR, XER and CR (PAPR,
/// chapter "Logical Partitioning Option").
///
/// # Safety
/// What the call does to memory and to the processor must be what the caller
/// accounts for: the hypervisor can change anything.
#[inline]
pub unsafe fn hcall(number: u64, arguments: [u64; 4]) -> Answer {
    let (code, r4, r5, r6): (i64, u64, u64, u64);
    // SAFETY: every register that the hypervisor may change is named; what it
    // does beyond that is the caller's to know.
    unsafe {
        asm!(
            "sc 1",
            inlateout("r3") number => code,
            inlateout("r4") arguments[0] => r4,
            inlateout("r5") arguments[1] => r5,
            inlateout("r6") arguments[2] => r6,
            inlateout("r7") arguments[3] => _,
            out("r0") _, out("r8") _, out("r9") _, out("r10") _, out("r11") _, out("r12") _,
            out("cr0") _, out("cr1") _, out("cr5") _, out("cr6") _, out("cr7") _,
            out("ctr") _, out("xer") _,
            options(nostack),
        );
    }
    Answer {
        code,
        values: [r4, r5, r6],
    }
}

/// The same for a call that takes up to four pairs of words, in r4 to r11, and gives them
/// back changed. Returns r3.
///
/// # Safety
/// As for [`hcall`].
#[inline]
pub unsafe fn hcall_pairs(number: u64, pairs: &mut [[u64; 2]; 4]) -> i64 {
    let code: i64;
    let [[r4, r5], [r6, r7], [r8, r9], [r10, r11]] = pairs;
    // SAFETY: as above.
    unsafe {
        asm!(
            "sc 1",
            inlateout("r3") number => code,
            inlateout("r4") *r4 => *r4,
            inlateout("r5") *r5 => *r5,
            inlateout("r6") *r6 => *r6,
            inlateout("r7") *r7 => *r7,
            inlateout("r8") *r8 => *r8,
            inlateout("r9") *r9 => *r9,
            inlateout("r10") *r10 => *r10,
            inlateout("r11") *r11 => *r11,
            out("r0") _, out("r12") _,
            out("cr0") _, out("cr1") _, out("cr5") _, out("cr6") _, out("cr7") _,
            out("ctr") _, out("xer") _,
            options(nostack),
        );
    }
    code
}
