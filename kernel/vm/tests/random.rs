//! Random programs on many spaces, under each strategy and on machines where one
//! thing or another is scarce. `QUIRE_SEED` and `QUIRE_PROGRAMS`, the programs of each
//! test, make other and longer runs.

mod common;
mod oracle;
use oracle::config::*;
use oracle::hunt::hunt;

macro_rules! hunts {
    ($($name:ident: $programs:expr, $config:expr;)*) => {$(
        #[test]
        fn $name() {
            hunt($config, $programs);
        }
    )*};
}

hunts! {
    each_fork_in_another_way: 1500, MIXED;
    forks_that_share: 1500, SHARED;
    forks_that_are_lazy: 1500, LAZY;
    forks_that_are_eager: 1500, EAGER;
    a_table_of_one_group: 1000, ONE_GROUP;
    a_table_of_two_groups: 1000, TWO_GROUPS;
    few_vsids: 1000, FEW_VSIDS;
    few_frames: 1000, FEW_FRAMES;
    few_aliases: 1000, FEW_ALIASES;
    few_segments: 1000, FEW_SEGMENTS;
    pages_filled_ahead: 1000, AHEAD;
}
