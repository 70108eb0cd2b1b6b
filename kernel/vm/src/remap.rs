//! mremap: a mapping becomes longer or shorter, or goes elsewhere with its pages.
//!
//! What can fail comes first: every page that the space only inherits becomes its own,
//! and all that the move will need is reserved. Then records are renamed, and nothing
//! can fail any more.

use crate::addr::{Ea, Esid, PAGE_SHIFT, PAGE_SIZE, Page};
use crate::error::VmError;
use crate::machine::{Fetch, Key, Machine, SpaceId};
use crate::map::{page_range, pages_in, round_up};
use crate::pages::PteFate;
use crate::record::RecordId;
use crate::region::{Place, Region};
use crate::segment::{SegNo, Use};
use crate::space::Slot;
use crate::vm::Vm;
use core::ops::Range;

/// Where a mapping may go that cannot grow where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remap {
    /// Nowhere.
    InPlace,
    /// Anywhere: MREMAP_MAYMOVE.
    MayMove,
    /// To this address, in place of what is there: MREMAP_FIXED.
    Fixed(Ea),
}

/// What stays where a mapping was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// Nothing.
    Nothing,
    /// The mapping, without its pages: MREMAP_DONTUNMAP.
    Mapping,
}

impl<M: Machine> Vm<M> {
    /// Makes the mapping of `old_len` bytes at `old` one of `new_len` bytes, and returns
    /// where it is then. An `old_len` of 0 maps the same shared pages once more.
    ///
    /// # Errors
    /// `Invalid` for addresses and lengths that mremap(2) calls EINVAL; `NotMapped`
    /// where the old range is not one mapping; `NoMemory`: nothing has changed, but that
    /// what lay at a fixed address may be gone.
    pub fn remap(
        &mut self,
        space: SpaceId,
        old: Ea,
        old_len: u64,
        new_len: u64,
        how: Remap,
        leave: Leave,
    ) -> Result<Ea, VmError> {
        let new_len = round_up(new_len)?;
        let old_len = old_len.div_ceil(PAGE_SIZE) * PAGE_SIZE;
        let range = page_range(old, old_len)?;
        let region = *self
            .space(space)
            .regions
            .find(old)
            .ok_or(VmError::NotMapped)?;
        if old_len == 0 && (!region.source.is_shared() || how == Remap::InPlace) {
            return Err(VmError::Invalid);
        }
        if leave == Leave::Mapping && (old_len != new_len || how == Remap::InPlace) {
            return Err(VmError::Invalid);
        }
        if let Remap::Fixed(to) = how {
            let to = page_range(to, new_len)?;
            if to.start < range.end && range.start < to.end {
                return Err(VmError::Invalid);
            }
        }
        self.retrying(|vm| vm.try_remap(space, &region, &range, new_len, how, leave))
    }

    fn try_remap(
        &mut self,
        space: SpaceId,
        region: &Region,
        range: &Range<Ea>,
        new_len: u64,
        how: Remap,
        leave: Leave,
    ) -> Result<Ea, VmError> {
        let (old, old_len) = (range.start, range.end.0 - range.start.0);
        let kept = range.start..Ea(range.start.0 + new_len.min(old_len));
        let stays = leave == Leave::Nothing && !matches!(how, Remap::Fixed(_)) && old_len > 0;
        if stays && new_len <= old_len {
            self.unmap_range(space, &(kept.end..range.end))?;
            return Ok(range.start);
        }
        self.spare_heap()?;
        if range.end > region.end {
            return Err(VmError::NotMapped);
        }
        if stays && self.lengthen(space, region, range.end, new_len - old_len)? {
            return Ok(range.start);
        }
        let place = match how {
            Remap::InPlace => return Err(VmError::NoMemory),
            Remap::MayMove if region.source.is_shared() => Place::OwnSegment,
            Remap::MayMove => Place::Any,
            Remap::Fixed(to) => Place::Fixed(to),
        };
        let to = self.place(space, place, new_len)?;
        let new = Region {
            start: to.range.start,
            end: to.range.end,
            source: region.part(range.start, region.end).source,
            ..*region
        };
        let goes = match leave {
            Leave::Nothing => range.clone(),
            Leave::Mapping => old..old,
        };
        self.within_bounds(space, &new, &self.span(space, goes))?;
        self.prepare(space, range, &kept, &to.range)?;
        self.map_region(space, &new, &to)?;
        self.move_pages(space, &kept, new.start);
        match leave {
            Leave::Nothing if old_len == 0 => {}
            Leave::Nothing => {
                let from = self.span(space, range.clone());
                let emptied = self.space(space).regions.emptied(&from);
                self.remove_span(space, &from, &emptied);
            }
            Leave::Mapping => self.clear_own(space, range),
        }
        Ok(new.start)
    }

    /// Makes a region longer by `more` bytes if it ends at `end` and there is room.
    fn lengthen(
        &mut self,
        space: SpaceId,
        region: &Region,
        end: Ea,
        more: u64,
    ) -> Result<bool, VmError> {
        let Ok(range) = page_range(end, more) else {
            return Ok(false);
        };
        let span = self.span(space, range);
        if region.end != end || !span.is_free() {
            return Ok(false);
        }
        let added = Region {
            start: span.range.start,
            end: span.range.end,
            source: region.source.advanced(region.bytes() >> PAGE_SHIFT),
            ..*region
        };
        self.within_bounds(space, &added, &span)?;
        self.map_region(space, &added, &span)?;
        Ok(true)
    }

    /// Does all of a move that can fail, and nothing that a program can see.
    fn prepare(
        &mut self,
        space: SpaceId,
        range: &Range<Ea>,
        kept: &Range<Ea>,
        to: &Range<Ea>,
    ) -> Result<(), VmError> {
        if !kept.is_empty() {
            self.leave_shared(space, range, |_| true)?;
            self.own_pages(space, kept)?;
        }
        self.leave_shared(space, to, |_| true)?;
        // Both ranges may split a region at each end, and one comes.
        self.regions_mut(space, 5)?;
        let segments = (Ea(to.end.0 - 1).esid().0 - to.start.esid().0 + 1) as usize;
        self.segments.reserve(segments)?;
        let slots = &mut self.space_mut(space).slots;
        slots.try_reserve(segments).map_err(|_| VmError::NoMemory)
    }

    /// Makes every page of a range that the space sees through shadows its own.
    fn own_pages(&mut self, space: SpaceId, range: &Range<Ea>) -> Result<(), VmError> {
        for n in self.space(space).slots_in(range) {
            let slot = self.space(space).slots[n];
            let inherits = self.segments.get(slot.segment).shadow.is_some();
            let pages = pages_in(slot.esid, range);
            for page in pages.filter(|_| inherits).map(Page) {
                let own = self.own_page(slot.segment, page).is_some();
                if !own && self.visible_below(slot.segment, page).is_some() {
                    self.take_inherited(slot.segment, page, None)?;
                }
            }
        }
        Ok(())
    }

    /// Moves the pages of a range to where `to` is mapped now.
    fn move_pages(&mut self, space: SpaceId, range: &Range<Ea>, to: Ea) {
        let mut at = range.start;
        // The slots are looked for anew each time: those of `to` come in between.
        while at < range.end
            && let Some(n) = self.space(space).slots_in(&(at..range.end)).next()
        {
            let slot = self.space(space).slots[n];
            at = slot.esid.end();
            if self.is_private(slot.segment) {
                self.move_slot(space, &slot, range, to);
            }
        }
    }

    fn move_slot(&mut self, space: SpaceId, slot: &Slot, range: &Range<Ea>, to: Ea) {
        self.for_each_record(slot.segment, pages_in(slot.esid, range), |vm, id| {
            let from = slot.esid.at(vm.vpn(id).page());
            let to = Ea(from.0 - range.start.0 + to.0);
            if vm.records.holds(id) {
                vm.move_record(space, id, slot.segment, to);
            } else {
                vm.discard(id, PteFate::RemoveLater);
            }
        });
        self.remove_leaving();
    }

    fn move_record(&mut self, space: SpaceId, id: RecordId, from: SegNo, to: Ea) {
        let segment = self.private_slot(space, to.esid());
        self.rename_to(id, from, segment, to.page(), PteFate::RemoveLater);
        self.stat.renames += 1;
    }

    /// The private segment of `esid`, made now if there is none: the pages that come
    /// must have one, even where an object could be attached.
    fn private_slot(&mut self, space: SpaceId, esid: Esid) -> SegNo {
        if let Some(slot) = self.space(space).slot(esid) {
            return slot.segment;
        }
        let segment = self.new_segment(Use::Private).expect("reserved");
        let slot = Slot {
            esid,
            segment,
            key: Key::Zero,
            fetch: Fetch::Allowed,
        };
        self.add_slot(space, slot).expect("reserved");
        segment
    }
}
