//! Calls of Open Firmware's client interface (IEEE 1275-1994 §6, "Client interface").
//!
//! Firmware runs big-endian, 32-bit, in real mode, and so must whoever calls it.

use core::arch::global_asm;

unsafe extern "C" {
    fn boot_firmware(arguments: u64, interface: u64) -> i64;
}

/// Calls the client interface at real address `interface` with the array of
/// 32-bit big-endian cells at `arguments`. Returns 0, or -1 when firmware
/// does not know the service.
///
/// # Safety
/// Real mode; firmware's memory is intact; the array has the cells that its
/// header says, and they point only at memory that firmware may use. All of it
/// lies below 4 GiB.
pub unsafe fn call_firmware(arguments: *mut u32, interface: u64) -> i64 {
    // SAFETY: the caller keeps the contract above.
    unsafe { boot_firmware(arguments as u64, interface) }
}

// boot_firmware(r3 = arguments, r4 = client interface) -> r3
// Comes here: little-endian, 64-bit, real mode, EE = 0.
// A 32-bit callee keeps only the lower halves of the registers that a callee
// keeps, r1 among them: all of them are saved here, and r1 in memory.
global_asm!(
    ".text",
    ".global boot_firmware",
    ".type boot_firmware, @function",
    "boot_firmware:",
    "mflr %r0",
    "mfcr %r5",
    "std %r0, 16(%r1)",
    "std %r5, 8(%r1)",
    "stdu %r1, -192(%r1)",
    "std %r2, 24(%r1)",
    ".irp n, 13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
    "std %r\\n, 8*(\\n-9)(%r1)",
    ".endr",
    load64!("%r5", "boot_firmware_stack"),
    "std %r1, 0(%r5)",
    // LR = 1f as a 32-bit real address; SRR1 = ME | FP: SLOF uses FP registers.
    load64!("%r6", "1f"),
    "rldicl %r6, %r6, 0, 32",
    "mtlr %r6",
    "rldicl %r3, %r3, 0, 32",
    "mtsrr0 %r4",
    "li %r5, 0x3000",
    "mtsrr1 %r5",
    "rfid",
    // Firmware returns here: big-endian, 32-bit, r3 = its answer.
    "1:",
    become_little_endian!(),
    load64!("%r5", "boot_firmware_stack"),
    "ld %r1, 0(%r5)",
    ".irp n, 13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
    "ld %r\\n, 8*(\\n-9)(%r1)",
    ".endr",
    "ld %r2, 24(%r1)",
    "addi %r1, %r1, 192",
    "ld %r0, 16(%r1)",
    "ld %r5, 8(%r1)",
    "mtlr %r0",
    "mtcr %r5",
    "extsw %r3, %r3",
    "blr",
    ".size boot_firmware, . - boot_firmware",
    // Where r1 waits while firmware has the processor.
    ".lcomm boot_firmware_stack, 8, 8",
);
