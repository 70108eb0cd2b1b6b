//! One file a suite.

use crate::harness::Case;

mod asked;
mod badptr;
mod boot;
mod bounds;
mod bystander;
mod calls;
mod capabilities;
mod counter;
mod cow;
mod descriptors;
mod exec;
mod exit;
mod extents;
mod fail;
mod fault;
mod fifo;
mod file;
mod float;
mod fork;
mod frames;
mod futex;
mod fuzz;
mod handed;
mod htab;
mod kept;
mod limits;
mod links;
mod madvise;
mod mapcut;
mod mapfile;
mod mapplace;
mod mmap;
mod mounts;
mod moves;
mod mremap;
mod names;
mod pipe;
mod poll;
mod proclinks;
mod resident;
mod select;
mod sequence;
mod share;
mod shm;
mod shmctl;
mod sides;
mod sigfault;
mod sigfloat;
mod sigframe;
mod sigjob;
mod signal;
mod sigorphan;
mod sigqueue;
mod sigregs;
mod slb;
mod special;
mod stack;
mod syscall;
mod terminal;
mod text;
mod thread;
mod threadsig;
mod threadtime;
mod tlb;
mod tlbsets;
mod tlbshare;
mod victim;
mod wild;

pub use float::is_zero;
pub use signal::after_exec;
pub use text::wait_to_end;

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
    (
        "syscall",
        &[
            syscall::CASES,
            asked::CASES,
            capabilities::CASES,
            kept::CASES,
        ],
    ),
    ("terminal", &[terminal::CASES]),
    ("badptr", &[badptr::CASES]),
    ("fuzz", &[fuzz::CASES, limits::CASES]),
    (
        "file",
        &[
            file::CASES,
            extents::CASES,
            names::CASES,
            links::CASES,
            descriptors::CASES,
            proclinks::CASES,
            mounts::CASES,
        ],
    ),
    (
        "pipe",
        &[
            pipe::CASES,
            handed::CASES,
            poll::CASES,
            select::CASES,
            fifo::CASES,
            counter::CASES,
        ],
    ),
    (
        "mapfile",
        &[
            mapfile::CASES,
            mapcut::CASES,
            extents::CASES,
            mapplace::CASES,
        ],
    ),
    ("mremap", &[mremap::CASES, moves::CASES]),
    ("madvise", &[madvise::CASES, resident::CASES, sides::CASES]),
    ("sigframe", &[sigframe::CASES]),
    ("oom", &[victim::CASES, bystander::CASES]),
    (
        "signal",
        &[
            signal::CASES,
            sigqueue::CASES,
            sigfault::CASES,
            sigregs::CASES,
            sigjob::CASES,
            sigorphan::CASES,
        ],
    ),
    (
        "thread",
        &[thread::CASES, threadsig::CASES, threadtime::CASES],
    ),
    ("futex", &[futex::CASES]),
    ("stack", &[stack::CASES, bounds::CASES]),
    ("share", &[share::CASES]),
    ("text", &[text::CASES]),
    ("tlb", &[tlb::CASES, tlbshare::CASES, tlbsets::CASES]),
    ("float", &[float::CASES, sigfloat::CASES, special::CASES]),
    ("fail", &[fail::FAIL]),
    ("hang", &[fail::HANG]),
];
