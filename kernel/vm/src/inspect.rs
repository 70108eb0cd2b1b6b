//! What the inverted table says of one frame, and what one group of the HTAB holds.

use crate::addr::{FrameNo, Vpn};
use crate::htab::Owner;
use crate::machine::{GROUP, Machine, Noted, Pte, PteSlot};
use crate::record::RecordId;
use crate::segment::Use;
use crate::vm::Vm;

/// What a frame is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameUse {
    /// Nothing.
    Free,
    /// The kernel's own.
    Kernel,
    /// A page of a private segment.
    Private,
    /// A page of an object.
    Object,
}

/// How a record reaches its frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It is the frame's name.
    Name,
    /// An alias that nothing else says: an eager fork made it.
    Held,
    /// An alias that regions and shadows would give again.
    Derived,
}

/// A record of the inverted table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordReport {
    /// The virtual page.
    pub vpn: Vpn,
    /// The frame.
    pub frame: FrameNo,
    /// How it reaches that.
    pub reach: Reach,
    /// Where its PTE is.
    pub pte: Option<PteSlot>,
    /// What was ever noted in its PTEs, R and C.
    pub noted: Noted,
}

/// A slot of the HTAB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotUse {
    /// Nothing is in it.
    Free,
    /// An entry of the kernel's.
    Bolted,
    /// An entry left behind by a segment that is no more.
    Dead,
    /// The entry of a record.
    Live(Reach),
}

impl<M: Machine> Vm<M> {
    /// What a frame is used for. `None` if there is no such frame.
    pub fn frame_use(&self, frame: FrameNo) -> Option<FrameUse> {
        let frames = &self.records.frames;
        if frame.0 >= frames.total() {
            return None;
        }
        let vpn = frames.row(frame).record.vpn;
        if vpn == Vpn::NONE {
            let free = frames.free_frames().any(|free| free == frame);
            return Some(if free {
                FrameUse::Free
            } else {
                FrameUse::Kernel
            });
        }
        let segment = self.segment_of(RecordId::name(frame));
        Some(match self.segments.get(segment).used {
            Use::Object(_) => FrameUse::Object,
            Use::Private | Use::Free => FrameUse::Private,
        })
    }

    /// The records that reach a used frame: its name, and all its aliases.
    pub fn frame_records(&self, frame: FrameNo) -> impl Iterator<Item = RecordReport> + '_ {
        let first = self.records.first_alias(frame);
        let aliases = core::iter::successors(first, |no| self.records.next_alias(*no));
        let name = core::iter::once(RecordId::name(frame));
        name.chain(aliases.map(RecordId::alias))
            .map(|id| self.record_report(id))
    }

    /// The eight slots of a group of the HTAB, as they are. `None` if there is no such
    /// group.
    pub fn group(
        &self,
        group: u32,
    ) -> Option<impl Iterator<Item = (SlotUse, Option<(Pte, Noted)>)> + '_> {
        if group >= self.htab.groups() {
            return None;
        }
        let slots = (group * GROUP..(group + 1) * GROUP).map(PteSlot);
        Some(slots.map(|slot| {
            let used = match self.htab.owner(slot) {
                Owner::Free => SlotUse::Free,
                Owner::Bolted => SlotUse::Bolted,
                Owner::Dead => SlotUse::Dead,
                Owner::Record(id) => SlotUse::Live(self.reach(id)),
            };
            (used, self.machine.read(slot))
        }))
    }

    pub(crate) fn record_report(&self, id: RecordId) -> RecordReport {
        let record = self.records.get(id);
        let pte = record.pte();
        let entry = pte.and_then(|slot| self.machine.read(slot));
        let now = entry.map_or(Noted::empty(), |(_, noted)| noted);
        RecordReport {
            vpn: record.vpn,
            frame: self.records.frame(id),
            reach: self.reach(id),
            pte,
            noted: record.noted() | now,
        }
    }

    fn reach(&self, id: RecordId) -> Reach {
        match (id.is_name(), self.records.holds(id)) {
            (true, _) => Reach::Name,
            (false, true) => Reach::Held,
            (false, false) => Reach::Derived,
        }
    }
}
