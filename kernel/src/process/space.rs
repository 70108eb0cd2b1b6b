//! An address space as processes hold it, with the heap that brk moves.

use crate::fs::{Hold, Ino};
use crate::state::Vm;
use alloc::sync::Arc;
use core::ops::Range;
use core::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use vm::{Ea, Flags, SpaceId};

/// Where brk's memory is. The end need not be at a page's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heap {
    /// The first address: the page after the program's image.
    pub start: Ea,
    /// The break: the first address after it.
    pub end: Ea,
}

/// An address space, held by one process; by two between vfork and exec. When
/// the last one lets go it must be [given back](Space::release).
pub struct Space {
    id: SpaceId,
    /// The file that its program is in: nobody may write to that.
    program: Arc<Hold>,
    start: u64,
    end: AtomicU64,
    new_flags: AtomicU8,
    /// Where the arguments are that it was started with, and then the environment.
    strings: Passed,
}

/// Where the strings are that a program was started with.
#[derive(Clone, Debug)]
pub struct Passed {
    /// Its arguments.
    pub args: Range<u64>,
    /// Its environment.
    pub env: Range<u64>,
}

impl Space {
    /// Takes over `id`, whose heap is `heap`, and which runs `program`, started with
    /// `strings`.
    pub fn new(id: SpaceId, heap: Heap, program: Arc<Hold>, strings: Passed) -> Arc<Space> {
        Arc::new(Space {
            id,
            program,
            start: heap.start.0,
            end: AtomicU64::new(heap.end.0),
            new_flags: AtomicU8::new(0),
            strings,
        })
    }

    /// The virtual memory's number for it.
    pub fn id(&self) -> SpaceId {
        self.id
    }

    /// A fork of it, whose number is `id`.
    pub fn fork(&self, id: SpaceId) -> Arc<Space> {
        Space::new(id, self.heap(), self.program.clone(), self.strings.clone())
    }

    /// The file that its program is in.
    pub fn program(&self) -> Ino {
        self.program.ino()
    }

    /// The strings that its program was started with. It may have written over them.
    pub fn strings(&self) -> &Passed {
        &self.strings
    }

    /// Its heap.
    pub fn heap(&self) -> Heap {
        Heap {
            start: Ea(self.start),
            end: Ea(self.end.load(Relaxed)),
        }
    }

    /// Moves the break.
    pub fn set_break(&self, end: Ea) {
        self.end.store(end.0, Relaxed);
    }

    /// Says what flags a new mapping has: MCL_FUTURE.
    pub fn set_new_flags(&self, flags: Flags) {
        self.new_flags.store(flags.bits(), Relaxed);
    }

    /// The flags of a new mapping that says nothing itself.
    pub fn new_flags(&self) -> Flags {
        Flags::from_bits_truncate(self.new_flags.load(Relaxed))
    }

    /// Lets go of it: the last holder destroys it.
    pub fn release(space: Arc<Space>, vm: &mut Vm) {
        if let Some(space) = Arc::into_inner(space) {
            vm.destroy_space(space.id);
        }
    }
}
