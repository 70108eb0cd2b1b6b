//! The suites that run inside Quire, one a boot, on both machines; `memory` has them
//! under every way to fork.

use quire_tests::{Kind, Machine};
use std::collections::BTreeSet;

macro_rules! suites {
    ($($suite:ident)*) => {
        /// All of them that must pass, in the order in which the kernel lists them.
        pub const ALL: &[&str] = &[$(stringify!($suite)),*];

        $(fn $suite(kind: Kind) { passes(kind, stringify!($suite)); })*

        on_both! { none_is_left_out $($suite)* }
    };
}

suites! {
    boot htab slb frames fault fork cow mmap shm exec exit syscall terminal badptr file
    pipe mapfile mremap madvise signal thread futex stack oom share text float sigframe fuzz tlb
}

fn passes(kind: Kind, suite: &str) {
    Machine::new(kind, &format!("test={suite}"))
        .run()
        .exits(0)
        .says(&[&format!("suite {suite}: ok")]);
}

/// A suite that nobody runs would prove nothing: the program's own list is this one, and
/// the two that must not pass.
fn none_is_left_out(kind: Kind) {
    let run = Machine::new(kind, "init=/bin/suite").run().exits(1);
    let lines = run.output.lines();
    let listed: BTreeSet<&str> = lines
        .skip_while(|line| !line.contains("the names are:"))
        .map_while(|line| {
            line.strip_prefix("  ")
                .or(line.contains("names").then_some(""))
        })
        .filter(|name| !name.is_empty())
        .collect();
    let known = ALL.iter().copied().chain(["fail", "hang"]).collect();
    assert_eq!(listed, known, "\n{run}");
}
