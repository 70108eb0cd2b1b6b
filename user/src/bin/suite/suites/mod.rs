//! One file a suite.

use crate::harness::Case;

mod badptr;
mod boot;
mod cow;
mod exec;
mod exit;
mod fail;
mod fault;
mod fork;
mod frames;
mod fuzz;
mod htab;
mod limits;
mod mmap;
mod sequence;
mod shm;
mod shmctl;
mod slb;
mod syscall;
mod wild;

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
    ("fail", &[fail::FAIL]),
    ("hang", &[fail::HANG]),
];
