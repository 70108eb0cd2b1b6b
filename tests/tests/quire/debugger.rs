//! `make gdb`, driven by a script.

use quire_tests::Machine;

#[test]
fn stops_where_a_page_is_copied() {
    let run = Machine::new("test=cow").debug(&["copies", "continue", "why", "backtrace", "slb"]);
    run.exits(0)
        .says(&["srr0", "dar 0x"])
        .says(&["#0", "copy_on_write"])
        .says(&["quire_trap"]);
}

#[test]
fn shows_the_registers_that_a_trap_saved() {
    let run = Machine::new("test=boot").debug(&["break quire_trap", "continue", "trapframe $r3"]);
    run.exits(0).says(&["nip: 0x"]).says(&["vector: 0x"]);
}
