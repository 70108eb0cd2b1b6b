//! Tests that run on the machine: `test=NAME,…` on the command line.
//!
//! A suite has two halves. The cases here run in the kernel, before there is a
//! process, and look at what no program can see. Then the program `/bin/suite`
//! runs as process 1 with the suite's name. After that everything must be as it
//! was: nobody left, no invariant broken, every frame and every byte of heap
//! given back.

mod boot;
mod exec;
mod frames;
mod heap;
mod htab;
mod panic;
mod runner;
mod slb;
mod syscall;

pub use runner::{Runner, running};

use crate::state::Kernel;
use alloc::format;
use alloc::string::String;
use vm::{Ea, Label, Map, PAGE_SIZE, Place, Prot, Source, SpaceId};

/// Every suite. The last five must fail: they show that failures are seen.
const SUITES: &[&str] = &[
    "boot", "htab", "slb", "frames", "fault", "fork", "cow", "mmap", "shm", "exec", "exit",
    "syscall", "terminal", "badptr", "file", "pipe", "mapfile", "mremap", "madvise", "signal",
    "thread", "futex", "stack", "oom", "share", "text", "float", "sigframe", "fuzz", "tlb", "fail",
    "hang", "panic", "store", "overflow",
];

/// What a case found wrong.
type Finding = Result<(), String>;

/// A test that runs in the kernel.
struct Case {
    /// The suite that it belongs to.
    suite: &'static str,
    /// Its name.
    name: &'static str,
    /// The test.
    run: fn(&mut Kernel) -> Finding,
}

/// The cases of a suite: each is called what its function is called.
macro_rules! cases {
    ($suite:literal: $($case:ident),* $(,)?) => {
        pub const CASES: &[super::Case] = &[$(super::Case {
            suite: $suite,
            name: stringify!($case),
            run: $case,
        }),*];
    };
}
use cases;

/// All cases, in the order in which they run.
fn all_cases() -> impl Iterator<Item = &'static Case> {
    [
        boot::CASES,
        htab::CASES,
        slb::CASES,
        frames::CASES,
        heap::CASES,
        exec::CASES,
        syscall::CASES,
        panic::CASES,
    ]
    .into_iter()
    .flatten()
}

/// An empty address space, which the case destroys.
fn new_space(kernel: &mut Kernel) -> Result<SpaceId, String> {
    let space = kernel.vm.create_space();
    space.map_err(|error| format!("no space: {error:?}"))
}

/// Maps `pages` pages at `at` to read and write.
fn map(kernel: &mut Kernel, space: SpaceId, at: Ea, pages: u64, source: Source) -> Finding {
    let request = Map {
        place: Place::Fixed(at),
        len: pages * PAGE_SIZE,
        prot: Prot::READ | Prot::WRITE,
        source,
        flags: vm::Flags::empty(),
        label: Label::None,
    };
    let mapped = kernel.vm.map(space, &request);
    mapped.map(drop).map_err(|error| format!("map: {error:?}"))
}

/// Fails a case unless `condition` holds.
macro_rules! check {
    ($condition:expr, $($why:tt)*) => {
        if !$condition {
            return Err(alloc::format!($($why)*));
        }
    };
}
use check;
