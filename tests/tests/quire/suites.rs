//! The suites that run inside Quire, each under every way to fork.

use quire_tests::{Machine, Run};

fn passes(machine: &Machine, suite: &str) -> Run {
    machine
        .run()
        .exits(0)
        .says(&[&format!("suite {suite}: ok")])
}

macro_rules! suites {
    ($fork:ident: $($suite:ident)*) => {
        mod $fork {
            $(#[test] fn $suite() {
                let (suite, fork) = (stringify!($suite), stringify!($fork));
                super::passes(&super::Machine::new(&format!("test={suite} fork={fork}")), suite);
            })*
        }
    };
}

macro_rules! under {
    ($($fork:ident)*) => {$(
        suites! {
            $fork: boot htab slb frames fault fork cow mmap shm exec exit syscall badptr file
            pipe mapfile mremap madvise signal thread futex stack oom share text sigframe fuzz
        }
    )*};
}

under! { shared lazy eager }
