//! Debian's programs, unmodified. They are there after `make debian`, which needs a
//! network; without them these tests say so and pass.

use quire_tests::{Kind, Machine, Run, places};
use std::io::{Write, stderr};
use std::time::Duration;

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
        .limit(Duration::from_secs(900));
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
