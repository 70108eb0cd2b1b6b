//! Filling ahead: who touches new memory page after page gets a few pages at once.
//!
//! A trap costs more than a page of zeros. A page that is touched right after the one
//! before it is a sign that the next ones will be; then the rest of its block of
//! [`Limits::ahead`](crate::Limits::ahead) pages is filled with it. That may be some pages
//! too many where the program stops, so it is done only while there are plenty of frames.

use crate::addr::{Ea, PAGE_SHIFT, PAGE_SIZE, Page};
use crate::machine::{Machine, Rights, SpaceId};
use crate::record::RecordId;
use crate::region::{Region, Source};
use crate::segment::SegNo;
use crate::vm::Vm;

/// One part in so many of all frames must be free.
const PLENTY: u32 = 16;

impl<M: Machine> Vm<M> {
    /// Fills what follows the page at `ea`, which was filled just now and has a PTE with
    /// `rights`, in its block.
    #[inline(never)]
    pub(crate) fn fill_ahead(
        &mut self,
        space: SpaceId,
        region: &Region,
        ea: Ea,
        rights: Rights,
    ) {
        let page = ea.floor();
        let block = u64::from(self.ahead) << PAGE_SHIFT;
        let end = ((page.0 & !(block - 1)) + block).min(region.end.0);
        let next = page.0 + PAGE_SIZE;
        if next >= end {
            return;
        }
        let Some(segment) = self.grows_in(space, region, page) else {
            return;
        };
        for at in (next..end).step_by(PAGE_SIZE as usize) {
            if self.fill_next(segment, Ea(at).page(), rights).is_none() {
                return;
            }
        }
    }

    /// The segment, if the page before `page` is there already, and what follows is zero
    /// unless the segment itself has it.
    fn grows_in(&self, space: SpaceId, region: &Region, page: Ea) -> Option<SegNo> {
        let segment = self.space(space).slot(page.esid())?.segment;
        let frames = &self.records.frames;
        let fits = region.source == Source::Zero
            && page > region.start.max(page.esid().start())
            && self.segments.get(segment).shadow.is_none()
            && frames.free_count() > frames.total() / PLENTY;
        let before = Page(page.page().0.checked_sub(1)?);
        (fits && self.own(segment, before).is_some()).then_some(segment)
    }

    /// `None` when there is no room for more.
    #[inline]
    fn fill_next(&mut self, segment: SegNo, page: Page, rights: Rights) -> Option<()> {
        if self.own(segment, page).is_some() {
            return None;
        }
        let record = RecordId::name(self.fill_zero(segment, page).ok()?);
        self.stat.filled_ahead += 1;
        self.enter_if_free(record, rights)
    }
}
