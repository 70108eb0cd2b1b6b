//! All suites in one boot, under each way to fork: in the least memory that a machine
//! has, and in so little that frames run out.

use super::suites::ALL;
use quire_tests::Machine;
use std::time::Duration;

/// How long a boot with all suites may take: many times what it does take.
const LIMIT: Duration = Duration::from_secs(400);

/// Frames for files and programs: 16 MB. With fewer, the file of suite `share` is more
/// than the half of memory that files may take.
const FEW: &str = "frames=4000";

/// Boots with all suites, which must pass. The names of those in which a process was ended
/// because the frames had run out.
fn short_of_memory(options: &str) -> Vec<&'static str> {
    let append = format!("test={} timeout=120 {options}", ALL.join(","));
    let mut session = Machine::new(&append).memory("256M").limit(LIMIT).boot();
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

fn all_pass(fork: &str) {
    let short = short_of_memory(&format!("fork={fork}"));
    assert!(short.contains(&"oom"), "{short:?}");
}

fn all_pass_with_few_frames(fork: &str) {
    let short = short_of_memory(&format!("fork={fork} {FEW}"));
    for suite in ["frames", "oom"] {
        assert!(short.contains(&suite), "{suite} had enough: {short:?}");
    }
}

#[test]
fn least_shared() {
    all_pass("shared");
}

#[test]
fn least_lazy() {
    all_pass("lazy");
}

#[test]
fn least_eager() {
    all_pass("eager");
}

#[test]
fn few_frames_shared() {
    all_pass_with_few_frames("shared");
}

#[test]
fn few_frames_lazy() {
    all_pass_with_few_frames("lazy");
}

#[test]
fn few_frames_eager() {
    all_pass_with_few_frames("eager");
}
