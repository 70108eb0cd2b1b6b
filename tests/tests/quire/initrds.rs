//! Initrds of the user's own, and broken ones.

use quire_tests::initrd::Member;
use quire_tests::{Kind, Machine, initrd};
use std::path::Path;

on_both! {
    init_of_ones_own_decides_the_exit_status garbage cut_short without_init
    init_is_no_program init_is_for_the_other_machine more_files_than_memory_can_list
    names_that_no_path_can_have_are_left_out links_and_modes
}

fn init_of_ones_own_decides_the_exit_status(kind: Kind) {
    for (program, status) in [("true", 0), ("false", 1)] {
        let archive = initrd::pack(&[("init", &initrd::built(kind, program))]);
        let file = initrd::write(kind, &format!("{program}.cpio"), &archive);
        Machine::new(kind, "").initrd(&file).run().exits(status);
    }
}

/// The machine ends with 1 and a line that has `why` in it.
fn is_refused(kind: Kind, file: &Path, why: &str) {
    let machine = Machine::new(kind, "").initrd(file);
    machine.run().exits(1).says(&[why]);
}

fn garbage(kind: Kind) {
    let file = initrd::write(kind, "garbage.cpio", &[0x5a; 70_000]);
    is_refused(
        kind,
        &file,
        "the initrd cannot be used: it is not a cpio archive",
    );
}

fn cut_short(kind: Kind) {
    let program = initrd::built(kind, "true");
    let mut archive = initrd::pack(&[("init", &program)]);
    archive.truncate(archive.len() / 2);
    let file = initrd::write(kind, "short.cpio", &archive);
    is_refused(
        kind,
        &file,
        "the initrd cannot be used: the archive is damaged",
    );
}

fn without_init(kind: Kind) {
    let file = initrd::write(kind, "empty.cpio", &initrd::pack(&[]));
    is_refused(kind, &file, "cannot start /init: no such file");
}

fn init_is_no_program(kind: Kind) {
    for (name, contents) in [
        ("text.cpio", &b"#not a program\n"[..]),
        ("elf.cpio", b"\x7fELF\x02\x01"),
    ] {
        let file = initrd::write(kind, name, &initrd::pack(&[("init", contents)]));
        is_refused(kind, &file, "cannot start /init: not a program");
    }
}

fn init_is_for_the_other_machine(kind: Kind) {
    let other = match kind {
        Kind::Pseries => Kind::Ppce500,
        Kind::Ppce500 => Kind::Pseries,
    };
    let archive = initrd::pack(&[("init", &initrd::built(other, "true"))]);
    let file = initrd::write(kind, "other.cpio", &archive);
    is_refused(kind, &file, "cannot start /init: not a program");
}

fn more_files_than_memory_can_list(kind: Kind) {
    let names: Vec<String> = (0..200_000).map(|n| format!("folder/{n}")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &[][..])).collect();
    let file = initrd::write(kind, "many.cpio", &initrd::pack(&files));
    is_refused(kind, &file, "the initrd cannot be used: it has more files");
}

fn names_that_no_path_can_have_are_left_out(kind: Kind) {
    let program = initrd::built(kind, "ls");
    let (part, path) = ("n".repeat(256), "d/".repeat(3000) + "f");
    let files = [("init", &program[..]), (&part, b"x"), (&path, b"y")];
    let file = initrd::write(kind, "names.cpio", &initrd::pack(&files));
    let run = Machine::new(kind, "").initrd(&file).run().exits(0);
    run.says(&["a name of 256 bytes is too long: left out"])
        .says(&["a name of 6001 bytes is too long: left out"]);
}

/// Hard links are one file, symbolic links lead where they say, and a mode without `x`
/// keeps a program from being run.
fn links_and_modes(kind: Kind) {
    let built = |name| initrd::built(kind, name);
    let (sh, cat, echo, yes) = (built("sh"), built("cat"), built("echo"), built("true"));
    let linked = |name, contents| Member {
        mode: 0o100644,
        links: 2,
        ..Member::program(name, 10, contents)
    };
    let file = initrd::write(
        kind,
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
    let mut session = Machine::new(kind, "").initrd(&file).boot();
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
