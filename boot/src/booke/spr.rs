//! Special registers that only Book III-E has, one function each.

use core::arch::asm;

/// The process identifier: the tag of the TLB entries that are used.
pub fn pid() -> u64 {
    let pid: u64;
    // SAFETY: reads a register.
    unsafe { asm!("mfspr {}, 48", out(reg) pid, options(nomem, nostack, preserves_flags)) };
    pid
}

/// Makes `pid` the process identifier. 0 is for no process.
///
/// # Safety
/// The TLB holds nothing for it that must not be used.
pub unsafe fn set_pid(pid: u64) {
    // SAFETY: the kernel's own entries are global: no PID changes what Rust sees.
    unsafe { asm!("mtspr 48, {}", "isync", in(reg) pid, options(nostack, preserves_flags)) };
}

/// Ends the decrementer's interrupt and lets the next one come: TSR[DIS] := 0, by
/// writing 1 there, TCR[DIE] := 1 (Book III-E, "Timer Status Register").
pub fn acknowledge_decrementer() {
    // SAFETY: an interrupt comes only where EE = 1, and there it is expected.
    unsafe {
        asm!(
            "lis {0}, 0x0800", // TSR[DIS]
            "mtspr 336, {0}",
            "lis {0}, 0x0400", // TCR[DIE]
            "mtspr 340, {0}",
            out(reg) _,
            options(nomem, nostack, preserves_flags)
        )
    };
}

/// TLB `number`'s configuration: TLB0CFG or TLB1CFG (Book III-E, "TLB Configuration
/// Registers").
pub fn tlb_config(number: u32) -> u64 {
    let config: u64;
    // SAFETY: both read a register.
    unsafe {
        match number {
            0 => asm!("mfspr {}, 688", out(reg) config, options(nomem, nostack, preserves_flags)),
            _ => asm!("mfspr {}, 689", out(reg) config, options(nomem, nostack, preserves_flags)),
        }
    }
    config
}
