//! Folds: a segment and the shadow that only it still sees become one again.
//!
//! After fork, a write and the other side's exit, a space stands on a fresh
//! segment above one that nobody else can reach. Without folds each round of
//! that would add a shadow.

use crate::addr::{Esid, Page};
use crate::machine::{Key, Machine, SpaceId};
use crate::pages::PteFate;
use crate::segment::SegNo;
use crate::shadow::ALL_PAGES;
use crate::space::Slot;
use crate::vm::Vm;

impl<M: Machine> Vm<M> {
    /// Folds what the slot's space alone still sees, as often as it can.
    #[inline(never)]
    pub(crate) fn fold(&mut self, id: SpaceId, esid: Esid) {
        while let Some(slot) = self.space(id).slot(esid).copied() {
            match self.foldable(slot.segment) {
                Some(shadow) => self.fold_once(id, &slot, shadow),
                None => return,
            }
        }
    }

    /// The shadow of `top`, if `top` has one owner and is all that sees it. Where
    /// the cuts of the two cannot be joined for want of memory it has to wait.
    fn foldable(&mut self, top: SegNo) -> Option<SegNo> {
        let row = self.segments.get(top);
        let shadow = row.shadow.filter(|_| row.slots == 1 && row.uppers == 0)?;
        let below = self.segments.get(shadow);
        if below.slots > 0 || below.uppers > 1 {
            return None;
        }
        let (row, below) = self.segments.pair(top, shadow);
        let room = row
            .cuts
            .reserve(below.cuts.len())
            .and(below.cuts.reserve(row.cuts.len()));
        room.is_ok().then_some(shadow)
    }

    /// The records of the one with fewer of them move to the other. The upper's
    /// VSID has to be kept when PTEs of the lower may allow too much.
    fn fold_once(&mut self, id: SpaceId, slot: &Slot, shadow: SegNo) {
        self.stat.folds += 1;
        let (top, below) = (self.segments.get(slot.segment), self.segments.get(shadow));
        if top.lowered || top.records() > below.records() {
            self.fold_up(slot.segment, shadow);
        } else {
            self.fold_down(id, slot, shadow);
        }
    }

    /// The upper takes what it sees of the lower, and the lower dies.
    fn fold_up(&mut self, top: SegNo, shadow: SegNo) {
        while let Some(id) = { self.segments.get(shadow).head }.some() {
            let page = self.vpn(id).page();
            if self.records.holds(id) && !self.hides(top, page) {
                self.drop_own_alias(top, page);
                self.rename(id, shadow, top, PteFate::Abandon);
            } else {
                self.discard(id, PteFate::Abandon);
            }
        }
        let (row, below) = self.segments.pair(top, shadow);
        row.lowered |= below.lowered;
        below.cuts.ranges().for_each(|cut| row.cuts.add(cut));
        self.segments.unstack(top);
        match self.end_segment(shadow) {
            Some(next) => self.segments.stack(top, next),
            None => self.stands_alone(top),
        }
    }

    /// The lower becomes the space's own again, with what the upper changed.
    fn fold_down(&mut self, id: SpaceId, slot: &Slot, shadow: SegNo) {
        let top = slot.segment;
        self.apply_cuts(top, shadow);
        self.segments.unstack(top);
        // From here on no processor uses the upper's VSID. The slot still counts
        // it, so that it dies only when it is empty.
        self.segments.get_mut(top).slots += 1;
        self.change_slot(id, slot.esid, shadow, Key::Zero);
        while let Some(record) = { self.segments.get(top).head }.some() {
            let page = self.vpn(record).page();
            if !self.records.holds(record) {
                self.discard(record, PteFate::Abandon);
                continue;
            }
            if let Some(old) = self.own(shadow, page) {
                self.discard(old, PteFate::RemoveLater);
            }
            self.rename(record, top, shadow, PteFate::Abandon);
        }
        self.remove_leaving();
        self.segments.get_mut(top).slots -= 1;
        self.discard_if_unused(top);
        if self.segments.get(shadow).shadow.is_none() {
            self.stands_alone(shadow);
        }
    }

    /// Does to the lower what the upper's cuts say was unmapped since.
    fn apply_cuts(&mut self, top: SegNo, shadow: SegNo) {
        let cuts = core::mem::take(&mut self.segments.get_mut(top).cuts);
        for cut in cuts.ranges() {
            self.for_each_record(shadow, cut.clone(), |vm, id| {
                vm.discard(id, PteFate::RemoveLater)
            });
            self.remove_leaving();
            self.segments.get_mut(shadow).cuts.add(cut);
        }
    }

    /// Without a shadow, cuts and lowered rights mean nothing.
    fn stands_alone(&mut self, segment: SegNo) {
        let row = self.segments.get_mut(segment);
        row.cuts.clear();
        row.lowered = false;
    }

    fn hides(&self, top: SegNo, page: Page) -> bool {
        self.segments.get(top).cuts.contains(page) || self.own_page(top, page).is_some()
    }

    fn drop_own_alias(&mut self, segment: SegNo, page: Page) {
        if let Some(id) = self.own(segment, page) {
            self.discard(id, PteFate::Remove);
        }
    }

    /// Frees what can be freed before a request is refused for want of memory:
    /// pending folds, and pages that nobody sees. Returns whether that helped.
    pub(crate) fn reclaim(&mut self) -> bool {
        self.stat.reclaims += 1;
        let before = self.records.frames.free_count();
        self.for_each_space(|vm, id| {
            for n in 0..vm.space(id).slots.len() {
                let esid = vm.space(id).slots[n].esid;
                vm.fold(id, esid);
            }
        });
        for no in (1..=self.segments.last()).map(SegNo) {
            if self.segments.get(no).uppers > 0 {
                self.drop_unseen(no, ALL_PAGES);
            }
        }
        self.records.frames.free_count() > before
    }
}
