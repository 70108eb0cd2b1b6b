//! Pieces of assembly text that more than one block uses.

/// Loads the 64-bit link address `$symbol` into register `$reg`: five instructions,
/// because the kernel lies at the top of the address space and the TOC pointer
/// may not be set yet.
macro_rules! load64 {
    ($reg:literal, $symbol:literal) => {
        concat!(
            ".macro load64 reg, symbol\n",
            "lis \\reg, \\symbol@highest\n",
            "ori \\reg, \\reg, \\symbol@higher\n",
            "rldicr \\reg, \\reg, 32, 31\n",
            "oris \\reg, \\reg, \\symbol@high\n",
            "ori \\reg, \\reg, \\symbol@l\n",
            ".endm\n",
            concat!("load64 ", $reg, ", ", $symbol, "\n"),
            ".purgem load64\n",
        )
    };
}

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
