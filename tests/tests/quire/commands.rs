//! `init=`: any program may be process 1, and its status is QEMU's.

use quire_tests::Machine;

#[test]
fn success() {
    Machine::new("init=/bin/true").run().exits(0);
}

#[test]
fn failure() {
    Machine::new("init=/bin/false")
        .run()
        .exits(1)
        .says(&["process 1", "1"]);
}

#[test]
fn power_off() {
    Machine::new("init=/bin/poweroff").run().exits(0);
}

#[test]
fn arguments() {
    Machine::new("init=/bin/echo three words here")
        .run()
        .exits(0)
        .says(&["three words here"]);
}

#[test]
fn no_such_program() {
    Machine::new("init=/bin/absent")
        .run()
        .exits(1)
        .says(&["/bin/absent"]);
}

#[test]
fn not_a_program() {
    Machine::new("init=/bin").run().exits(1).says(&["/bin"]);
}
