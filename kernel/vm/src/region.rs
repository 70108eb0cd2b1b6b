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

bitflags! {
    /// What else a program has said of a region.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Flags: u8 {
        /// It grows downwards when the page below it is touched: MAP_GROWSDOWN.
        const GROWS_DOWN = 1;
        /// A child does not have it: MADV_DONTFORK.
        const DONT_FORK = 2;
        /// A child has it without its contents: MADV_WIPEONFORK.
        const WIPE_ON_FORK = 4;
        /// Its pages stay in memory, as all pages do here; and they may not be thrown
        /// away by advice: mlock. A child's are not locked.
        const LOCKED = 8;
        /// Its object may not be written through it: the file is open for reading.
        const READ_ONLY = 16;
        /// With `LOCKED`: pages need not come before they are touched (MLOCK_ONFAULT).
        const ON_FAULT = 32;
        /// More of it is promised than there may ever be: MAP_NORESERVE.
        const NO_RESERVE = 64;
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
    /// A memory object as it is until a page is written: then the space has a copy.
    Private {
        /// The object.
        object: ObjectId,
        /// The object's page at the region's start.
        first: u64,
    },
}

impl Source {
    /// The object behind the region.
    pub fn object(&self) -> Option<ObjectId> {
        match *self {
            Source::Zero => None,
            Source::Shared { object, .. } | Source::Private { object, .. } => Some(object),
        }
    }

    /// The object's page at the region's start.
    pub fn first(&self) -> Option<u64> {
        match *self {
            Source::Zero => None,
            Source::Shared { first, .. } | Source::Private { first, .. } => Some(first),
        }
    }

    /// Whether what one space writes all others see.
    pub fn is_shared(&self) -> bool {
        matches!(self, Source::Shared { .. })
    }

    /// The source of a region that begins `pages` pages further on.
    pub(crate) fn advanced(self, pages: u64) -> Source {
        match self {
            Source::Zero => self,
            Source::Shared { object, first } => Source::Shared {
                object,
                first: first + pages,
            },
            Source::Private { object, first } => Source::Private {
                object,
                first: first + pages,
            },
        }
    }
}

/// What a region is for. It decides nothing; `/proc/PID/maps` prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// An ordinary mapping.
    None,
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
    /// What else was said of it.
    pub flags: Flags,
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
