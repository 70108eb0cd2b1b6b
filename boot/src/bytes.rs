//! memcpy and memset, which the compiler calls for whatever is copied or cleared.
//!
//! Those that come with it move a doubleword in each turn of their loops; these move
//! four. No address need be aligned: for these instructions no processor here takes an
//! alignment interrupt in ordinary memory (Book III, "Alignment Interrupt").

use core::arch::global_asm;

global_asm!(
    r#"
    .section .text.memcpy, "ax"
    .global memcpy
    .type memcpy, @function
# r3 = to, r4 = from, r5 = bytes; they do not overlap. Returns r3. Called by Rust, with
# translation on. r9 = where to go on, r6, r7, r8, r10 = what is on its way.
memcpy:
    mr    %r9, %r3
    srdi. %r6, %r5, 5
    beq   2f
    mtctr %r6
1:  ld    %r6, 0(%r4)
    ld    %r7, 8(%r4)
    ld    %r8, 16(%r4)
    ld    %r10, 24(%r4)
    addi  %r4, %r4, 32
    std   %r6, 0(%r9)
    std   %r7, 8(%r9)
    std   %r8, 16(%r9)
    std   %r10, 24(%r9)
    addi  %r9, %r9, 32
    bdnz  1b
2:  andi. %r6, %r5, 31       # what is left: a piece for each bit of its length
    beqlr
    mtcrf 0x03, %r5          # CR6 and CR7 = its lowest 8 bits; 16 is the last of CR6
    bf    27, 3f
    ld    %r6, 0(%r4)
    ld    %r7, 8(%r4)
    addi  %r4, %r4, 16
    std   %r6, 0(%r9)
    std   %r7, 8(%r9)
    addi  %r9, %r9, 16
3:  bf    28, 4f
    ld    %r6, 0(%r4)
    addi  %r4, %r4, 8
    std   %r6, 0(%r9)
    addi  %r9, %r9, 8
4:  bf    29, 5f
    lwz   %r6, 0(%r4)
    addi  %r4, %r4, 4
    stw   %r6, 0(%r9)
    addi  %r9, %r9, 4
5:  bf    30, 6f
    lhz   %r6, 0(%r4)
    addi  %r4, %r4, 2
    sth   %r6, 0(%r9)
    addi  %r9, %r9, 2
6:  bflr  31
    lbz   %r6, 0(%r4)
    stb   %r6, 0(%r9)
    blr
    .size memcpy, . - memcpy

    .section .text.memset, "ax"
    .global memset
    .type memset, @function
# r3 = to, r4 = a byte, r5 = how many. Returns r3. As above; r4 = the byte, eight times.
memset:
    mr    %r9, %r3
    rlwimi %r4, %r4, 8, 16, 23
    rlwimi %r4, %r4, 16, 0, 15
    rldimi %r4, %r4, 32, 0
    srdi. %r6, %r5, 5
    beq   2f
    mtctr %r6
1:  std   %r4, 0(%r9)
    std   %r4, 8(%r9)
    std   %r4, 16(%r9)
    std   %r4, 24(%r9)
    addi  %r9, %r9, 32
    bdnz  1b
2:  andi. %r6, %r5, 31
    beqlr
    mtcrf 0x03, %r5
    bf    27, 3f
    std   %r4, 0(%r9)
    std   %r4, 8(%r9)
    addi  %r9, %r9, 16
3:  bf    28, 4f
    std   %r4, 0(%r9)
    addi  %r9, %r9, 8
4:  bf    29, 5f
    stw   %r4, 0(%r9)
    addi  %r9, %r9, 4
5:  bf    30, 6f
    sth   %r4, 0(%r9)
    addi  %r9, %r9, 2
6:  bflr  31
    stb   %r4, 0(%r9)
    blr
    .size memset, . - memset
"#
);
