//! The first instruction of the kernel.
//!
//! QEMU loads the image at real 0 and jumps to the ELF file's entry point, with one
//! entry in the TLB: the first 64 MiB (Power ePAPR, chapter "Client Program Boot
//! Requirements": the initial mapped area).

use core::arch::global_asm;

// Comes here: 32-bit, EE = 0, IS = DS = 0; effective = real address in the first 64
// MiB, by an entry 0 of TLB1; r3 = the device tree's real address; nothing else is known.
global_asm!(
    ".section .text.entry, \"ax\"",
    ".balign 8",
    ".global _start",
    ".type _start, @function",
    "_start:",
    // Nobody called this: here a debugger's backtrace ends.
    ".cfi_startproc",
    ".cfi_undefined lr",
    // MSR[CM] := 1, 64-bit mode.
    "mfmsr %r11",
    "oris %r11, %r11, 0x8000",
    "mtmsr %r11",
    "isync",
    // EPCR[ICM] := 1: interrupts are taken in 64-bit mode.
    "lis %r10, 0x0200",
    "mtspr 307, %r10",
    // TLB1, entry 1: the first 16 GiB at 0xC000000000000000, for the supervisor to read,
    // write and execute, until `load_map` gives each part its own rights. It is as large
    // because the heap is behind the page table, and both grow with memory.
    // r10 = MAS0 (TLBSEL = 1, ESEL = 1), MAS1 (V, IPROT, 16 GiB), MAS2 (M), MAS3.
    "lis %r10, 0x1001",
    "mtspr 624, %r10",
    "lis %r10, 0xc000",
    "ori %r10, %r10, 0x0c00",
    "mtspr 625, %r10",
    "li %r10, 3",
    "rldicr %r10, %r10, 62, 1",
    "ori %r10, %r10, 4",
    "mtspr 626, %r10",
    "li %r10, 0x15",
    "mtspr 627, %r10",
    "li %r10, 0",
    "mtspr 944, %r10",
    "isync",
    tlbwe!(),
    "isync",
    // Entry 2: devices. 256 MiB from real 0xFE0000000 on, at that plus 0xD000000000000000;
    // MAS1 as above but for the size, MAS2 (I, G), MAS3 (SW, SR), MAS7 = the upper bits.
    "lis %r10, 0x1002",
    "mtspr 624, %r10",
    "lis %r10, 0xc000",
    "ori %r10, %r10, 0x0900",
    "mtspr 625, %r10",
    "li %r10, 0xd",
    "rldicr %r10, %r10, 60, 3",
    "oris %r10, %r10, 0xe000",
    "ori %r10, %r10, 0xa",
    "li %r12, 0xf",
    "rldimi %r10, %r12, 32, 28",
    "mtspr 626, %r10",
    "lis %r10, 0xe000",
    "ori %r10, %r10, 0x5",
    "mtspr 627, %r10",
    "mtspr 944, %r12",
    "isync",
    tlbwe!(),
    "isync",
    load64!("%r12", "1f"),
    "mtctr %r12",
    "bctr",
    // TLB1, entry 0, by which we came here, ends: MAS1[V] := 0.
    "1:",
    "lis %r10, 0x1000",
    "mtspr 624, %r10",
    "li %r10, 0",
    "mtspr 625, %r10",
    "isync",
    tlbwe!(),
    "isync",
    start_rust!(),
    ".cfi_endproc",
    ".size _start, . - _start",
    ".text",
);
