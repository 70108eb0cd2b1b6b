//! The test suites: `suite NAME…` runs them and exits with 0 if all passed.
//!
//! They test what a process sees, on this kernel or on Linux; what Linux does not
//! have is skipped there, and the line says so.
#![no_std]
#![no_main]

#[macro_use]
mod harness;
mod scratch;
mod special;
mod suites;

use quire_user::{Args, eprintln};

quire_user::program!(main);

fn main(args: &Args) -> i32 {
    let names = || {
        args.iter()
            .flat_map(|word| word.split(','))
            .filter(|name| !name.is_empty())
    };
    if names().next().is_none() {
        eprintln!("suite: usage: suite NAME…; the names are:");
        suites::ALL
            .iter()
            .for_each(|(name, _)| eprintln!("  {name}"));
        return 2;
    }
    quire_user::float::look(args);
    // What cases exec: this program again, as something else.
    match args.get(1) {
        Some("sigcheck") => return suites::after_exec(),
        Some("floatzero") => return suites::is_zero(args.get(2)),
        Some("textwait") => return suites::wait_to_end(),
        _ => {}
    }
    names().map(run).max().unwrap_or(2)
}

fn run(name: &str) -> i32 {
    match suites::ALL.iter().find(|(known, _)| *known == name) {
        Some((name, cases)) => harness::run(name, cases),
        None => {
            eprintln!("suite: there is no suite {name}");
            2
        }
    }
}
