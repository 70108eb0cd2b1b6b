//! All suites in one boot, under each way to fork: in the least memory that a machine
//! has, and in so little that frames run out.

use super::suites::ALL;
use quire_tests::{Kind, Machine};
use std::time::Duration;

on_both! {
    few_frames_shared few_frames_lazy few_frames_eager
}

/// How long a boot with all suites may take: many times what it does take.
const LIMIT: Duration = Duration::from_secs(400);

/// Frames for files and programs: 16 MB. With fewer, the file of suite `share` is more
/// than the half of memory that files may take.
const FEW: &str = "frames=4000";

/// Boots with all suites, which must pass. The names of those in which a process was ended
/// because the frames had run out.
fn short_of_memory(kind: Kind, options: &str) -> Vec<&'static str> {
    let append = format!("test={} timeout=120 {options}", ALL.join(","));
    let machine = Machine::new(kind, &append).memory("256M").limit(LIMIT);
    let mut session = machine.boot();
    let mut short = Vec::new();
    for &suite in ALL {
        // One at a time: so a time-out says which one it was that did not end.
        let said = session.expect(&format!("suite {suite}: "));
        if said.contains("quire: out of memory: killed pid") {
            short.push(suite);
        }
    }
    let run = session.wait().exits(0);
    run.says(&[&format!("suites: {} passed, 0 failed", ALL.len())]);
    short
}

fn all_pass(kind: Kind, fork: &str) {
    let short = short_of_memory(kind, &format!("fork={fork}"));
    assert!(short.contains(&"oom"), "{short:?}");
}

fn all_pass_with_few_frames(kind: Kind, fork: &str) {
    let short = short_of_memory(kind, &format!("fork={fork} {FEW}"));
    for suite in ["frames", "oom"] {
        assert!(short.contains(&suite), "{suite} had enough: {short:?}");
    }
}

// What is wrong only with more frames, but still few of them, is wrong on any machine:
// these take the longest, so only one has them.
#[test]
fn least_shared() {
    all_pass(Kind::Pseries, "shared");
}

#[test]
fn least_lazy() {
    all_pass(Kind::Pseries, "lazy");
}

#[test]
fn least_eager() {
    all_pass(Kind::Pseries, "eager");
}

fn few_frames_shared(kind: Kind) {
    all_pass_with_few_frames(kind, "shared");
}

fn few_frames_lazy(kind: Kind) {
    all_pass_with_few_frames(kind, "lazy");
}

fn few_frames_eager(kind: Kind) {
    all_pass_with_few_frames(kind, "eager");
}
