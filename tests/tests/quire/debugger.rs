//! `make gdb`, driven by a script.

use quire_tests::{Kind, Machine};

on_both! {
    stops_where_a_page_is_copied shows_the_registers_that_a_trap_saved
}

fn stops_where_a_page_is_copied(kind: Kind) {
    // What the processor calls the register with the address of a fault.
    let address = match kind {
        Kind::Pseries => "dar 0x",
        Kind::Ppce500 => "dear 0x",
    };
    let run =
        Machine::new(kind, "test=cow").debug(&["copies", "continue", "why", "backtrace", "slb"]);
    run.exits(0)
        .says(&["srr0", address])
        .says(&["#0", "copy_on_write"])
        .says(&["quire_trap"]);
}

fn shows_the_registers_that_a_trap_saved(kind: Kind) {
    let run =
        Machine::new(kind, "test=boot").debug(&["break quire_trap", "continue", "trapframe $r3"]);
    run.exits(0).says(&["nip: 0x"]).says(&["vector: 0x"]);
}
