//! Programs that the oracle found and shrunk, each for a mistake that is mended. They
//! are played on every kind of machine.

mod common;
mod oracle;
use oracle::config::ALL;
use oracle::hunt::play;
use oracle::program::Op::*;
use oracle::program::{Step, step};

fn passes(program: &[Step]) {
    for config in ALL {
        play(config, program);
    }
}

#[test]
fn a_remap_to_a_fixed_shorter_place_leaves_the_tail_to_the_child() {
    passes(&[
        step(MapZero, [0, 7, 2]),
        step(MapZero, [0, 12]),
        step(Write, [0, 12]),
        step(Fork, []),
        step(Remap, [0, 7, 2, 0, 3]),
    ]);
}

#[test]
fn a_remap_across_a_boundary_to_an_empty_segment_loses_no_page() {
    passes(&[
        step(MapZero, [0, 27, 3]),
        step(Write, [0, 28]),
        step(Fork, []),
        step(Write, [1, 18]),
        step(Exit, []),
        step(Remap, [0, 69, 2, 2, 3]),
    ]);
}

#[test]
fn a_remap_to_the_same_length_changes_nothing() {
    passes(&[
        step(MapZero, [0, 17, 2]),
        step(Remap, [0, 48]),
        step(Remap, [0, 17, 2, 2, 1, 0, 2]),
    ]);
}

#[test]
fn a_stack_that_its_bounds_keep_from_growing_is_not_mapped_there() {
    passes(&[
        step(Bound, [0, 1, 1]),
        step(MapZero, [0, 18, 0, 0, 0, 1]),
        step(Write, [0, 24]),
    ]);
}
