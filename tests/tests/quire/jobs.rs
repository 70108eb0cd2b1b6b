//! Keys at the console: Ctrl-C ends the program in the foreground, Ctrl-Z stops it, and
//! the shell is still there.

use super::shell::shell;
use quire_tests::{Kind, Session};

on_both! {
    ctrl_c_ends_the_program_and_not_the_shell ctrl_backslash_ends_it_too
    ctrl_c_ends_a_whole_pipeline ctrl_c_at_the_prompt_forgets_the_line
    ctrl_z_stops_and_fg_goes_on
}

const CTRL_C: u8 = 3;
const CTRL_D: u8 = 4;
const CTRL_BACKSLASH: u8 = 28;
const CTRL_Z: u8 = 26;

/// `cat` in the foreground, which has shown that it runs.
fn with_cat(kind: Kind) -> Session {
    let mut shell = shell(kind);
    shell.send("cat");
    shell.send("ready");
    // What is typed, and what cat says.
    shell.expect("ready\n");
    shell.expect("ready\n");
    shell
}

fn is_alive(mut shell: Session) {
    assert_eq!(shell.command("echo still here"), "still here");
    shell.send("exit 0");
    shell.wait().exits(0);
}

fn ctrl_c_ends_the_program_and_not_the_shell(kind: Kind) {
    let mut shell = with_cat(kind);
    shell.press(CTRL_C);
    shell.expect("^C");
    shell.expect("quire$ ");
    assert_eq!(shell.command("echo $?"), "130");
    is_alive(shell);
}

fn ctrl_backslash_ends_it_too(kind: Kind) {
    let mut shell = with_cat(kind);
    shell.press(CTRL_BACKSLASH);
    shell.expect("SIGQUIT");
    shell.expect("quire$ ");
    is_alive(shell);
}

fn ctrl_c_ends_a_whole_pipeline(kind: Kind) {
    let mut shell = shell(kind);
    shell.send("cat | cat | cat");
    shell.send("ready");
    shell.expect("ready\n");
    shell.expect("ready\n");
    shell.press(CTRL_C);
    shell.expect("quire$ ");
    assert!(!shell.command("ps").contains(" cat"));
    is_alive(shell);
}

fn ctrl_c_at_the_prompt_forgets_the_line(kind: Kind) {
    let mut shell = shell(kind);
    for byte in *b"echo no\x03" {
        shell.press(byte);
    }
    shell.expect("^C");
    is_alive(shell);
}

fn ctrl_z_stops_and_fg_goes_on(kind: Kind) {
    let mut shell = with_cat(kind);
    shell.press(CTRL_Z);
    shell.expect("stopped: cat");
    shell.expect("quire$ ");
    assert!(shell.command("jobs").contains("cat"));
    let listed = shell.command("ps");
    assert!(
        listed
            .lines()
            .any(|l| l.contains(" T ") && l.ends_with("cat")),
        "{listed}"
    );
    shell.send("fg");
    shell.expect("fg\n");
    shell.expect("cat\n");
    shell.send("again");
    shell.expect("again\n");
    shell.expect("again\n");
    shell.press(CTRL_D);
    shell.expect("quire$ ");
    assert_eq!(shell.command("jobs"), "");
    is_alive(shell);
}
