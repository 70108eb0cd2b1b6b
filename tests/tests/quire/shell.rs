//! A bare boot: the shell on the console, and what its end means.

use quire_tests::{Machine, Session};

const PROMPT: &str = "quire$ ";

/// A machine at its first prompt.
pub fn shell() -> Session {
    let mut session = Machine::new("").boot();
    session.expect(PROMPT);
    session
}

#[test]
fn answers() {
    let mut shell = shell();
    assert_eq!(shell.command("echo seven of eight"), "seven of eight");
    assert!(shell.command("ps").contains("sh"));
    assert!(shell.command("free").contains("free"));
    assert!(shell.command("cat /proc/vm/htab").contains("groups"));
    assert!(shell.command("nosuchprogram").contains("nosuchprogram"));
    shell.send("exit 0");
    shell.wait().exits(0);
}

#[test]
fn exit_status_is_qemus() {
    let mut shell = shell();
    shell.send("exit 3");
    shell.wait().exits(1);
}

#[test]
fn end_of_input_is_exit() {
    Machine::new("").run().exits(0);
}

#[test]
fn a_file_may_be_typed() {
    let mut session = Machine::new("").boot();
    for line in ["echo one", "echo two", "false", "exit"] {
        session.send(line);
    }
    session.expect("one\n");
    session.expect("two\n");
    // Without a status of its own, `exit` has that of the last command.
    session.wait().exits(1);
}
