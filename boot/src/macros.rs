//! Pieces of assembly text that more than one block uses.

/// `global_asm!` with the offsets of the fields of [`Frame`](crate::Frame) as symbols:
/// FRAME_GPR is that of r0, FRAME_NIP that of `nip`, and so on.
macro_rules! frame_asm {
    ($($text:tt)*) => {
        core::arch::global_asm!(
            ".set FRAME_GPR, {gpr}",
            ".set FRAME_NIP, {nip}",
            ".set FRAME_MSR, {msr}",
            ".set FRAME_CR, {cr}",
            ".set FRAME_LR, {lr}",
            ".set FRAME_CTR, {ctr}",
            ".set FRAME_XER, {xer}",
            ".set FRAME_VRSAVE, {vrsave}",
            ".set FRAME_PPR, {ppr}",
            ".set FRAME_DAR, {dar}",
            ".set FRAME_DSISR, {dsisr}",
            ".set FRAME_VECTOR, {vector}",
            ".set FRAME_STACK, {stack}",
            ".set FRAME_OUTER, {outer}",
            $($text)*
            gpr = const core::mem::offset_of!(crate::Frame, gpr),
            nip = const core::mem::offset_of!(crate::Frame, nip),
            msr = const core::mem::offset_of!(crate::Frame, msr),
            cr = const core::mem::offset_of!(crate::Frame, cr),
            lr = const core::mem::offset_of!(crate::Frame, lr),
            ctr = const core::mem::offset_of!(crate::Frame, ctr),
            xer = const core::mem::offset_of!(crate::Frame, xer),
            vrsave = const core::mem::offset_of!(crate::Frame, vrsave),
            ppr = const core::mem::offset_of!(crate::Frame, ppr),
            dar = const core::mem::offset_of!(crate::Frame, dar),
            dsisr = const core::mem::offset_of!(crate::Frame, dsisr),
            vector = const core::mem::offset_of!(crate::Frame, vector),
            stack = const core::mem::offset_of!(crate::Frame, stack),
            outer = const core::mem::offset_of!(crate::Frame, outer),
        );
    };
}

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

/// Clears .bss and calls `quire_main`, which never returns, on the kernel's stack.
///
/// Comes here: at the address that the kernel is linked for; r3 = what `quire_main` is
/// told. Memory may be dirty.
macro_rules! start_rust {
    () => {
        concat!(
            // r6 = the doubleword before the next one, CTR = how many.
            load64!("%r6", "_bss_start"),
            load64!("%r7", "_bss_end"),
            "subf %r7, %r6, %r7\n",
            "rldicl %r7, %r7, 61, 3\n",
            "mtctr %r7\n",
            "addi %r6, %r6, -8\n",
            "li %r0, 0\n",
            "2: stdu %r0, 8(%r6)\n",
            "bdnz 2b\n",
            // The stack grows down from its end; above r1 is room for the linkage
            // area, whose back chain is 0 (ELFv2 ABI, "The Stack Frame"). r2 = the TOC
            // pointer.
            load64!("%r1", "_stack_end"),
            "addi %r1, %r1, -64\n",
            load64!("%r2", ".TOC."),
            load64!("%r12", "quire_main"),
            "mtctr %r12\n",
            "bctrl\n",
            "trap\n",
        )
    };
}

/// `$count` stubs, one every 0x20 bytes: each the first instructions of a vector.
///
/// Comes here: EE = 0; SPRG0 = the running program's Frame; all else is the program's.
/// Goes to label 1 with r3 = the Frame, the program's r3 in SPRG1, its r4 and LR saved,
/// LR = 0x18 after the stub.
macro_rules! vector_stubs {
    ($count:literal) => {
        concat!(
            ".rept ",
            $count,
            "\n",
            "mtsprg 1, %r3\n",
            "mfsprg %r3, 0\n",
            "std %r4, FRAME_GPR+8*4(%r3)\n",
            "mflr %r4\n",
            "std %r4, FRAME_LR(%r3)\n",
            "bl 1f\n",
            "nop\n",
            "nop\n",
            ".endr\n",
        )
    };
}

/// The stub of the system call's vector. Goes to label 2 as the others go to 1, but that
/// LR is still the program's.
macro_rules! call_stub {
    () => {
        concat!(
            "mtsprg 1, %r3\n",
            "mfsprg %r3, 0\n",
            "std %r4, FRAME_GPR+8*4(%r3)\n",
            "mflr %r4\n",
            "std %r4, FRAME_LR(%r3)\n",
            "b 2f\n",
            "nop\n",
            "nop\n",
        )
    };
}

/// Saves what the stub has not of the registers that a function may change (ELFv2 ABI,
/// "Register Usage Conventions"), and r1 and r2. r3 = the Frame. Changes r4 to r7.
macro_rules! save_volatile {
    () => {
        concat!(
            ".irp n, 0,1,2,5,6,7,8,9,10,11,12\n",
            "std %r\\n, FRAME_GPR+8*\\n(%r3)\n",
            ".endr\n",
            "mfsprg %r4, 1\n",
            "mfcr %r5\n",
            "mfctr %r6\n",
            "mfxer %r7\n",
            "std %r4, FRAME_GPR+8*3(%r3)\n",
            "std %r5, FRAME_CR(%r3)\n",
            "std %r6, FRAME_CTR(%r3)\n",
            "std %r7, FRAME_XER(%r3)\n",
        )
    };
}

/// Saves the rest: what Rust leaves as it is. r3 = the Frame. Changes r4 and r5.
macro_rules! save_kept {
    () => {
        concat!(
            ".irp n, 13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n",
            "std %r\\n, FRAME_GPR+8*\\n(%r3)\n",
            ".endr\n",
            "mfspr %r4, 256\n",
            "mfspr %r5, ",
            ppr!(),
            "\n",
            "std %r4, FRAME_VRSAVE(%r3)\n",
            "std %r5, FRAME_PPR(%r3)\n",
        )
    };
}

/// Saves the vector that LR, from [`vector_stubs`], tells. r3 = the Frame. Changes r4.
macro_rules! save_vector {
    () => {
        "mflr %r4\nandi. %r4, %r4, 0x1fe0\nstd %r4, FRAME_VECTOR(%r3)\n"
    };
}

/// Saves r4 and r5 as the place and the machine state. r3 = the Frame.
macro_rules! save_place {
    () => {
        "std %r4, FRAME_NIP(%r3)\nstd %r5, FRAME_MSR(%r3)\n"
    };
}

/// Takes the kernel's stack, and goes to `$offset` bytes after boot_called, r12 = that
/// address. r3 = the Frame. Changes r4.
///
/// SPRG2 says where boot_called is: the vectors may run at an address from which no branch
/// that the linker makes would lead there.
macro_rules! enter_kernel {
    ($offset:expr) => {
        concat!(
            // A trap inside the kernel goes to a frame and a stack of its own. From
            // here on it can be reported; EE stays 0.
            "ld %r4, FRAME_OUTER(%r3)\n",
            "mfsprg %r12, 2\n",
            "mtsprg 0, %r4\n",
            "ld %r1, FRAME_STACK(%r3)\n",
            ".if ",
            $offset,
            "\n",
            "addi %r12, %r12, ",
            $offset,
            "\n",
            ".endif\n",
            "mtctr %r12\n",
            "bctr\n",
        )
    };
}

/// How far boot_trapped is from boot_called.
macro_rules! trapped {
    () => {
        "160"
    };
}
