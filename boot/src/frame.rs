//! The register frame: what a trap saves and what resuming restores.

/// The registers of an interrupted program, and where the kernel goes when that
/// program is interrupted again.
///
/// SPRG0 holds the address of the running program's frame. The trap path saves
/// into it and hands it to `quire_trap`; [`crate::resume`] restores from it. Its
/// layout is known to the assembly only through `offset_of!`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// r0 to r31.
    pub gpr: [u64; 32],
    /// The next instruction (SRR0).
    pub nip: u64,
    /// The machine state (SRR1): on a trap, bits that MSR does not define say
    /// why the trap was taken. `rfid` ignores those. (Book III-E has ESR for that.)
    pub msr: u64,
    /// The condition register.
    pub cr: u64,
    /// The link register.
    pub lr: u64,
    /// The count register.
    pub ctr: u64,
    /// The fixed-point exception register.
    pub xer: u64,
    /// SPR 256, which programs may use as they like: VRSAVE; USPRG0 on Book III-E.
    pub vrsave: u64,
    /// The other special register that they may write without a trap: PPR, the thread's
    /// priority; on Book III-E SPEFSCR, which QEMU's e5500 has although it has no SPE.
    pub ppr: u64,
    /// The data address register; DEAR on Book III-E. Only some traps write it; else it is
    /// stale.
    pub dar: u64,
    /// The data storage interrupt status register; ESR on Book III-E. Stale like `dar`.
    pub dsisr: u64,
    /// The trap's vector: 0x100 to 0x1fe0; on Book III-E 0x20 times the number of its
    /// IVOR.
    pub vector: u64,
    /// The kernel's stack pointer when this program traps.
    pub stack: u64,
    /// The address of the frame that SPRG0 names while the kernel handles that
    /// trap: the one that takes the kernel's own faults.
    pub outer: u64,
}

impl Frame {
    /// All zero: no program yet.
    pub const ZERO: Frame = Frame {
        gpr: [0; 32],
        nip: 0,
        msr: 0,
        cr: 0,
        lr: 0,
        ctr: 0,
        xer: 0,
        vrsave: 0,
        ppr: 0,
        dar: 0,
        dsisr: 0,
        vector: 0,
        stack: 0,
        outer: 0,
    };
}
