# gdb's commands for Quire. `make gdb` reads this file once gdb is connected to
# a machine that has not executed anything yet.

set pagination off
set confirm off
set print pretty on
set print asm-demangle on

# Before the kernel has made itself little-endian, registers look byte-swapped.
# So the first place worth stopping at is in Rust.
tbreak quire::kmain
continue

define trapframe
    print/x *($arg0 as *const boot::frame::Frame)
end
document trapframe
trapframe ADDRESS: the registers that a trap saved, in the frame at ADDRESS.
At `break quire_trap` that is `trapframe $r3`. While a program runs, SPRG0 names its
frame, into which the next trap will save: `trapframe $sprg0`.
end

define why
    printf "srr0 %#lx  srr1 %#lx  dar %#lx  dsisr %#lx\n", $srr0, $srr1, $dar, $dsisr
end
document why
why: what the last interrupt told. SRR0 is where the program was and SRR1 its MSR.
After a data storage interrupt DAR is the effective address and DSISR the reason;
after others those two are stale.
end

define slb
    monitor info tlb
end
document slb
slb: the segment lookaside buffer, as slbmte wrote it. Of an ESID the last seven digits
are flags (8000000: valid), of a VSID the last three.
end

define program
    add-symbol-file target/powerpc64le-quire/release/$arg0
end
document program
program NAME: adds the symbols of a user program, for example `program sh`, so that
you can `break sh::main`. All programs are linked at the same address: the symbols
that you added last are the ones that gdb uses.
end

define copies
    # Before any program has faulted the kernel copies pages itself, for exec: DSISR is 0.
    eval "break kernel/vm/src/fault.rs:%d if $dsisr != 0", $copy_on_write
end
document copies
copies: stops wherever a page is copied on write, from the first program's on. `why` then
says by whom and where.
end
