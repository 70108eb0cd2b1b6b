//! A bare boot: the shell on the console, and what its end means.

use quire_tests::{Kind, Machine, Session};

on_both! {
    answers exit_status_is_qemus end_of_input_is_exit a_file_may_be_typed
}

const PROMPT: &str = "quire$ ";

/// A machine at its first prompt.
pub fn shell(kind: Kind) -> Session {
    let mut session = Machine::new(kind, "").boot();
    session.expect(PROMPT);
    session
}

fn answers(kind: Kind) {
    let mut shell = shell(kind);
    assert_eq!(shell.command("echo seven of eight"), "seven of eight");
    assert!(shell.command("ps").contains("sh"));
    assert!(shell.command("free").contains("free"));
    assert!(shell.command("cat /proc/vm/htab").contains("groups"));
    assert!(shell.command("nosuchprogram").contains("nosuchprogram"));
    shell.send("exit 0");
    shell.wait().exits(0);
}

fn exit_status_is_qemus(kind: Kind) {
    let mut shell = shell(kind);
    shell.send("exit 3");
    shell.wait().exits(1);
}

fn end_of_input_is_exit(kind: Kind) {
    Machine::new(kind, "").run().exits(0);
}

fn a_file_may_be_typed(kind: Kind) {
    let mut session = Machine::new(kind, "").boot();
    for line in ["echo one", "echo two", "false", "exit"] {
        session.send(line);
    }
    session.expect("one\n");
    session.expect("two\n");
    // Without a status of its own, `exit` has that of the last command.
    session.wait().exits(1);
}
