//! Answering a TLB miss: effective address → segment → virtual page → PTEG → TLB0.
//!
//! This is what a Book III-S processor does in hardware (Book III-S, "Page Table
//! Search"), in instructions: the segment table that SPRG3 names stands for the SLB, the
//! hashed page table in memory for itself. R and C are kept in its entries: R by every
//! fill; C by a store, and until then the TLB's entry does not allow stores. Where there is
//! no translation, or it does not allow what was tried, the trap goes the way of all
//! others, as if nothing had been looked for.

use core::mem::offset_of;

/// One segment, as the search wants it: a cache block.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    /// Which one: the effective address's upper 36 bits. [`Segment::NONE`] has one that
    /// no address has.
    pub esid: u64,
    /// The virtual half of the PTE of its page 0, valid and primary.
    pub pte: u64,
    /// The linear address of that page's primary group. The table begins at a multiple
    /// of its size.
    pub group: u64,
    /// Which bits of that address the hash decides.
    pub mask: u64,
    /// What the TLB's entry allows: byte 4 N + PP, counted from the lowest, is bits of MAS3.
    pub rights: u64,
}

impl Segment {
    /// No segment.
    pub const NONE: Segment = Segment {
        esid: u64::MAX,
        pte: 0,
        group: 0,
        mask: 0,
        rights: 0,
    };
}

/// The segment table's entries: segment ESID is in the one that the lowest bits of
/// ESID name, or not there.
pub const SEGMENTS: usize = 64;

/// Makes `table` the segment table (SPRG3).
///
/// # Safety
/// It stays where it is, and what it names are groups of one page table, which lead to
/// programs' memory only.
pub unsafe fn set_segments(table: *const [Segment; SEGMENTS]) {
    // SAFETY: SPRG3 is only used below, for which the caller vouches.
    unsafe { core::arch::asm!("mtsprg 3, {}", in(reg) table, options(nostack, preserves_flags)) };
}

// Three interrupts come here first: EE = 0, PID = the running program's; SPRG0 = its Frame;
// all registers are the program's. Those that are used are saved in the Frame and SPRG1,
// and are as they were when this ends, one way or the other.
//
// begin_search: r10 to r14 and CR are free.
// search: r10 = the effective address, r11 = the segment table, r14 = the rights needed, as
// bits of MAS3. Writes the entry that MAS0 to MAS2 name, or goes to the stub.
//
// r12 = the PTE's address, r13 = its virtual half, once they are known.
frame_asm!(
    ".section .text.vectors.miss, \"ax\"",
    ".set MAS3_UX, 0x20",
    ".set MAS3_UW, 0x08",
    ".macro begin_search",
    "mtsprg 1, %r10",
    "mfsprg %r10, 0",
    "std %r11, FRAME_GPR+8*11(%r10)",
    "std %r12, FRAME_GPR+8*12(%r10)",
    "std %r13, FRAME_GPR+8*13(%r10)",
    "std %r14, FRAME_GPR+8*14(%r10)",
    "mfcr %r11",
    "std %r11, FRAME_CR(%r10)",
    ".endm",
    ".macro end_search",
    "mfsprg %r10, 0",
    "ld %r11, FRAME_CR(%r10)",
    "mtcr %r11",
    "ld %r11, FRAME_GPR+8*11(%r10)",
    "ld %r12, FRAME_GPR+8*12(%r10)",
    "ld %r13, FRAME_GPR+8*13(%r10)",
    "ld %r14, FRAME_GPR+8*14(%r10)",
    "mfsprg %r10, 1",
    ".endm",
    // Goes to \found with r12 = the address of that one of eight PTEs whose virtual
    // half is r13, or on.
    ".macro search_group found",
    "ld %r10, 0(%r12)",
    "cmpd %r10, %r13",
    "beq \\found",
    ".rept 7",
    "ldu %r10, 16(%r12)",
    "cmpd %r10, %r13",
    "beq \\found",
    ".endr",
    ".endm",
    ".macro search stub",
    // r11 = the segment's entry: 64 bytes times the lowest six bits of ESID.
    "srdi %r12, %r10, 28",
    "rlwinm %r13, %r12, 6, 20, 25",
    "ldux %r13, %r11, %r13",
    "cmpd %r13, %r12",
    "bne 9f",
    // r12 = the group of the page: that of page 0, changed by the page's bits, which
    // are 12 to 27 of the address and come to 7 to 22.
    "ld %r12, {mask}(%r11)",
    "rlwinm %r13, %r10, 27, 9, 24",
    "and %r13, %r13, %r12",
    "ld %r12, {group}(%r11)",
    "xor %r12, %r12, %r13",
    // r13 = the virtual half: the page's upper five bits come to 7 to 11.
    "rlwinm %r13, %r10, 16, 20, 24",
    "ld %r10, {pte}(%r11)",
    "or %r13, %r13, %r10",
    "search_group 8f",
    // The secondary group is the complement; H, bit 1, says so.
    "ld %r10, {mask}(%r11)",
    "addi %r12, %r12, -7*16",
    "xor %r12, %r12, %r10",
    "ori %r13, %r13, 2",
    "search_group 8f",
    "b 9f",
    // r10 = the real half, r11 = what N and PP, its lowest three bits, allow in this
    // segment.
    "8:",
    "ld %r10, 8(%r12)",
    "ld %r11, {rights}(%r11)",
    "rlwinm %r13, %r10, 3, 26, 28",
    "srd %r11, %r11, %r13",
    "andc. %r13, %r14, %r11",
    "bne 9f",
    // R := 1 (0x100); C := 1 (0x80) if this is a store.
    "rlwinm %r13, %r14, 4, 24, 24",
    "or %r10, %r10, %r13",
    "ori %r10, %r10, 0x100",
    "std %r10, 8(%r12)",
    // Stores are allowed only when C is 1: C comes to where UW is.
    "rlwinm %r13, %r10, 28, 28, 28",
    "ori %r13, %r13, 0x3f & ~MAS3_UW",
    "and %r11, %r11, %r13",
    // MAS3 = the real page's lower half and what is allowed, MAS7 = its upper half.
    "rlwimi %r11, %r10, 0, 0, 19",
    "srdi %r10, %r10, 32",
    "mtspr 627, %r11",
    "mtspr 944, %r10",
    tlbwe!(),
    "end_search",
    "rfi",
    "9:",
    "end_search",
    "b boot_vectors + \\stub * 0x20",
    ".endm",
    // A store to a page whose entry does not allow it, by a program: perhaps only
    // because C is 0. `tlbsx` names that entry. (If it has gone, what `search` writes is
    // not valid, and the store comes back as a miss.) ESR[ST] is 0x800000, MSR[PR] 0x4000.
    ".balign 64",
    ".global boot_data_storage",
    "boot_data_storage:",
    "begin_search",
    "mfsrr1 %r11",
    "andi. %r11, %r11, 0x4000",
    "beq 9f",
    "mfspr %r11, 62",
    "andis. %r11, %r11, 0x80",
    "beq 9f",
    "mfspr %r10, 61",
    "mfspr %r11, 48",
    "rldicr %r11, %r11, 16, 47",
    "mtspr 630, %r11", // MAS6[SPID] := PID, SAS := 0
    "isync",
    ".long 0x7c000724 | 10 << 11", // tlbsx 0, r10
    "mfsprg %r11, 3",
    "li %r14, MAS3_UW",
    "search 2",
    // A load or a store for which TLB0 has no entry. A store needs UW. The interrupt has put
    // into MAS0 to MAS2 where the entry goes and what it is for (Book III-E, "MAS Register
    // Updates").
    ".balign 64",
    ".global boot_data_miss",
    "boot_data_miss:",
    "begin_search",
    "mfspr %r10, 61",
    "mfspr %r14, 62",
    "mfsprg %r11, 3",
    "rlwinm %r14, %r14, 12, 28, 28",
    "search 13",
    // An instruction for which TLB0 has none.
    ".balign 64",
    ".global boot_fetch_miss",
    "boot_fetch_miss:",
    "begin_search",
    "mfsrr0 %r10",
    "mfsprg %r11, 3",
    "li %r14, MAS3_UX",
    "search 14",
    ".text",
    pte = const offset_of!(Segment, pte),
    group = const offset_of!(Segment, group),
    mask = const offset_of!(Segment, mask),
    rights = const offset_of!(Segment, rights),
);
