//! Questions about a space that change nothing.

use crate::addr::{Ea, FrameNo, PAGE_SIZE, Page};
use crate::machine::{Machine, SpaceId};
use crate::region::{ObjectId, Region};
use crate::segment::SegNo;
use crate::vm::Vm;

impl<M: Machine> Vm<M> {
    /// The frame that a read at `ea` would find, if it is there already; whatever the
    /// region allows.
    pub fn peek(&self, space: SpaceId, ea: Ea) -> Option<FrameNo> {
        let region = self.space(space).regions.find(ea)?;
        let slot = self.space(space).slot(ea.esid());
        let private = slot.and_then(|slot| self.lookup(slot.segment, ea.page()));
        private
            .or_else(|| self.object_page_if_there(region.source.object()?, region.object_page(ea)?))
    }

    /// The object and the page of it that lie at `ea`, where what one space writes all
    /// see: for those to whom it is the same place in several spaces.
    pub fn backing(&self, space: SpaceId, ea: Ea) -> Option<(ObjectId, u64)> {
        let region = self.space(space).regions.find(ea)?;
        let shared = region.source.is_shared();
        shared.then_some((region.source.object()?, region.object_page(ea)?))
    }

    /// The regions of a space that have a page in the `len` bytes at `start`.
    pub fn regions_in(&self, space: SpaceId, start: Ea, len: u64) -> &[Region] {
        let range = start..Ea(start.0.saturating_add(len));
        self.space(space).regions.overlapping(&range)
    }

    /// Whether every page of the `len` bytes at `start` is mapped.
    pub fn is_covered(&self, space: SpaceId, start: Ea, len: u64) -> bool {
        let range = start..Ea(start.0.saturating_add(len));
        self.space(space).regions.covers(&range)
    }

    /// Bytes of memory that pages can be in.
    pub fn memory(&self) -> u64 {
        let frames = &self.records.frames;
        u64::from(frames.total() - frames.kernel_count()) * PAGE_SIZE
    }

    /// Frames that would come back if the space ended: those of segments that only it
    /// refers to, and of objects that only it maps and nobody else holds.
    pub fn sole_frames(&self, space: SpaceId) -> u64 {
        let space = self.space(space);
        let private = space.slots.iter().map(|slot| slot.segment);
        let private = private.filter(|no| self.is_private(*no));
        let objects = space.regions.iter().filter_map(|region| {
            let object = region.source.object()?;
            let sole = self.object(object).is_kept_by(region.bytes());
            sole.then(|| self.object_frames(object))
        });
        private.map(|top| self.sole_names(top)).sum::<u64>() + objects.sum::<u64>()
    }

    fn sole_names(&self, top: SegNo) -> u64 {
        let chain = self.segments.chain(top).map(|no| self.segments.get(no));
        let sole = chain.take_while(|row| row.refs() == 1);
        sole.map(|row| u64::from(row.names)).sum()
    }

    /// The frame of a page that a private segment or its shadows have.
    fn lookup(&self, segment: SegNo, page: Page) -> Option<FrameNo> {
        let own = self.own_page(segment, page);
        let record = own.or_else(|| self.visible_below(segment, page).map(|(_, below)| below))?;
        Some(self.records.frame(record))
    }
}
