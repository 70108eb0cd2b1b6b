//! Which pages of a range are there: mincore, for ranges that are mostly empty.

use crate::addr::{Ea, PAGE_SHIFT, PAGE_SIZE, Page, SEGMENT_PAGES};
use crate::machine::{Machine, SpaceId};
use crate::region::Region;
use crate::segment::SegNo;
use crate::vm::Vm;

impl<M: Machine> Vm<M> {
    /// Sets each of `bytes` whose page is there, for the pages from `start` on, all of
    /// them in one segment; [`Vm::peek`] says what that means. The cost is that of what is
    /// there, not of the range.
    pub fn resident(&self, space: SpaceId, start: Ea, bytes: &mut [u8]) {
        let (first, esid) = (start.page().0, start.esid());
        debug_assert!(first as usize + bytes.len() <= SEGMENT_PAGES as usize);
        let mut look = |ea: Ea| {
            let n = ea.page().0.checked_sub(first).map(|n| n as usize);
            if let Some(byte) = n.and_then(|n| bytes.get_mut(n)) {
                *byte = u8::from(self.peek(space, ea).is_some());
            }
        };
        if let Some(slot) = self.space(space).slot(esid) {
            for level in self.segments.chain(slot.segment) {
                self.each_page(level, |page| look(esid.at(Page(page))));
            }
        }
        let range = esid.start()..esid.end();
        for region in self.space(space).regions.overlapping(&range) {
            self.look_at_object(&region.clip(&range), &mut look);
        }
    }

    fn each_page(&self, segment: SegNo, mut visit: impl FnMut(u32)) {
        let row = self.segments.get(segment);
        self.records
            .of(row)
            .for_each(|id| visit(self.vpn(id).page().0));
    }

    /// The pages of an object that a region shows: by the region's pages or by the
    /// object's records, whichever are fewer.
    fn look_at_object(&self, region: &Region, look: &mut impl FnMut(Ea)) {
        let (Some(object), Some(first)) = (region.source.object(), region.source.first()) else {
            return;
        };
        let pages = region.bytes() >> PAGE_SHIFT;
        if pages <= self.object_frames(object) {
            let all = (0..pages).map(|n| Ea(region.start.0 + n * PAGE_SIZE));
            return all.for_each(look);
        }
        for (n, segment) in self.object(object).segments.iter().enumerate() {
            let Some(segment) = *segment else { continue };
            self.each_page(segment, |page| {
                let at = n as u64 * u64::from(SEGMENT_PAGES) + u64::from(page);
                if (first..first + pages).contains(&at) {
                    look(Ea(region.start.0 + (at - first) * PAGE_SIZE));
                }
            });
        }
    }
}
