# gdb's commands for Quire. `make gdb` reads this file once gdb is connected to
# a machine that has not executed anything yet.

set pagination off
set confirm off
set print pretty on
set print asm-demangle on

# On pseries, before the kernel has made itself little-endian, registers look
# byte-swapped. So the first place worth stopping at is in Rust.
tbreak quire::kmain
continue

define trapframe
    print/x *($arg0 as *const boot::frame::Frame)
end
document trapframe
trapframe ADDRESS: the registers that a trap saved, in the frame at ADDRESS.
At `break quire_trap`, or `break quire_call`, that is `trapframe $r3`. While a program runs, SPRG0 names its
frame, into which the next trap will save: `trapframe $sprg0`.
end

define why
    if $_isvoid($esr)
        printf "srr0 %#lx  srr1 %#lx  dar %#lx  dsisr %#lx\n", $srr0, $srr1, $dar, $dsisr
    else
        printf "srr0 %#lx  srr1 %#lx  dear %#lx  esr %#lx\n", $srr0, $srr1, $dear, $esr
    end
end
document why
why: what the last interrupt told. SRR0 is where the program was and SRR1 its MSR.
After a data storage interrupt DAR is the effective address and DSISR the reason;
after others those two are stale. On ppce500 they are called DEAR and ESR.
end

define tlb
    monitor info tlb
end
document tlb
tlb: what the processor has by heart. On pseries that is the segment lookaside buffer, as
slbmte wrote it: of an ESID the last seven digits are flags (8000000: valid), of a VSID
the last three. On ppce500 it is the TLB, as tlbwe wrote it, a page a line: TLB0 has the
pages of programs, each with its PID (TID), TLB1 those of the kernel.
end

define slb
    tlb
end
document slb
slb: as tlb, by its name on pseries.
end

define program
    eval "add-symbol-file %s/$arg0", $programs
end
document program
program NAME: adds the symbols of a user program, for example `program sh`, so that
you can `break sh::main`. All programs are linked at the same address: the symbols
that you added last are the ones that gdb uses.
end

define copies
    # Before any program has faulted the kernel copies pages itself, for exec: DSISR is 0.
    if $_isvoid($esr)
        eval "break kernel/vm/src/fault.rs:%d if $dsisr != 0", $copy_on_write
    else
        eval "break kernel/vm/src/fault.rs:%d if $esr != 0", $copy_on_write
    end
end
document copies
copies: stops wherever a page is copied on write, from the first program's on. `why` then
says by whom and where.
end
