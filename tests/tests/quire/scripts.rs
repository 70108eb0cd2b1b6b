//! Debian's programs, unmodified, in scripts that people would run: what they print is
//! what they print on Linux, where `make compare-linux RECORD=1` recorded it.
//!
//! They need `target/debian.cpio`, which `make debian` fetches. Where it is not, these
//! tests say that they were skipped.

use quire_tests::{Kind, Machine, places};
use std::io::{Write, stderr};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;
use std::{fs, path::Path};

/// How long one script may take: many times what the slowest does.
const LIMIT: Duration = Duration::from_secs(300);

/// Makes a test of each script and the shell that runs it.
macro_rules! scripts {
    ($($name:ident: $script:literal $shell:literal)*) => {
        $(#[test] fn $name() { prints_what_linux_prints($script, $shell) })*

        /// Every recorded output is of a script and a shell that are tried here.
        #[test]
        fn all_are_tried() {
            let tried = [$(format!("{}.{}.txt", $script, $shell)),*];
            let recorded = fs::read_dir(expected()).expect("tests/debian/expected is there");
            for file in recorded.map(|file| file.expect("it can be listed").file_name()) {
                let file = file.to_string_lossy();
                assert!(tried.contains(&file.to_string()) || NOT_HERE.contains(&&*file), "{file}");
            }
        }
    };
}

/// What takes too long to be tried at each change; `make compare-linux` does.
const NOT_HERE: &[&str] = &[
    "forks.bash-static.txt",
    "forks.busybox.txt",
    "minute.bash.txt",
    "sha256.busybox.txt",
];

scripts! {
    files_with_busybox: "files" "busybox"
    files_with_dash: "files" "dash"
    files_with_static_bash: "files" "bash-static"
    files_with_bash: "files" "bash"
    archive_with_busybox: "archive" "busybox"
    archive_with_bash: "archive" "bash"
    forks_with_dash: "forks" "dash"
    forks_with_bash: "forks" "bash"
    bash_with_static_bash: "bash" "bash-static"
    bash_with_bash: "bash" "bash"
    jobs_with_static_bash: "jobs" "bash-static"
    jobs_with_bash: "jobs" "bash"
    coreutils_with_bash: "coreutils" "bash"
    sha256_with_bash: "sha256" "bash"
    libc_with_bash: "libc" "bash"
    stress_with_bash: "stress" "bash"
}

fn expected() -> PathBuf {
    places::root().join("tests/debian/expected")
}

fn prints_what_linux_prints(script: &str, shell: &str) {
    let Some(initrd) = initrd() else {
        // Not by a macro: libtest would keep it to itself.
        let why = "target/debian.cpio is not there; 'make debian' fetches it";
        writeln!(stderr(), "skipped: {script} with {shell}: {why}").expect("stderr takes it");
        return;
    };
    let file = expected().join(format!("{script}.{shell}.txt"));
    let recorded = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
    // The first line says how it was recorded.
    let (_, recorded) = recorded.split_once('\n').expect("there are lines");
    let command = format!("init=/init /tests/run.sh {shell} {script}");
    let machine = Machine::new(Kind::Pseries, &command).initrd(initrd);
    let machine = machine.memory(memory(script));
    let run = machine.limit(LIMIT).run().exits(0);
    let from = run.output.find("==> ").unwrap_or(0);
    let end = run.output.rfind("==> status ").unwrap_or(from);
    let rest = &run.output[end..];
    let end = end + rest.find('\n').map_or(rest.len(), |at| at + 1);
    let printed = &run.output[from..end];
    if let Some((line, (is, should))) = first_difference(printed, recorded) {
        panic!("line {line} is {is:?}, on Linux {should:?}\n{run}");
    }
}

/// What a script needs, if its head says so.
fn memory(script: &str) -> &'static str {
    let file = places::root().join(format!("tests/debian/{script}.sh"));
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
    let asked = text
        .lines()
        .find_map(|line| line.strip_prefix("# memory: "));
    asked.map_or("512M", |size| String::leak(size.to_owned()))
}

/// The first line that differs, with its number; an empty one where there is none.
fn first_difference<'a>(is: &'a str, should: &'a str) -> Option<(usize, (&'a str, &'a str))> {
    if is == should {
        return None;
    }
    let lines = is.split('\n').count().max(should.split('\n').count());
    let padded = |text: &'a str| text.split('\n').chain(std::iter::repeat("")).take(lines);
    (1..)
        .zip(padded(is).zip(padded(should)))
        .find(|(_, (is, should))| is != should)
}

/// Debian's initrd with the scripts in it, packed once; none if nobody fetched it.
fn initrd() -> Option<&'static Path> {
    static PACKED: OnceLock<Option<PathBuf>> = OnceLock::new();
    let packed = PACKED.get_or_init(|| {
        if !places::target().join("debian.cpio").exists() {
            return None;
        }
        let mut pack = Command::new(places::root().join("tools/pack-scripts.sh"));
        let status = pack.status().expect("tools/pack-scripts.sh can be run");
        assert!(status.success(), "tools/pack-scripts.sh: {status}");
        Some(places::target().join("debian-scripts.cpio"))
    });
    packed.as_deref()
}
