//! The virtual memory as a whole.

use crate::error::{LacksMemory, VmError};
use crate::fork::Fork;
use crate::htab::Htab;
use crate::machine::{Machine, PteSlot, SpaceId};
use crate::object::Objects;
use crate::records::Records;
use crate::segment::SegmentTable;
use crate::space::Space;
use crate::stat::Stat;
use alloc::vec::Vec;
use core::ops::Range;

/// The virtual memory of one machine. Whoever has a `&mut` of it holds the lock:
/// nothing in here waits.
pub struct Vm<M> {
    /// The machine below.
    pub machine: M,
    /// What has been counted.
    pub stat: Stat,
    pub(crate) strategy: Fork,
    used: u32,
    /// Frames of held objects: how many there are, and how many there may be.
    pub(crate) kept: u32,
    pub(crate) most_kept: u32,
    /// Pages of new memory that one touch may fill.
    pub(crate) ahead: u32,
    pub(crate) records: Records,
    pub(crate) segments: SegmentTable,
    pub(crate) htab: Htab,
    pub(crate) objects: Objects,
    pub(crate) spaces: Vec<Option<Space>>,
    /// The numbers of spaces that have ended.
    pub(crate) free_spaces: Vec<SpaceId>,
}

/// How large the tables are.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Frames of memory, those of the kernel included.
    pub frames: u32,
    /// Frames that pages may be in, however many [`Vm::give`] gives.
    pub used: u32,
    /// Frames of objects that their creators hold: files, and segments of shared memory
    /// that outlive their processes. The rest can always be had by killing.
    pub kept: u32,
    /// Aliases at the most.
    pub aliases: u32,
    /// Segments at once, at the most.
    pub segments: u32,
    /// Generations of VSIDs of one segment number.
    pub generations: u64,
    /// Pages of new memory that one touch may fill: a power of two.
    pub ahead: u32,
}

impl Limits {
    /// What a machine with this many frames should have. An alias a frame is 1 %
    /// of memory.
    pub const fn for_frames(frames: u32) -> Limits {
        Limits {
            frames,
            used: u32::MAX,
            kept: u32::MAX,
            aliases: frames,
            segments: u32::MAX,
            generations: u64::MAX,
            ahead: 1,
        }
    }
}

impl<M: Machine> Vm<M> {
    /// A virtual memory without a space or a free frame: [`Vm::give`] gives it
    /// some. Until then all frames are the kernel's.
    pub fn new(machine: M, limits: Limits, strategy: Fork) -> Self {
        Vm {
            htab: Htab::new(machine.groups()),
            machine,
            stat: Stat::default(),
            strategy,
            used: limits.used,
            kept: 0,
            most_kept: limits.kept,
            ahead: limits.ahead,
            records: Records::new(limits.frames, limits.aliases),
            segments: SegmentTable::new(limits.segments, limits.generations),
            objects: Objects::default(),
            spaces: Vec::new(),
            free_spaces: Vec::new(),
        }
    }

    /// These frames, until now the kernel's, may be used for pages; as many of them as
    /// the [limits](Limits::used) allow.
    pub fn give(&mut self, frames: Range<u32>) {
        let table = &mut self.records.frames;
        let given = table.total() - table.kernel_count();
        let more = self.used.saturating_sub(given).min(frames.len() as u32);
        table.give(frames.start..frames.start + more);
    }

    /// The kernel has a bolted entry in this slot of the HTAB: it stays there.
    pub fn bolt(&mut self, slot: PteSlot) {
        self.htab.bolt(slot);
    }

    /// How forks are done from now on. Spaces forked in different ways live together.
    pub fn set_strategy(&mut self, strategy: Fork) {
        self.strategy = strategy;
    }

    /// `NoMemory` while the heap is low. To be asked before a table grows for good;
    /// else programs could use up what the kernel keeps for its own progress.
    pub(crate) fn spare_heap(&self) -> Result<(), VmError> {
        if self.machine.heap_is_low() {
            return Err(VmError::NoMemory);
        }
        Ok(())
    }

    /// Does `attempt`, and once more when it lacked memory and some was found.
    #[inline]
    pub(crate) fn retrying<T, E: LacksMemory>(
        &mut self,
        attempt: impl Fn(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        match attempt(self) {
            Err(error) if error.lacks_memory() => self.retry(error, attempt),
            result => result,
        }
    }

    #[cold]
    #[inline(never)]
    fn retry<T, E: LacksMemory>(
        &mut self,
        mut error: E,
        attempt: impl Fn(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.reclaim() {
            match attempt(self) {
                Err(again) => error = again,
                done => return done,
            }
        }
        if error.lacks_memory() {
            self.stat.refused += 1;
        }
        Err(error)
    }
}
