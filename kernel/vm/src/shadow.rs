//! Shadows: the frozen segments below a segment, who sees what of them, and how
//! a space moves to a fresh segment above one.
//!
//! While anybody else refers to a segment, nothing that can be seen through it
//! changes. So a space that wants to change something first moves away.

use crate::addr::{Page, SEGMENT_PAGES};
use crate::error::VmError;
use crate::machine::Machine;
use crate::pages::PteFate;
use crate::record::RecordId;
use crate::segment::{SegNo, Use, Wrapped};
use crate::vm::Vm;
use core::ops::Range;

/// Shadows below one segment at the most. A chain that would grow longer is
/// copied into one segment above its lowest.
pub const MOST_SHADOWS: u32 = 16;

/// Shadows where there are no frames for such copies: a write that needs one page must
/// not be refused because a tidy chain would need more.
pub(crate) const DEEPEST: u32 = 64;

impl<M: Machine> Vm<M> {
    /// A fresh segment with nothing in it.
    pub(crate) fn new_segment(&mut self, used: Use) -> Result<SegNo, VmError> {
        // A process that only writes what it has must not die for what others took.
        if !self.segments.has_room() {
            self.spare_heap()?;
        }
        let (no, wrapped) = self.segments.allocate(used)?;
        if wrapped == Wrapped::Yes {
            self.sweep_dead();
        }
        Ok(no)
    }

    /// Ends a private segment to which nobody refers, and the shadows that only
    /// it referred to. Needs no memory.
    pub(crate) fn discard_if_unused(&mut self, segment: SegNo) {
        let mut next = Some(segment);
        while let Some(no) = next {
            let row = self.segments.get(no);
            if row.used != Use::Private || row.refs() > 0 {
                return;
            }
            next = self.end_segment(no);
        }
    }

    /// Ends a segment that is in no slot and no SLB. Returns its shadow.
    pub(crate) fn end_segment(&mut self, segment: SegNo) -> Option<SegNo> {
        self.discard_all(segment);
        let shadow = self.segments.unstack(segment);
        self.segments.release(segment);
        shadow
    }

    /// The record by which `segment` sees `page` through its shadows, and the segment
    /// that has it. Derived aliases on the way lead to pages further down, or are to
    /// be had from the region: they are passed over.
    #[inline(always)]
    pub(crate) fn visible_below(&self, segment: SegNo, page: Page) -> Option<(SegNo, RecordId)> {
        let mut row = self.segments.get(segment);
        loop {
            let at = row.shadow?;
            if row.cuts.contains(page) {
                return None;
            }
            row = self.segments.get(at);
            if row.may_have(page)
                && let Some(record) = self.records.find_page(row.vpn(page))
            {
                return Some((at, record));
            }
        }
    }

    /// Whether anyone who refers to `segment` can see `page` of what is below.
    fn sees_below(&self, segment: SegNo, page: Page) -> bool {
        let row = self.segments.get(segment);
        let hidden = row.cuts.contains(page) || self.own_page(segment, page).is_some();
        !hidden && self.is_seen(segment, page)
    }

    /// Whether anyone can see `page` of `segment` itself.
    pub(crate) fn is_seen(&self, segment: SegNo, page: Page) -> bool {
        let in_slot = self.segments.get(segment).slots > 0;
        in_slot
            || self
                .segments
                .uppers(segment)
                .any(|upper| self.sees_below(upper, page))
    }

    /// Whether `top` is the only one that can see `page` of its shadow `named`:
    /// then it may take the page instead of copying it.
    pub(crate) fn is_last_to_see(&self, top: SegNo, named: SegNo, page: Page) -> bool {
        if self.segments.get(named).slots > 0 {
            return false;
        }
        let path = self.segments.chain(top).take_while(|no| *no != named);
        let mut steps = path.map(|upper| (upper, self.segments.get(upper).shadow));
        steps.all(|(upper, shadow)| {
            let shadow = shadow.expect("the named segment is below");
            let mut others = self.segments.uppers(shadow).filter(|other| *other != upper);
            self.segments.get(shadow).slots == 0
                && others.all(|other| !self.sees_below(other, page))
        })
    }

    /// Frees the pages in `pages` of the shadows below `segment` that nobody
    /// sees any more.
    pub(crate) fn drop_unseen_below(&mut self, segment: SegNo, pages: Range<u32>) {
        let mut next = self.segments.get(segment).shadow;
        while let Some(shadow) = next {
            self.drop_unseen(shadow, pages.clone());
            next = self.segments.get(shadow).shadow;
        }
    }

    /// Frees the pages in `pages` of one segment that nobody sees any more.
    pub(crate) fn drop_unseen(&mut self, segment: SegNo, pages: Range<u32>) {
        if self.segments.get(segment).slots > 0 {
            return;
        }
        self.for_each_record(segment, pages, |vm, id| {
            let page = vm.vpn(id).page();
            if vm.records.holds(id) && !vm.is_seen(segment, page) {
                vm.discard(id, PteFate::RemoveLater);
            }
        });
        self.remove_leaving();
    }

    /// A fresh segment whose shadow is `segment`, or what that sees below when
    /// it has no page of its own.
    pub(crate) fn above(&mut self, segment: SegNo) -> Result<SegNo, VmError> {
        if self.segments.get(segment).pages() > 0 {
            return self.above_all(segment);
        }
        let top = self.new_segment(Use::Private)?;
        let (row, below) = self.segments.pair(top, segment);
        row.lowered = below.lowered;
        let shadow = below.shadow;
        if let Err(error) = row.cuts.merge(&below.cuts) {
            self.segments.release(top);
            return Err(error);
        }
        if let Some(shadow) = shadow {
            self.segments.stack(top, shadow);
        }
        Ok(top)
    }

    fn above_all(&mut self, segment: SegNo) -> Result<SegNo, VmError> {
        let top = self.new_segment(Use::Private)?;
        let depth = self.segments.chain(segment).count() as u32;
        if depth > MOST_SHADOWS {
            match self.flatten(top, segment) {
                Ok(()) => return Ok(top),
                Err(error) if depth == DEEPEST => {
                    self.discard_if_unused(top);
                    return Err(error);
                }
                Err(_) => self.empty(top),
            }
        }
        self.segments.stack(top, segment);
        Ok(top)
    }

    /// Undoes what was put in a fresh segment that is in no slot.
    fn empty(&mut self, top: SegNo) {
        self.discard_all(top);
        let row = self.segments.get_mut(top);
        row.cuts.clear();
        row.lowered = false;
    }

    /// Makes `top` see what `segment` sees, with one shadow: the lowest of the
    /// chain, where the bulk of a process that forks and forks usually is. What
    /// lies between is copied. It happens once in sixteen moves at the most.
    fn flatten(&mut self, top: SegNo, segment: SegNo) -> Result<(), VmError> {
        self.stat.flattens += 1;
        let lowest = self
            .segments
            .chain(segment)
            .last()
            .expect("a chain of one at least");
        let mut at = segment;
        while at != lowest {
            self.copy_visible(top, segment, at)?;
            let (row, level) = self.segments.pair(top, at);
            row.cuts.merge(&level.cuts)?;
            row.lowered |= level.lowered;
            at = level.shadow.expect("the lowest is further down");
        }
        self.segments.stack(top, lowest);
        Ok(())
    }

    /// Copies to `top` every page of `level` that `segment` sees.
    fn copy_visible(&mut self, top: SegNo, segment: SegNo, level: SegNo) -> Result<(), VmError> {
        let mut next = self.segments.get(level).head;
        while let Some(id) = next.some() {
            next = self.records.get(id).seg_next;
            if self.sees(segment, id) {
                let (frame, page) = (self.records.frame(id), self.vpn(id).page());
                self.fill_copy(frame, top, page)?;
            }
        }
        Ok(())
    }

    /// Whether a record of `segment`, or of a shadow of it, holds a page that `segment`
    /// sees there.
    pub(crate) fn sees(&self, segment: SegNo, id: RecordId) -> bool {
        let page = self.vpn(id).page();
        let own = self.own_page(segment, page);
        let seen = own.or_else(|| self.visible_below(segment, page).map(|(_, below)| below));
        seen == Some(id)
    }
}

/// All pages of a segment.
pub(crate) const ALL_PAGES: Range<u32> = 0..SEGMENT_PAGES;
