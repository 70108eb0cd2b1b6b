//! Regions: what a process has mapped, apart from what it has touched.

use crate::addr::Ea;
use bitflags::bitflags;

bitflags! {
    /// What a region allows. Any of the three allows reading: the PP codes
    /// know no page that can be written or executed but not read.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Prot: u8 {
        /// PROT_READ.
        const READ = 1;
        /// PROT_WRITE.
        const WRITE = 2;
        /// PROT_EXEC.
        const EXEC = 4;
    }
}

/// The number of a memory object: see [`crate::Vm::create_object`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectId(pub u32);

/// Where a region's pages come from before anyone has written them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Private memory, zero at first.
    Zero,
    /// A memory object, shared with all who map it. The region's first page is
    /// the object's page `first`.
    Shared {
        /// The object.
        object: ObjectId,
        /// The object's page at the region's start.
        first: u64,
    },
}

/// What a region is for. It decides nothing; `/proc/PID/maps` prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// An ordinary mapping.
    None,
    /// The program's own image.
    Image,
    /// What brk moves.
    Heap,
    /// The first thread's stack.
    Stack,
    /// A System V segment, by its identifier.
    Shm(i32),
}

/// A range of one address space within one mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// The first address.
    pub start: Ea,
    /// The first address after it.
    pub end: Ea,
    /// What a program may do there.
    pub prot: Prot,
    /// Where its pages come from.
    pub source: Source,
    /// What it is for.
    pub label: Label,
}

/// Where a new mapping goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Wherever there is room.
    Any,
    /// At the address if there is room, else anywhere.
    Hint(Ea),
    /// At the address, in place of what is there (MAP_FIXED).
    Fixed(Ea),
    /// At the address, if nothing is there (MAP_FIXED_NOREPLACE).
    FixedNoReplace(Ea),
    /// At the start of a segment of its own, wherever there is one: what a
    /// shared object needs to be attached by VSID.
    OwnSegment,
}
