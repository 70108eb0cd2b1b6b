//! What the virtual memory has counted since it started: `/proc/vm/stat`.

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// Counters that only grow.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Stat {
            $($(#[$doc])* pub $name: u64,)*
        }

        impl Stat {
            /// Every counter's name and value, in the order of the struct.
            pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($name), self.$name)),*].into_iter()
            }
        }
    };
}

counters! {
    /// Segment faults: the SLB had no entry.
    slb_misses,
    /// Calls of `fault`.
    faults,
    /// Faults for which only a PTE was missing or too weak.
    soft_faults,
    /// Frames filled with zero.
    zero_fills,
    /// Of these, before anybody asked for them.
    filled_ahead,
    /// Frames copied because another could still read the old one.
    copies,
    /// Of these, before anybody wrote to them.
    copied_ahead,
    /// Frames renamed instead of copied: nobody else could reach them.
    renames,
    /// Held aliases that became names because the name went.
    promotions,
    /// Aliases made.
    aliases_made,
    /// Keys turned from 1 to 0 by a write: the segment had one owner again.
    keys_cleared,
    /// Spaces moved to a fresh segment above a shared one.
    moves,
    /// Segments folded with the shadow that only they still saw.
    folds,
    /// Chains of shadows copied into one segment because they grew too deep.
    flattens,
    /// Forks.
    forks,
    /// PTEs entered.
    ptes_entered,
    /// Of these, for neighbours of a page that was found in memory.
    entered_around,
    /// PTEs removed, evictions included.
    ptes_removed,
    /// PTEs whose rights were changed in place.
    ptes_protected,
    /// Times that both groups of a page were full.
    groups_full,
    /// Live PTEs removed to make room.
    evictions,
    /// Sweeps for memory before a request was refused.
    reclaims,
    /// Faults and requests refused for want of memory.
    refused,
}
