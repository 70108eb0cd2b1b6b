//! One file a suite.

use crate::harness::Case;

mod badptr;
mod boot;
mod cow;
mod descriptors;
mod exec;
mod exit;
mod fail;
mod fault;
mod file;
mod fork;
mod frames;
mod futex;
mod fuzz;
mod htab;
mod limits;
mod madvise;
mod mapfile;
mod mapplace;
mod mmap;
mod mremap;
mod names;
mod pipe;
mod poll;
mod sequence;
mod shm;
mod shmctl;
mod sides;
mod sigfault;
mod sigjob;
mod signal;
mod slb;
mod syscall;
mod thread;
mod wild;

pub use signal::after_exec;

/// Every suite: its name and its cases, by file.
pub const ALL: &[(&str, &[&[Case]])] = &[
    ("boot", &[boot::CASES]),
    ("htab", &[htab::CASES]),
    ("slb", &[slb::CASES]),
    ("frames", &[frames::CASES]),
    ("fault", &[fault::CASES]),
    ("fork", &[fork::CASES]),
    ("cow", &[cow::CASES, sequence::CASES]),
    ("mmap", &[mmap::CASES]),
    ("shm", &[shm::CASES, shmctl::CASES]),
    ("exec", &[exec::CASES]),
    ("exit", &[exit::CASES]),
    ("syscall", &[syscall::CASES]),
    ("badptr", &[badptr::CASES]),
    ("fuzz", &[fuzz::CASES, limits::CASES]),
    ("file", &[file::CASES, names::CASES, descriptors::CASES]),
    ("pipe", &[pipe::CASES, poll::CASES]),
    ("mapfile", &[mapfile::CASES, mapplace::CASES]),
    ("mremap", &[mremap::CASES]),
    ("madvise", &[madvise::CASES, sides::CASES]),
    ("signal", &[signal::CASES, sigfault::CASES, sigjob::CASES]),
    ("thread", &[thread::CASES]),
    ("futex", &[futex::CASES]),
    ("fail", &[fail::FAIL]),
    ("hang", &[fail::HANG]),
];
