//! Quire, looked at from outside: what `make run` and its users see.
//!
//! One test binary, so that tests of all kinds run side by side and the slow
//! ones do not come last and alone.

/// Makes tests of functions that take the kind of machine: each is run on both.
macro_rules! on_both {
    ($($test:ident)*) => {
        mod pseries {
            $(#[test] fn $test() { super::$test(quire_tests::Kind::Pseries) })*
        }
        mod ppce500 {
            $(#[test] fn $test() { super::$test(quire_tests::Kind::Ppce500) })*
        }
    };
}

mod bytes;
mod commands;
mod cost;
mod debian;
mod debugger;
mod failures;
mod float;
mod initrds;
mod jobs;
mod layers;
mod machines;
mod memory;
mod plainly;
mod readme;
mod scripts;
mod shell;
mod suites;
mod tools;
mod trees;
