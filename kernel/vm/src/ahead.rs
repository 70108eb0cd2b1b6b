//! Filling and copying ahead: who touches new memory page after page gets a few pages at once.
//!
//! A trap costs more than a page of zeros, and as much as a copy of one. A page that is
//! touched right after the one before it is a sign that the next ones will be; then the rest
//! of its block of [`Limits::ahead`](crate::Limits::ahead) pages comes with it. That may be
//! some pages too many where the program stops, so it is done only while there are plenty of
//! frames.
//!
//! A copy is dearer than zeros, and two had shared its frame: so half a block must have been
//! written in a row before the rest of one is copied. (A child that only calls exec writes two
//! or three pages of its stack and of its data.)

use crate::addr::{Ea, PAGE_SHIFT, Page};
use crate::machine::{Machine, Pte, Rights, SpaceId};
use crate::object::Holes;
use crate::record::RecordId;
use crate::region::{ObjectId, Region, Source};
use crate::segment::{SegNo, Use};
use crate::vm::Vm;
use core::ops::Range;

/// One part in so many of all frames must stay free; and as many must stay of those that held
/// objects may have.
const PLENTY: u32 = 16;

impl<M: Machine> Vm<M> {
    /// Fills what follows the page at `ea`, which was filled just now and has a PTE with
    /// `rights`, in its block.
    #[inline(never)]
    pub(crate) fn fill_ahead(&mut self, space: SpaceId, region: &Region, ea: Ea, rights: Rights) {
        let Some((segment, rest)) = self.may_come(space, region, ea) else {
            return;
        };
        match region.source {
            Source::Zero if self.grows(segment, region, ea) => {
                for page in rest.map(Page) {
                    if self.fill_next(segment, page, rights).is_none() {
                        return;
                    }
                }
            }
            Source::Shared { object, .. } if self.object_grows(object, region, ea, rest.len()) => {
                for page in rest.map(Page) {
                    let at = ea.esid().at(page);
                    if self.fill_shared(segment, region, at, rights).is_none() {
                        return;
                    }
                }
            }
            _ => {}
        }
    }

    /// Copies what follows the page at `ea`, which was copied just now and has a PTE with
    /// `rights`, in its block; or takes it over, where nobody else sees it any more.
    #[inline(never)]
    pub(crate) fn copy_ahead(&mut self, space: SpaceId, region: &Region, ea: Ea, rights: Rights) {
        let Some((segment, rest)) = self.may_come(space, region, ea) else {
            return;
        };
        if !self.is_written_before(segment, ea.page()) {
            return;
        }
        for page in rest.map(Page) {
            if self.copy_next(segment, page, rights).is_none() {
                return;
            }
        }
    }

    /// The segment that `ea` lies in, and the rest of the block, if there is one and plenty of
    /// frames for it.
    #[inline(always)]
    fn may_come(&self, space: SpaceId, region: &Region, ea: Ea) -> Option<(SegNo, Range<u32>)> {
        let rest = self.rest_of_block(region, ea);
        if rest.is_empty() || !self.has_plenty(rest.len()) {
            return None;
        }
        let slot = self.space(space).slot(ea.esid())?;
        Some((slot.segment, rest))
    }

    /// The pages after the one at `ea` in its block, as far as they are in the region.
    #[inline]
    fn rest_of_block(&self, region: &Region, ea: Ea) -> Range<u32> {
        let page = ea.page().0;
        let left = (region.end.0 - ea.floor().0) >> PAGE_SHIFT;
        let last = page + left.min(u64::from(self.ahead)) as u32 - 1;
        page + 1..last.min(page | (self.ahead - 1)) + 1
    }

    /// Whether `left` frames are still plenty when `more` have gone.
    #[inline]
    fn is_plenty(&self, left: u32, more: usize) -> bool {
        left > self.records.frames.total() / PLENTY + more as u32
    }

    #[inline]
    fn has_plenty(&self, more: usize) -> bool {
        self.is_plenty(self.records.frames.free_count(), more)
    }

    /// Whether the page before the one at `ea` is there already.
    #[inline]
    fn grows(&self, segment: SegNo, region: &Region, ea: Ea) -> bool {
        let page = ea.page().0;
        ea.floor() > region.start && page > 0 && self.own(segment, Page(page - 1)).is_some()
    }

    /// The same for an object whose holes nobody is told of.
    #[inline]
    fn object_grows(&self, object: ObjectId, region: &Region, ea: Ea, more: usize) -> bool {
        let before = region.object_page(ea).and_then(|page| page.checked_sub(1));
        let spare = self.most_kept.saturating_sub(self.kept);
        self.object(object).holes == Holes::Hidden
            && self.is_plenty(spare, more)
            && before.is_some_and(|page| self.object_page_if_there(object, page).is_some())
    }

    /// Whether the segment has half a block for itself right before `page`. (The farthest is
    /// looked for first: mostly there is none.)
    #[inline]
    fn is_written_before(&self, segment: SegNo, page: Page) -> bool {
        let Some(first) = page.0.checked_sub(self.ahead / 2) else {
            return false;
        };
        let mut row = (first..page.0).map(Page);
        row.all(|page| self.is_own(self.own(segment, page)))
    }

    /// `None` when there is no room for more.
    #[inline]
    fn fill_next(&mut self, segment: SegNo, page: Page, rights: Rights) -> Option<()> {
        if self.own(segment, page).is_some() || self.visible_below(segment, page).is_some() {
            return None;
        }
        let frame = self.fill_zero(segment, page).ok()?;
        self.stat.filled_ahead += 1;
        let vpn = self.segments.get(segment).vpn(page);
        self.enter_new(RecordId::name(frame), &Pte { vpn, frame, rights })
    }

    /// The same for a page of an object, which the region has at `ea`.
    #[inline]
    fn fill_shared(
        &mut self,
        segment: SegNo,
        region: &Region,
        ea: Ea,
        rights: Rights,
    ) -> Option<()> {
        if self.own(segment, ea.page()).is_some() {
            return None;
        }
        let page = region.object_page(ea)?;
        let fills = self.stat.zero_fills;
        let record = match self.segments.get(segment).used {
            Use::Object(object) => RecordId::name(self.fill_object(object, segment, page).ok()?),
            _ => {
                let frame = self.object_frame(region.source.object()?, page).ok()?;
                self.alias_if_free(segment, ea.page(), frame)?
            }
        };
        self.stat.filled_ahead += self.stat.zero_fills - fills;
        self.enter_if_free(record, rights)
    }

    /// The same for a page to be copied.
    #[inline]
    fn copy_next(&mut self, segment: SegNo, page: Page, rights: Rights) -> Option<()> {
        let own = self.own(segment, page);
        if self.is_own(own) {
            return None;
        }
        let copies = self.stat.copies;
        let frame = self.take_inherited(segment, page, own).ok()??;
        self.stat.copied_ahead += self.stat.copies - copies;
        self.enter_if_free(RecordId::name(frame), rights)
    }
}
