//! Debian's programs, unmodified. They are there after `make debian`, which needs a
//! network; without them these tests say so and pass.

use quire_tests::{Kind, Machine, Run, Session, places};
use std::io::{Write, stderr};
use std::time::Duration;

const CTRL_C: u8 = 3;
const CTRL_D: u8 = 4;
const CTRL_Z: u8 = 26;
/// What a terminal sends for two of its arrow keys.
const LEFT: &[u8] = b"\x1b[D";
const UP: &[u8] = b"\x1b[A";

/// What bash 5 says when it waits for a line, whatever its version.
const PROMPT: &str = "# ";

/// Each is in some line of the output.
fn says_all(run: Run, parts: &[&str]) {
    parts.iter().fold(run, |run, part| run.says(&[part]));
}

fn debian(append: &str) -> Option<Machine> {
    let archive = places::target().join("debian.cpio");
    if !archive.exists() {
        // Not by a macro: libtest would keep it to itself.
        let why = "is made by 'make debian'";
        writeln!(stderr(), "skipped: {} {why}", archive.display()).expect("stderr takes it");
        return None;
    }
    let machine = Machine::new(Kind::Pseries, append)
        .initrd(&archive)
        .memory("1G")
        .limit(Duration::from_secs(300));
    Some(machine)
}

#[test]
fn calls_are_traced() {
    let Some(machine) = debian("strace=1 init=/init /bin/cat /etc/group") else {
        return;
    };
    says_all(
        machine.run().exits(0),
        &[
            "execve(\"/bin/cat\", [\"/bin/cat\", \"/etc/group\"]",
            "openat(AT_FDCWD, \"/etc/group\", ",
            "= -ENOENT",
        ],
    );
}

/// bash, started from the shell that the initrd boots into.
fn bash() -> Option<Session> {
    let mut session = debian("init=/init")?.boot();
    session.expect("~ # ");
    session.send("bash --norc");
    session.expect("bash-5");
    session.expect(PROMPT);
    Some(session)
}

fn press_all(session: &mut Session, keys: &[u8]) {
    keys.iter().for_each(|key| session.press(*key));
}

/// What a command prints stands at the start of a line, but readline may have told the
/// terminal something there first: so no newline is awaited in front of it.
#[test]
fn bash_edits_lines_and_remembers_them() {
    let Some(mut bash) = bash() else {
        return;
    };
    press_all(&mut bash, b"echo helo");
    press_all(&mut bash, LEFT);
    press_all(&mut bash, LEFT);
    bash.send("l");
    bash.expect("hello\n");
    bash.expect(PROMPT);
    press_all(&mut bash, UP);
    bash.send(" again");
    bash.expect("hello again\n");
    bash.expect(PROMPT);
    press_all(&mut bash, b"echo forgotten");
    bash.press(CTRL_C);
    bash.expect(PROMPT);
    bash.send("echo status $?");
    bash.expect("status 130\n");
    bash.expect(PROMPT);
    // An empty line's end of file is the shell's end; the one that started it goes on.
    bash.press(CTRL_D);
    bash.expect("exit\n");
    bash.expect("~ # ");
    bash.send("exit 0");
    bash.wait().exits(0);
}

#[test]
fn bash_controls_jobs() {
    let Some(mut bash) = bash() else {
        return;
    };
    // What is typed before the program runs, readline's terminal does not show.
    bash.send("sh -c 'echo st''arts; exec cat'");
    bash.expect("starts\n");
    bash.send("ready");
    // What is typed, and what cat says.
    bash.expect("ready\n");
    bash.expect("ready\n");
    bash.press(CTRL_Z);
    bash.expect("Stopped");
    bash.expect(PROMPT);
    bash.send("jobs");
    bash.expect("Stopped");
    bash.expect(PROMPT);
    bash.send("fg");
    bash.expect("exec cat'\n");
    bash.send("still here");
    bash.expect("still here\n");
    bash.expect("still here\n");
    bash.press(CTRL_D);
    bash.expect(PROMPT);
    bash.send("sh -c 'echo r''uns; exec sleep 1000'");
    bash.expect("runs\n");
    bash.press(CTRL_C);
    bash.expect(PROMPT);
    bash.send("echo status $?");
    bash.expect("status 130\n");
    bash.expect(PROMPT);
    bash.send("sleep 1000 & kill %1; wait %1; echo status $?");
    bash.expect("status 143\n");
    bash.send("exit 0");
    bash.expect("~ # ");
    bash.send("exit 0");
    bash.wait().exits(0);
}
