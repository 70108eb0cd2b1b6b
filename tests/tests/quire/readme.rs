//! The README's transcripts are real: what they show being printed is printed, but for
//! numbers that depend on the compiler.

use quire_tests::{Clock, Kind, Machine, places};
use std::fs;

/// What the README shows of a command. Where it leaves something out it says "...".
fn shown(command: &str) -> Vec<String> {
    let text = fs::read_to_string(places::root().join("README.md")).expect("README.md is there");
    text.lines()
        .skip_while(|line| *line != command)
        .skip(1)
        .take_while(|line| !line.starts_with("```"))
        .filter(|line| line.trim() != "...")
        .map(str::to_owned)
        .collect()
}

/// A line with its numbers made alike, and with them the width of columns.
fn shape(line: &str) -> String {
    let is_number = |word: &str| word.contains(|c: char| c.is_ascii_digit());
    line.split_whitespace()
        .map(|word| if is_number(word) { "#" } else { word })
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn tour_is_real() {
    is_real("$ make tour", Kind::Pseries, "init=/bin/tour");
}

#[test]
fn bench_is_real() {
    is_real("$ make bench-miss", Kind::Ppce500, "init=/bin/missbench");
}

fn is_real(command: &str, kind: Kind, append: &str) {
    let shown = shown(command);
    assert!(!shown.is_empty(), "README.md shows what `{command}` prints");
    let run = Machine::new(kind, append)
        .clock(Clock::Instructions)
        .run()
        .exits(0);
    let mut printed = run.output.lines().map(shape);
    for line in shown {
        assert!(
            printed.any(|printed| printed == shape(&line)),
            "README.md shows {line:?}, which is not printed there\n{run}"
        );
    }
}
