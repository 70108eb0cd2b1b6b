//! Debian's programs, unmodified. They are there after `make debian`, which needs a
//! network; without them these tests say so and pass.

use quire_tests::{Kind, Machine, Session, places};
use std::io::{Write, stderr};
use std::time::Duration;

const CTRL_C: u8 = 3;
const CTRL_D: u8 = 4;
const CTRL_Z: u8 = 26;
const ESCAPE: u8 = 27;

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
        .limit(Duration::from_secs(900));
    Some(machine)
}

#[test]
fn memory_is_stressed() {
    let stress = "stress-ng --fork 4 --vm 2 --vm-bytes 64M --mmap 2 --shm-sysv 2 -t 10 --verify";
    let Some(machine) = debian(&format!("init=/init {stress}")) else {
        return;
    };
    machine
        .run()
        .exits(0)
        .says(&["passed: 10", "failed: 0", "successful run completed"]);
}

#[test]
fn calls_are_traced() {
    let Some(machine) = debian("strace=1 init=/init /bin/cat /etc/group") else {
        return;
    };
    machine.run().exits(0).says(&[
        "execve(\"/bin/cat\", [\"/bin/cat\", \"/etc/group\"]",
        "openat(AT_FDCWD, \"/etc/group\", ",
        "= -ENOENT",
    ]);
}

/// bash at its prompt.
fn bash() -> Option<Session> {
    let mut session = debian("")?.boot();
    session.expect("~ # ");
    session.send("exec bash --norc");
    session.expect("bash-5.2# ");
    Some(session)
}

#[test]
fn bash_edits_lines_and_controls_jobs() {
    let Some(mut bash) = bash() else {
        return;
    };
    // Two characters back, by the arrow key, and one is put in.
    for byte in b"echo helo" {
        bash.press(*byte);
    }
    for byte in [ESCAPE, b'[', b'D', ESCAPE, b'[', b'D'] {
        bash.press(byte);
    }
    bash.send("l");
    bash.expect("\nhello\n");
    bash.expect("bash-5.2# ");
    bash.send("cat");
    bash.send("ready");
    bash.expect("ready\n");
    bash.expect("ready\n");
    bash.press(CTRL_Z);
    bash.expect("Stopped");
    bash.expect("bash-5.2# ");
    bash.send("fg");
    bash.expect("cat\n");
    bash.press(CTRL_D);
    bash.expect("bash-5.2# ");
    bash.send("sh -c 'echo runs; exec sleep 1000'");
    bash.expect("\nruns\n");
    bash.press(CTRL_C);
    bash.expect("bash-5.2# ");
    bash.send("echo status $?");
    bash.expect("status 130");
    bash.send("exit 0");
    bash.wait().exits(0);
}
