//! Assembly text for this kind of processor alone.

/// Book III-E has no RI: nothing says that SRR0 and SRR1 are still needed.
macro_rules! cannot_recover {
    () => {
        ""
    };
}

/// As above.
macro_rules! can_recover {
    () => {
        ""
    };
}

/// The instruction that takes the machine state from SRR1 and goes to SRR0.
macro_rules! return_from_interrupt {
    () => {
        "rfi"
    };
}

/// `tlbwe`: writes the TLB entry that MAS0 and MAS2 name from MAS1, MAS2, MAS3 and MAS7
/// (Book III-E, "TLB Write Entry"). The assembler does not know it for this target.
macro_rules! tlbwe {
    () => {
        ".long 0x7c0007a4"
    };
}

/// What stands in the frame in PPR's place: the number of SPEFSCR.
macro_rules! ppr {
    () => {
        "512"
    };
}

/// `wait`: rests until an interrupt comes (Book II, "Wait Instruction").
macro_rules! rest {
    () => {
        ".long 0x7c00007c\n"
    };
}

/// What tells system calls: IVOR8.
macro_rules! call_vector {
    () => {
        "0x20*8"
    };
}
