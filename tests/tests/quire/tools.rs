//! The small programs in /bin, and what the shell puts between them: pipelines and
//! redirections.

use super::shell::shell;
use quire_tests::{Kind, Session};

on_both! {
    files_come_and_go refusals_say_which_file pipelines redirections
}

/// Runs each command, which must say what is beside it, and be content (`$?`).
fn say(shell: &mut Session, commands: &[(&str, &str)]) {
    for (command, wanted) in commands {
        assert_eq!(shell.command(command), *wanted, "{command}");
        assert_eq!(shell.command("echo $?"), "0", "{command}");
    }
}

fn files_come_and_go(kind: Kind) {
    let mut shell = shell(kind);
    say(
        &mut shell,
        &[
            ("mkdir /tmp/d", ""),
            ("cd /tmp/d", ""),
            ("touch empty", ""),
            ("wc empty", "0       0       0 empty"),
            ("echo one two >a", ""),
            ("cp a b", ""),
            ("echo three >>b", ""),
            ("cat a b", "one two\none two\nthree"),
            ("wc b", "2       3      14 b"),
            ("mv b c", ""),
            ("ln c hard", ""),
            ("ln -s c soft", ""),
            ("echo four >>soft", ""),
            ("cat hard", "one two\nthree\nfour"),
            ("rm c hard", ""),
            ("mkdir e", ""),
            ("mv a e", ""),
            ("cat e/a", "one two"),
            ("rm e/a e empty soft", ""),
            ("ls", ""),
            ("cd /", ""),
            ("rm /tmp/d", ""),
        ],
    );
}

fn refusals_say_which_file(kind: Kind) {
    let mut shell = shell(kind);
    for command in [
        "mkdir /tmp",
        "rm /absent",
        "mv /absent /tmp/x",
        "cp /absent /tmp/x",
        "cp /bin /tmp/x",
        "ln /absent /tmp/x",
        "touch /absent/x",
        "cat /absent",
        "wc /absent",
        "ls /absent",
    ] {
        let said = shell.command(command);
        let tool = command.split(' ').next().unwrap_or(command);
        assert!(said.starts_with(tool), "{command}: {said:?}");
        assert_ne!(shell.command("echo $?"), "0", "{command}");
    }
}

fn pipelines(kind: Kind) {
    let mut shell = shell(kind);
    assert_eq!(shell.command("echo a b c | cat | cat"), "a b c");
    assert_eq!(shell.command("cat /bin/sh /bin/sh | cat | wc >/tmp/n"), "");
    assert_eq!(shell.command("cat /bin/sh /bin/sh | wc | cat >/tmp/m"), "");
    assert_eq!(shell.command("cat /tmp/n"), shell.command("cat /tmp/m"));
    // The status is the last one's.
    shell.command("false | true");
    assert_eq!(shell.command("echo $?"), "0");
    shell.command("true | false");
    assert_eq!(shell.command("echo $?"), "1");
}

fn redirections(kind: Kind) {
    let mut shell = shell(kind);
    assert_eq!(shell.command("echo one >/tmp/a ; echo two >>/tmp/a"), "");
    assert_eq!(shell.command("cat </tmp/a"), "one\ntwo");
    assert_eq!(shell.command("cat /absent 2>/tmp/e"), "");
    assert!(shell.command("cat /tmp/e").contains("/absent"));
    assert_eq!(shell.command("echo three >/tmp/a"), "");
    assert_eq!(shell.command("wc </tmp/a"), "1       1       6");
    assert!(!shell.command("cat </absent").is_empty());
    assert_eq!(shell.command("cat /tmp/a"), "three");
}
