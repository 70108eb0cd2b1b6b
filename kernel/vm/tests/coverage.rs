//! What the generator has to produce often, counted: one that has gone stale would
//! pass every other test.

mod common;
mod oracle;
use oracle::config::{EAGER, FEW_FRAMES, MIXED};
use oracle::hunt::survey;
use oracle::seen::Seen;

/// A tenth of what each kind of machine is given elsewhere.
const PROGRAMS: u64 = 200;

#[track_caller]
fn has_at_least(seen: &Seen, expected: &[(&str, u64)]) {
    for (what, least) in expected {
        let times = seen.0.get(what).copied().unwrap_or(0);
        assert!(times >= *least, "{what}: {times}, not {least}: {seen:#?}");
    }
}

#[test]
fn sharing_moving_and_folding_happen_often() {
    let expected = [
        ("forks", 2000),
        ("moves", 2000),
        ("folds", 500),
        ("renames", 100),
        ("keys_cleared", 100),
        ("flattens", 20),
        ("promotions", 300),
        ("copies", 1500),
        ("evictions", 5000),
        ("reclaims", 100),
    ];
    has_at_least(&survey(MIXED, PROGRAMS), &expected);
}

#[test]
fn every_kind_of_request_happens_often() {
    let expected = [
        ("remapped elsewhere", 50),
        ("remapped shorter", 50),
        ("remapped longer in place", 5),
        ("remapped, and the old mapping stays", 40),
        ("remapped a second time", 4),
        ("forked without", 60),
        ("forked wiped", 100),
        ("grew a stack", 100),
        ("attached by VSID", 20),
        ("attached both ways at once", 10),
        ("files grown while shared", 100),
        ("copies cut off with their file", 40),
        ("past end", 1000),
        ("promotions", 2000),
    ];
    has_at_least(&survey(EAGER, PROGRAMS), &expected);
}

#[test]
fn want_of_memory_happens_often() {
    let expected = [("refused", 3000), ("reclaims", 2000), ("folds", 500)];
    has_at_least(&survey(FEW_FRAMES, PROGRAMS), &expected);
}
