//! Fault-around: the neighbours of a page that a fault found in memory get their PTEs
//! with it.
//!
//! Who touches a page that it has inherited, shares or maps from a file will mostly touch
//! the next ones too, and a trap costs more than an entry. This fills, copies and evicts
//! nothing, and drops no alias: it only uses what is free.

use crate::addr::{Ea, Page};
use crate::aliases::Room;
use crate::fault::ATTACHED;
use crate::machine::{Machine, Pte, SpaceId};
use crate::record::RecordId;
use crate::region::Region;
use crate::segment::{SegNo, Use};
use crate::vm::Vm;
use core::ops::Range;

/// Pages that are looked at together: the block of so many that the page lies in. (As many
/// as Linux takes of a file: mm/memory.c, fault_around_bytes.)
const BLOCK: u32 = 16;
/// Behind so many shadows each look is long, and only the page itself is entered; unless a
/// row of [`ROW`] pages before it was.
const FAR: usize = 4;
const ROW: u32 = 4;

impl<M: Machine> Vm<M> {
    /// Enters the PTEs of what lies around `ea`, which is in `region`.
    #[inline(never)]
    pub(crate) fn enter_around(&mut self, space: SpaceId, region: &Region, ea: Ea) {
        let Some(slot) = self.space(space).slot(ea.esid()) else {
            return;
        };
        let segment = slot.segment;
        let attached = matches!(self.segments.get(segment).used, Use::Object(_));
        for page in self.neighbours(segment, region, ea) {
            if page == ea.page().0 {
                continue;
            }
            let done = if attached {
                self.enter_attached(segment, Page(page))
            } else {
                self.enter_private(segment, region, ea.esid().at(Page(page)))
            };
            if done.is_none() {
                return;
            }
        }
    }

    /// Whether the segment has a record of each page of a row before this one. (The farthest
    /// is looked for first: mostly there is none.)
    fn follows(&self, segment: SegNo, page: Page) -> bool {
        let first = page.0.checked_sub(ROW);
        first.is_some_and(|first| (first..page.0).all(|n| self.own(segment, Page(n)).is_some()))
    }

    /// The pages of the block, less where each look goes through many shadows.
    fn neighbours(&self, segment: SegNo, region: &Region, ea: Ea) -> Range<u32> {
        let shadows = self.segments.chain(segment).skip(1).take(FAR).count();
        let block = match shadows {
            FAR if self.follows(segment, ea.page()) => BLOCK / 2,
            FAR => 1,
            near => BLOCK / near.max(1).next_power_of_two() as u32,
        };
        let first = Ea(ea.0 & !(u64::from(block) * crate::PAGE_SIZE - 1));
        let last = Ea(first.0 + u64::from(block - 1) * crate::PAGE_SIZE);
        let end = Ea(region.end.0 - crate::PAGE_SIZE);
        first.max(region.start).page().0..last.min(end).page().0 + 1
    }

    /// `None` when there is no room for more.
    #[inline(always)]
    fn enter_attached(&mut self, segment: SegNo, page: Page) -> Option<()> {
        match self.own(segment, page) {
            Some(record) => self.enter_if_free(record, ATTACHED),
            None => Some(()),
        }
    }

    #[inline(always)]
    fn enter_private(&mut self, segment: SegNo, region: &Region, ea: Ea) -> Option<()> {
        if let Some(record) = self.own(segment, ea.page()) {
            return self.enter_if_free(record, self.rights_of(record, region));
        }
        let Some(frame) = self.frame_below(segment, region, ea) else {
            return Some(());
        };
        let alias = self.alias_if_free(segment, ea.page(), frame)?;
        let vpn = self.segments.get(segment).vpn(ea.page());
        let rights = self.rights_of(alias, region);
        self.enter_new(alias, &Pte { vpn, frame, rights })
    }

    #[inline(always)]
    pub(crate) fn alias_if_free(
        &mut self,
        segment: SegNo,
        page: Page,
        frame: crate::FrameNo,
    ) -> Option<RecordId> {
        if !matches!(self.records.aliases.room(), Room::Free) {
            return None;
        }
        self.stat.aliases_made += 1;
        let segment = self.segments.get_mut(segment);
        Some(self.records.make_derived(segment.vpn(page), frame, segment))
    }
}
