//! The machines that programs are played on: each strategy, and one where each thing
//! is scarce.

use crate::common::KERNEL_FRAMES;
use vm::*;

/// How a machine is made, and what may run out on it.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    pub name: &'static str,
    /// The seed of the first program, if QUIRE_SEED does not say otherwise: each machine
    /// has programs of its own.
    pub seed: u64,
    /// How all forks are done; `None`: as each step says.
    pub fork: Option<Fork>,
    pub limits: Limits,
    /// Groups of the HTAB.
    pub groups: u32,
    /// Whether requests may be refused for want of memory.
    pub memory: Memory,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    Enough,
    Scarce,
}

/// Enough of everything that a program can ask for; but for the table, which has room
/// for fewer pages than a sweep touches.
pub const MIXED: Config = Config {
    name: "mixed strategies",
    seed: 1_000_000,
    fork: None,
    limits: Limits {
        aliases: 1000,
        ..Limits::for_frames(500)
    },
    groups: 4,
    memory: Memory::Enough,
};

pub const SHARED: Config = Config {
    name: "fork=shared",
    seed: 2_000_000,
    fork: Some(Fork::Shared),
    ..MIXED
};

pub const LAZY: Config = Config {
    name: "fork=lazy",
    seed: 3_000_000,
    fork: Some(Fork::Lazy),
    ..MIXED
};

pub const EAGER: Config = Config {
    name: "fork=eager",
    seed: 4_000_000,
    fork: Some(Fork::Eager),
    ..MIXED
};

pub const ONE_GROUP: Config = Config {
    name: "a table of one group",
    seed: 5_000_000,
    groups: 1,
    ..MIXED
};

pub const TWO_GROUPS: Config = Config {
    name: "a table of two groups",
    seed: 6_000_000,
    groups: 2,
    ..MIXED
};

/// VSIDs are used again soon, while entries of the dead lie in the table.
pub const FEW_VSIDS: Config = Config {
    name: "two generations of VSIDs",
    seed: 7_000_000,
    limits: Limits {
        generations: 2,
        ..MIXED.limits
    },
    groups: 8,
    ..MIXED
};

pub const FEW_FRAMES: Config = Config {
    name: "24 frames",
    seed: 8_000_000,
    limits: Limits {
        frames: 24 + KERNEL_FRAMES,
        ..MIXED.limits
    },
    memory: Memory::Scarce,
    ..MIXED
};

pub const FEW_ALIASES: Config = Config {
    name: "6 aliases",
    seed: 9_000_000,
    limits: Limits {
        aliases: 6,
        ..MIXED.limits
    },
    memory: Memory::Scarce,
    ..MIXED
};

pub const FEW_SEGMENTS: Config = Config {
    name: "12 segments",
    seed: 10_000_000,
    limits: Limits {
        segments: 12,
        ..MIXED.limits
    },
    memory: Memory::Scarce,
    ..MIXED
};

/// A touch may fill more than its page.
pub const AHEAD: Config = Config {
    name: "8 pages ahead",
    seed: 11_000_000,
    limits: Limits {
        ahead: 8,
        ..MIXED.limits
    },
    ..MIXED
};

pub const ALL: [Config; 11] = [
    MIXED,
    SHARED,
    LAZY,
    EAGER,
    ONE_GROUP,
    TWO_GROUPS,
    FEW_VSIDS,
    FEW_FRAMES,
    FEW_ALIASES,
    FEW_SEGMENTS,
    AHEAD,
];
