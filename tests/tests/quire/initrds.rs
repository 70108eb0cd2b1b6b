//! Initrds of the user's own, and broken ones.

use quire_tests::initrd::Member;
use quire_tests::{Machine, initrd, places};
use std::fs;
use std::path::Path;

#[test]
fn init_of_ones_own_decides_the_exit_status() {
    let good = initrd::with_init("good.cpio", &places::program("true"));
    Machine::new("").initrd(&good).run().exits(0);
    let bad = initrd::with_init("bad.cpio", &places::program("false"));
    Machine::new("").initrd(&bad).run().exits(1);
}

/// The machine ends with 1 and a line that has `why` in it.
fn is_refused(file: &Path, why: &str) {
    let machine = Machine::new("").initrd(file);
    machine.run().exits(1).says(&[why]);
}

#[test]
fn garbage() {
    let file = initrd::write("garbage.cpio", &[0x5a; 70_000]);
    is_refused(&file, "the initrd cannot be used: it is not a cpio archive");
}

#[test]
fn cut_short() {
    let program = fs::read(places::program("true")).expect("make kernel has built it");
    let mut archive = initrd::pack(&[("init", &program)]);
    archive.truncate(archive.len() / 2);
    let file = initrd::write("short.cpio", &archive);
    is_refused(&file, "the initrd cannot be used: the archive is damaged");
}

#[test]
fn without_init() {
    let file = initrd::write("empty.cpio", &initrd::pack(&[]));
    is_refused(&file, "cannot start /init: no such file");
}

#[test]
fn init_is_no_program() {
    for (name, contents) in [
        ("text.cpio", &b"#not a program\n"[..]),
        ("elf.cpio", b"\x7fELF\x02\x01"),
    ] {
        let file = initrd::write(name, &initrd::pack(&[("init", contents)]));
        is_refused(&file, "cannot start /init: not a program");
    }
}

#[test]
fn more_files_than_memory_can_list() {
    let names: Vec<String> = (0..200_000).map(|n| format!("folder/{n}")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &[][..])).collect();
    let file = initrd::write("many.cpio", &initrd::pack(&files));
    is_refused(&file, "the initrd cannot be used: it has more files");
}

#[test]
fn names_that_no_path_can_have_are_left_out() {
    let program = fs::read(places::program("ls")).expect("make kernel has built it");
    let (part, path) = ("n".repeat(256), "d/".repeat(3000) + "f");
    let files = [("init", &program[..]), (&part, b"x"), (&path, b"y")];
    let file = initrd::write("names.cpio", &initrd::pack(&files));
    let run = Machine::new("").initrd(&file).run().exits(0);
    run.says(&["a name of 256 bytes is too long: left out"])
        .says(&["a name of 6001 bytes is too long: left out"]);
}

/// Hard links are one file, symbolic links lead where they say, and a mode without `x`
/// keeps a program from being run.
#[test]
fn links_and_modes() {
    let built = |name| fs::read(places::program(name)).expect("make kernel has built it");
    let (sh, cat, echo, yes) = (built("sh"), built("cat"), built("echo"), built("true"));
    let linked = |name, contents| Member {
        mode: 0o100644,
        links: 2,
        ..Member::program(name, 10, contents)
    };
    let file = initrd::write(
        "links.cpio",
        &initrd::pack_members(&[
            Member::program("init", 1, &sh),
            Member::program("bin/cat", 2, &cat),
            linked("one", b""),
            linked("two", b"of both\n"),
            Member {
                mode: 0o120777,
                ..Member::program("soft", 3, b"bin/../one")
            },
            Member {
                mode: 0o100644,
                ..Member::program("bin/plain", 4, &yes)
            },
            Member::program("bin/yes", 5, &yes),
            Member::program("bin/echo", 6, &echo),
        ]),
    );
    let mut session = Machine::new("").initrd(&file).boot();
    session.expect("quire$ ");
    assert_eq!(
        session.command("cat one two soft"),
        "of both\n".repeat(3).trim()
    );
    session.command("echo more >>soft");
    assert_eq!(session.command("cat two"), "of both\nmore");
    assert_eq!(session.command("/bin/yes ; echo $?"), "0");
    assert_eq!(session.command("/bin/plain 2>/dev/null ; echo $?"), "126");
    session.send("exit 0");
    session.wait().exits(0);
}
