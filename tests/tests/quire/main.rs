//! Quire, looked at from outside: what `make run` and its users see.
//!
//! One test binary, so that tests of all kinds run side by side and the slow
//! ones do not come last and alone.

mod commands;
mod cost;
mod debugger;
mod failures;
mod initrds;
mod jobs;
mod machines;
mod memory;
mod plainly;
mod readme;
mod shell;
mod suites;
mod tools;
