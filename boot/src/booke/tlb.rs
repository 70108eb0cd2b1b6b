//! The instructions that read, search and change the TLB (Book III-E, "TLB Management
//! Instructions").
//!
//! All of them speak by way of the MMU assist registers, MAS0 to MAS7.

use core::arch::{asm, global_asm};

/// A TLB entry in the form of the MMU assist registers; `mas0` says which it is.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mas {
    /// TLBSEL: which TLB, and ESEL: which way of it.
    pub mas0: u64,
    /// V, IPROT, TID, TS, TSIZE.
    pub mas1: u64,
    /// EPN and WIMGE.
    pub mas2: u64,
    /// RPN's lower 32 bits, and the rights.
    pub mas3: u64,
    /// RPN's upper bits.
    pub mas7: u64,
}

unsafe extern "C" {
    fn boot_load_map(entries: *const Mas, count: usize);
}

/// Reads the entry that `mas0` and, for TLB0, the effective address `ea` name.
pub fn read(mas0: u64, ea: u64) -> Mas {
    // SAFETY: the MAS registers are nobody's between two functions here.
    unsafe {
        asm!(
            "mtspr 624, {}",
            "mtspr 626, {}",
            "isync",
            ".long 0x7c000764", // tlbre
            in(reg) mas0, in(reg) ea, options(nostack, preserves_flags)
        );
    }
    assist()
}

/// The entry that translates `ea` for `pid`; one that is not valid where there is none.
pub fn search(ea: u64, pid: u64) -> Mas {
    // SAFETY: as above.
    unsafe {
        asm!(
            "mtspr 630, {0}", // MAS6: SPID, SAS = 0
            "isync",
            ".long 0x7c000724 | 4 << 11", // tlbsx 0, r4
            in(reg) pid << 16, in("r4") ea, options(nostack, preserves_flags)
        );
    }
    assist()
}

/// What the MAS registers hold.
fn assist() -> Mas {
    let (mas0, mas1, mas2, mas3, mas7): (u64, u64, u64, u64, u64);
    // SAFETY: reads registers.
    unsafe {
        asm!(
            "mfspr {}, 624", "mfspr {}, 625", "mfspr {}, 626", "mfspr {}, 627", "mfspr {}, 944",
            out(reg) mas0, out(reg) mas1, out(reg) mas2, out(reg) mas3, out(reg) mas7,
            options(nostack, preserves_flags)
        );
    }
    Mas {
        mas0,
        mas1,
        mas2,
        // MAS3 has 32 bits; QEMU returns more after `tlbre` and `tlbsx`.
        mas3: mas3 & 0xffff_ffff,
        mas7,
    }
}

/// Writes `entry` where it says that it belongs.
///
/// # Safety
/// No memory that Rust knows may change its address, its contents or its rights by it.
pub unsafe fn write(entry: &Mas) {
    // SAFETY: the caller's.
    unsafe {
        asm!(
            "mtspr 624, {}", "mtspr 625, {}", "mtspr 626, {}", "mtspr 627, {}", "mtspr 944, {}",
            "isync",
            tlbwe!(),
            "isync",
            in(reg) entry.mas0, in(reg) entry.mas1, in(reg) entry.mas2, in(reg) entry.mas3,
            in(reg) entry.mas7, options(nostack, preserves_flags)
        );
    }
}

/// Makes all entries of `pid` invalid that are not protected (`tlbilx` with T = 1).
pub fn flush(pid: u64) {
    // SAFETY: the kernel's own entries are protected.
    unsafe {
        asm!(
            "mtspr 630, {}",
            "isync",
            ".long 0x7c000024 | 1 << 21", // tlbilx 1, 0, 0
            "isync",
            in(reg) pid << 16, options(nostack, preserves_flags)
        );
    }
}

/// Makes `entries`, at most 63, all that TLB1 holds, from entry 0 on, whatever their
/// `mas0` says. From then on machine checks are taken: MSR[ME] = 1.
///
/// # Safety
/// They map the kernel where it is, with the rights that it needs. Until now entry 1 maps
/// the first 16 GiB at 0xC000000000000000; this runs, and finds `entries`, in the first 256
/// MiB of them.
pub unsafe fn load_map(entries: &[Mas]) {
    // SAFETY: the caller's.
    unsafe { boot_load_map(entries.as_ptr(), entries.len()) }
}

// boot_load_map(r3 = Mas[], r4 = their number, at most 63): comes here from `load_map`,
// EE = 0, IS = DS = 0.
// No address may be in two entries at once, not even while one is replaced by others. So
// the map changes while nobody uses it: entry 63 maps the first 256 MiB at the same place
// in the other address space, TS = 1, where we run in the meantime.
global_asm!(
    ".text",
    ".global boot_load_map",
    ".type boot_load_map, @function",
    "boot_load_map:",
    // MAS0: TLBSEL = 1, ESEL = 63. MAS1: V, IPROT, TS, 256 MiB. MAS2: M. MAS3: SX SW SR.
    "lis %r5, 0x103f",
    "mtspr 624, %r5",
    "lis %r5, 0xc000",
    "ori %r5, %r5, 0x1900",
    "mtspr 625, %r5",
    "li %r5, 3",
    "rldicr %r5, %r5, 62, 1",
    "ori %r5, %r5, 4",
    "mtspr 626, %r5",
    "li %r5, 0x15",
    "mtspr 627, %r5",
    "li %r5, 0",
    "mtspr 944, %r5",
    "isync",
    tlbwe!(),
    "isync",
    // IS := DS := 1. r9 = the MSR to come back to, with ME, which QEMU's mtmsr does not
    // change.
    "mfmsr %r9",
    "ori %r9, %r9, 0x1000",
    "ori %r5, %r9, 0x30",
    "mtsrr1 %r5",
    load64!("%r5", "1f"),
    "mtsrr0 %r5",
    "rfi",
    // r5 = MAS0, r6 = how many are left to write: 63 in all, those after the last are not
    // valid.
    "1:",
    "lis %r5, 0x1000",
    "li %r6, 63",
    "2:",
    "cmpdi %r4, 0",
    "li %r7, 0",
    "beq 3f",
    "ld %r7, 16(%r3)",
    "mtspr 626, %r7",
    "ld %r7, 24(%r3)",
    "mtspr 627, %r7",
    "ld %r7, 32(%r3)",
    "mtspr 944, %r7",
    "ld %r7, 8(%r3)",
    "addi %r3, %r3, 40",
    "addi %r4, %r4, -1",
    "3:",
    "mtspr 624, %r5",
    "mtspr 625, %r7",
    "isync",
    tlbwe!(),
    "addis %r5, %r5, 1",
    "addi %r6, %r6, -1",
    "cmpdi %r6, 0",
    "bne 2b",
    "isync",
    // Back to IS = DS = 0, and entry 63 ends.
    "mtsrr1 %r9",
    load64!("%r5", "4f"),
    "mtsrr0 %r5",
    "rfi",
    "4:",
    "lis %r5, 0x103f",
    "mtspr 624, %r5",
    "li %r5, 0",
    "mtspr 625, %r5",
    "isync",
    tlbwe!(),
    "isync",
    "blr",
    ".size boot_load_map, . - boot_load_map",
);
