//! Turning translation on.

use core::arch::global_asm;

unsafe extern "C" {
    fn boot_mmu_on();
}

/// From the return on, addresses are translated: MSR[IR] = MSR[DR] = 1.
///
/// # Safety
/// The SLB and the page table map the kernel at the addresses it is linked for.
pub unsafe fn mmu_on() {
    // SAFETY: the caller has made the map.
    unsafe { boot_mmu_on() }
}

// boot_mmu_on(): comes here in real mode, little-endian, 64-bit. Returns to LR by
// rfid, which is the one way to change IR and the next address together.
global_asm!(
    ".text",
    ".global boot_mmu_on",
    ".type boot_mmu_on, @function",
    "boot_mmu_on:",
    "mflr %r4",
    "mtsrr0 %r4",
    "mfmsr %r5",
    "ori %r5, %r5, 0x32", // IR | DR | RI
    "mtsrr1 %r5",
    "rfid",
    ".size boot_mmu_on, . - boot_mmu_on",
);
