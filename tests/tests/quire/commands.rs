//! `init=`: any program may be process 1, and its status is QEMU's.

use quire_tests::{Kind, Machine};

on_both! {
    success failure power_off arguments no_such_program not_a_program
}

fn success(kind: Kind) {
    Machine::new(kind, "init=/bin/true").run().exits(0);
}

fn failure(kind: Kind) {
    Machine::new(kind, "init=/bin/false")
        .run()
        .exits(1)
        .says(&["process 1", "1"]);
}

fn power_off(kind: Kind) {
    Machine::new(kind, "init=/bin/poweroff").run().exits(0);
}

fn arguments(kind: Kind) {
    Machine::new(kind, "init=/bin/echo three words here")
        .run()
        .exits(0)
        .says(&["three words here"]);
}

fn no_such_program(kind: Kind) {
    Machine::new(kind, "init=/bin/absent")
        .run()
        .exits(1)
        .says(&["/bin/absent"]);
}

fn not_a_program(kind: Kind) {
    Machine::new(kind, "init=/bin")
        .run()
        .exits(1)
        .says(&["/bin"]);
}
