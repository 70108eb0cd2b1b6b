//! Random programs on many spaces, under each strategy and on machines where one
//! thing or another is scarce. `QUIRE_PROGRAMS=100000 QUIRE_SEED=1` makes a long run.

mod common;
mod oracle;
use oracle::hunt::hunt;
use oracle::player::{Config, Memory};
use vm::*;

/// Frames, aliases and VSIDs for all that a program can ask for.
const ENOUGH: Config = Config {
    name: "mixed strategies, enough of everything",
    fork: None,
    limits: Limits {
        aliases: 1000,
        ..Limits::for_frames(500)
    },
    groups: 8,
    memory: Memory::Enough,
};

#[test]
fn each_fork_in_another_way() {
    hunt(ENOUGH, 1500);
}

#[test]
fn shared() {
    let config = Config {
        name: "fork=shared",
        fork: Some(Fork::Shared),
        ..ENOUGH
    };
    hunt(config, 1500);
}

#[test]
fn lazy() {
    let config = Config {
        name: "fork=lazy",
        fork: Some(Fork::Lazy),
        ..ENOUGH
    };
    hunt(config, 1500);
}

#[test]
fn eager() {
    let config = Config {
        name: "fork=eager",
        fork: Some(Fork::Eager),
        ..ENOUGH
    };
    hunt(config, 1500);
}

#[test]
fn tables_of_one_group() {
    let config = Config {
        name: "a table of one group",
        groups: 1,
        ..ENOUGH
    };
    hunt(config, 1000);
}

#[test]
fn tables_of_two_groups() {
    let config = Config {
        name: "a table of two groups",
        groups: 2,
        ..ENOUGH
    };
    hunt(config, 1000);
}

#[test]
fn few_frames() {
    let config = Config {
        name: "40 frames",
        limits: Limits {
            frames: 40,
            ..ENOUGH.limits
        },
        memory: Memory::Scarce,
        ..ENOUGH
    };
    hunt(config, 1500);
}

#[test]
fn few_aliases() {
    let config = Config {
        name: "8 aliases",
        limits: Limits {
            aliases: 8,
            ..ENOUGH.limits
        },
        memory: Memory::Scarce,
        ..ENOUGH
    };
    hunt(config, 1000);
}

#[test]
fn few_vsids() {
    let config = Config {
        name: "2 generations of VSIDs, and a table of four groups",
        limits: Limits {
            generations: 2,
            ..ENOUGH.limits
        },
        groups: 4,
        ..ENOUGH
    };
    hunt(config, 1000);
}
