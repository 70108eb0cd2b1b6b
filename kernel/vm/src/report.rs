//! What `/proc` shows of the virtual memory.

use crate::addr::Esid;
use crate::htab::Owner;
use crate::machine::{GROUP, Machine, SegmentEntry, SpaceId};
use crate::region::Region;
use crate::segment::Use;
use crate::space::Slot;
use crate::vm::Vm;
use alloc::vec::Vec;

/// Frames by what they hold. `free`, `private`, `object` and `kernel` add up to
/// `total`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameCounts {
    /// Frames of memory.
    pub total: u32,
    /// Nobody's.
    pub free: u32,
    /// Pages of private segments.
    pub private: u32,
    /// Pages of objects.
    pub object: u32,
    /// The kernel's own.
    pub kernel: u32,
    /// Aliases in use: records, not frames.
    pub aliases: u32,
}

/// What is in the HTAB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HtabCounts {
    /// Groups of eight entries.
    pub groups: u32,
    /// Entries that there is room for.
    pub slots: u32,
    /// Entries of the kernel's.
    pub bolted: u32,
    /// Entries that belong to a record.
    pub live: u32,
    /// Entries left behind by dead segments.
    pub dead: u32,
    /// Groups without a free entry now.
    pub full_groups: u32,
}

/// A slot of a space: a line of `/proc/PID/segments`.
#[derive(Clone, Copy, Debug)]
pub struct SlotReport {
    /// Which segment of the space.
    pub esid: Esid,
    /// What the SLB holds for it.
    pub entry: SegmentEntry,
    /// Whether it is a segment of an object, attached by VSID.
    pub object: bool,
    /// Slots and uppers that refer to it.
    pub refs: u32,
    /// Frames named in it.
    pub names: u32,
    /// Aliases in it.
    pub aliases: u32,
    /// PTEs of its records.
    pub ptes: u32,
    /// Shadows below it.
    pub depth: u32,
    /// Ranges that do not see the shadow.
    pub cuts: u32,
}

impl<M: Machine> Vm<M> {
    /// Frames by what they hold. The cost is that of all segments.
    pub fn frame_counts(&self) -> FrameCounts {
        let frames = &self.records.frames;
        let (total, free, kernel) = (frames.total(), frames.free_count(), frames.kernel_count());
        let objects = self
            .segments
            .iter()
            .filter(|(_, row)| matches!(row.used, Use::Object(_)));
        let object = objects.map(|(_, row)| row.names).sum();
        let private = total - free - kernel - object;
        FrameCounts {
            total,
            free,
            private,
            object,
            kernel,
            aliases: self.records.aliases.used(),
        }
    }

    /// Bytes of heap that the tables of spaces, objects and segments hold, used or
    /// not. They keep the room that they once needed.
    pub fn table_bytes(&self) -> usize {
        let spaces = room(&self.spaces) + room(&self.free_spaces);
        spaces + self.objects.bytes() + self.segments.bytes()
    }

    /// What is in the HTAB. The cost is that of the whole table.
    pub fn htab_counts(&self) -> HtabCounts {
        let groups = self.htab.groups();
        let mut counts = HtabCounts {
            groups,
            slots: groups * GROUP,
            ..HtabCounts::default()
        };
        let mut free_in_group = 0;
        for (slot, owner) in self.htab.slots() {
            match owner {
                Owner::Free => free_in_group += 1,
                Owner::Bolted => counts.bolted += 1,
                Owner::Dead => counts.dead += 1,
                Owner::Record(_) => counts.live += 1,
            }
            if slot.0 % GROUP == GROUP - 1 {
                counts.full_groups += u32::from(free_in_group == 0);
                free_in_group = 0;
            }
        }
        counts
    }

    /// The slots of a space, in order of address.
    pub fn segments(&self, space: SpaceId) -> impl Iterator<Item = SlotReport> + '_ {
        self.space(space)
            .slots
            .iter()
            .map(|slot| self.slot_report(slot))
    }

    fn slot_report(&self, slot: &Slot) -> SlotReport {
        let row = self.segments.get(slot.segment);
        let ptes = self
            .records
            .of(row)
            .filter(|id| self.records.get(*id).pte().is_some())
            .count();
        SlotReport {
            esid: slot.esid,
            entry: self.segment_entry(slot),
            object: row.used != Use::Private,
            refs: row.refs(),
            names: row.names,
            aliases: row.held + row.derived,
            ptes: ptes as u32,
            depth: self.segments.chain(slot.segment).count() as u32 - 1,
            cuts: row.cuts.len() as u32,
        }
    }

    /// The regions of a space, in order of address.
    pub fn regions(&self, space: SpaceId) -> impl Iterator<Item = &Region> {
        self.space(space).regions.iter()
    }
}

/// Bytes of heap that a vector holds.
pub(crate) fn room<T>(vector: &Vec<T>) -> usize {
    vector.capacity() * size_of::<T>()
}
