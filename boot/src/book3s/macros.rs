//! Assembly text for this kind of processor alone.

/// Goes on with the next instruction in little-endian, 64-bit, real mode.
///
/// Comes here: big-endian, 32-bit, real mode, EE = 0. Uses r10, r11, LR, SRR0 and
/// SRR1. The processor fetches these words big-endian, so each is written with its
/// bytes reversed. `rfid` changes all three modes at once (Book III §3.3.1,
/// "System Linkage Instructions").
macro_rules! become_little_endian {
    () => {
        concat!(
            ".macro big_endian word\n",
            ".byte ((\\word) >> 24) & 0xff, ((\\word) >> 16) & 0xff\n",
            ".byte ((\\word) >> 8) & 0xff, (\\word) & 0xff\n",
            ".endm\n",
            "big_endian 0x39401001\n", // li     r10, ME | LE
            "big_endian 0x39600001\n", // li     r11, 1
            "big_endian 0x796bf806\n", // sldi   r11, r11, 63     SF
            "big_endian 0x7d4a5b78\n", // or     r10, r10, r11
            "big_endian 0x7d5b03a6\n", // mtsrr1 r10
            "big_endian 0x429f0005\n", // bcl    20, 31, next     LR = where we are
            "big_endian 0x7d4802a6\n", // mflr   r10
            "big_endian 0x394a0010\n", // addi   r10, r10, 16     just after the rfid
            "big_endian 0x7d5a03a6\n", // mtsrr0 r10
            "big_endian 0x4c000024\n", // rfid
            ".purgem big_endian\n",
        )
    };
}

/// RI := 0: an interrupt from here on would overwrite SRR0 and SRR1. Uses r4.
macro_rules! cannot_recover {
    () => {
        "li %r4, 0\nmtmsrd %r4, 1\n"
    };
}

/// RI := 1. Uses r4.
macro_rules! can_recover {
    () => {
        "li %r4, 2\nmtmsrd %r4, 1\n"
    };
}

/// The instruction that takes the machine state from SRR1 and goes to SRR0.
macro_rules! return_from_interrupt {
    () => {
        "rfid"
    };
}

/// The number of the program priority register (Book II, "Program Priority Register").
macro_rules! ppr {
    () => {
        "896"
    };
}

/// Gives the processor back to the hypervisor until an interrupt has come and has been
/// handled: H_CEDE (PAPR). Uses r3.
macro_rules! rest {
    () => {
        "li %r3, 0xe0\nsc 1\n"
    };
}

/// The vector of system calls.
macro_rules! call_vector {
    () => {
        "0xc00"
    };
}
