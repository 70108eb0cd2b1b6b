//! Changes of what is mapped: map, unmap and protect.
//!
//! Each first does what can fail (moving away from segments that others hold
//! too, making room) and then what cannot. A change refused changes nothing that
//! a process can see.

use crate::addr::{Ea, Esid, PAGE_SIZE, USER_END};
use crate::error::VmError;
use crate::machine::{Machine, SpaceId};
use crate::pages::PteFate;
use crate::region::{Flags, Label, Place, Prot, Region, Source};
use crate::segment::{SegNo, Segment, Use};
use crate::space::Slot;
use crate::span::Span;
use crate::vm::Vm;
use core::ops::{Range, RangeInclusive};

/// A segment with so many pages is kept, without them, when nothing is mapped there any more:
/// a program that maps a page and unmaps it, over and over, makes a segment only once.
const LITTLE: RangeInclusive<u32> = 1..=4;

/// The rights of so many PTEs are lowered in place: a call of the hypervisor for each. More are
/// removed, by fours, and come back by faults, sixteen by one (`around.rs`).
const FEW: usize = 4;

/// A new mapping.
#[derive(Clone, Copy, Debug)]
pub struct Map {
    /// Where it goes.
    pub place: Place,
    /// Its length in bytes, rounded up to whole pages.
    pub len: u64,
    /// What it allows.
    pub prot: Prot,
    /// What else is said of it.
    pub flags: Flags,
    /// Where its pages come from.
    pub source: Source,
    /// What it is for.
    pub label: Label,
}

impl Map {
    /// What is mapped, if that is at `start` and `len` is its whole pages.
    pub(crate) fn region(&self, start: Ea, len: u64) -> Region {
        Region {
            start,
            end: Ea(start.0 + len),
            prot: self.prot,
            flags: self.flags,
            source: self.source,
            label: self.label,
        }
    }
}

impl<M: Machine> Vm<M> {
    /// Maps a range, and returns its first address.
    ///
    /// # Errors
    /// `Invalid` for a length of 0, an address that is not the start of a page,
    /// or a range outside of what a program may map; `Exists` for
    /// [`Place::FixedNoReplace`] over a mapping; `NoMemory`.
    pub fn map(&mut self, space: SpaceId, request: &Map) -> Result<Ea, VmError> {
        self.spare_heap()?;
        let len = round_up(request.len)?;
        self.retrying(|vm| vm.try_map(space, request, len))
    }

    #[inline(never)]
    fn try_map(&mut self, space: SpaceId, request: &Map, len: u64) -> Result<Ea, VmError> {
        let span = self.place(space, request.place, len)?;
        let region = request.region(span.range.start, len);
        self.within_bounds(space, &region, &span)?;
        self.map_region(space, &region, &span)?;
        Ok(region.start)
    }

    /// Unmaps all that lies in a range; there may be holes.
    ///
    /// # Errors
    /// `Invalid` as for [`Vm::map`]; `NoMemory` where a mapping or a segment has
    /// to be split and there is no memory for that.
    pub fn unmap(&mut self, space: SpaceId, start: Ea, len: u64) -> Result<(), VmError> {
        let range = page_range(start, round_up(len)?)?;
        self.retrying(|vm| vm.unmap_range(space, &range))
    }

    /// Changes what a range allows.
    ///
    /// # Errors
    /// `Invalid` as for [`Vm::map`]; `NoMemory` also where a page of the range is
    /// not mapped: then nothing is changed.
    pub fn protect(
        &mut self,
        space: SpaceId,
        start: Ea,
        len: u64,
        prot: Prot,
    ) -> Result<(), VmError> {
        let range = page_range(start, round_up(len)?)?;
        if !self.space(space).regions.covers(&range) {
            return Err(VmError::NoMemory);
        }
        self.retrying(|vm| vm.protect_range(space, &range, prot))
    }

    #[inline]
    pub(crate) fn span(&self, space: SpaceId, range: Range<Ea>) -> Span {
        self.space(space).regions.span(range)
    }

    /// Maps a region in place of all that lies in its span.
    #[inline(never)]
    pub(crate) fn map_region(
        &mut self,
        space: SpaceId,
        region: &Region,
        span: &Span,
    ) -> Result<(), VmError> {
        // Counted first: the mapping that this one replaces may be the object's
        // last.
        self.mapped(region);
        // What is there now must not go if the new one cannot come.
        match self.prepare_span(space, span, 1) {
            Ok(emptied) => {
                // Where nothing is mapped there may still be a segment. It does if it is
                // this space's alone, and no object can be attached in its place.
                let object = region.source.object().is_some();
                self.drop_slots(space, &span.range, |esid, row| {
                    let left = emptied.contains(&esid) && (object || row.is_related());
                    left || row.used != Use::Private
                });
                let at = match span.is_free() {
                    true => span.inside.start,
                    false => self.remove_span(space, span, &emptied),
                };
                self.own_regions(space).insert_at(at, *region);
                Ok(())
            }
            Err(error) => {
                self.unmapped(region);
                Err(error)
            }
        }
    }

    pub(crate) fn unmap_range(&mut self, space: SpaceId, range: &Range<Ea>) -> Result<(), VmError> {
        if range.is_empty() {
            return Ok(());
        }
        let span = self.span(space, range.clone());
        if !span.is_free() {
            let emptied = self.prepare_span(space, &span, 0)?;
            self.remove_span(space, &span, &emptied);
        }
        Ok(())
    }

    /// Does what can fail before what is mapped in a span goes, and `more` regions come.
    /// Afterwards the space has its own regions with room for the splits, and the segments
    /// where something stays are its own. Returns those where nothing does.
    #[inline(always)]
    fn prepare_span(
        &mut self,
        space: SpaceId,
        span: &Span,
        more: usize,
    ) -> Result<Range<Esid>, VmError> {
        let regions = &self.space(space).regions;
        let splits = regions.splits(span);
        let emptied = regions.emptied(span);
        self.leave_shared(space, &span.range, |esid| !emptied.contains(&esid))?;
        self.reserve_regions(space, splits + more)?;
        Ok(emptied)
    }

    /// Takes away what is mapped in a span, after [`prepare_span`](Self::prepare_span).
    /// Returns the number of the first region above it then.
    #[inline(always)]
    pub(crate) fn remove_span(
        &mut self,
        space: SpaceId,
        span: &Span,
        emptied: &Range<Esid>,
    ) -> usize {
        self.clear_slots(space, &span.range, |esid| !emptied.contains(&esid));
        let regions = self.space(space).regions.inside(span);
        if regions
            .iter()
            .any(|region| region.source.object().is_some())
        {
            self.uncount(space, span);
        }
        self.own_regions(space).remove(span)
    }

    #[inline(never)]
    fn uncount(&mut self, space: SpaceId, span: &Span) {
        for n in span.inside.clone() {
            let region = self.space(space).regions.get(n).clip(&span.range);
            self.unmapped(&region);
        }
    }

    fn protect_range(
        &mut self,
        space: SpaceId,
        range: &Range<Ea>,
        prot: Prot,
    ) -> Result<(), VmError> {
        let span = self.span(space, range.clone());
        let regions = self.space(space).regions.inside(&span);
        if regions.iter().all(|region| region.prot == prot) {
            return Ok(());
        }
        if prot.contains(Prot::WRITE) {
            self.may_become_data(space, range)?;
        }
        let lowers = regions.iter().any(|region| !prot.contains(region.prot));
        self.leave_shared(space, range, |_| true)?;
        let splits = self.space(space).regions.splits(&span);
        self.regions_mut(space, splits)?
            .change(&span, |region| region.prot = prot);
        self.drop_object_slots(space, range);
        if lowers {
            self.lower_ptes(space, range);
        }
        Ok(())
    }

    /// Sees to it that each private segment of the range which `stays` is this
    /// space's alone, and that a cut can be made there.
    #[inline(always)]
    pub(crate) fn leave_shared(
        &mut self,
        id: SpaceId,
        range: &Range<Ea>,
        stays: impl Fn(Esid) -> bool,
    ) -> Result<(), VmError> {
        let space = self.space(id);
        let slots = space.slots_in(range);
        let related = |slot: &Slot| self.segments.get(slot.segment).is_related();
        if space.slots[slots.clone()].iter().any(related) {
            self.leave_slots(id, slots, stays)?;
        }
        Ok(())
    }

    #[inline(never)]
    fn leave_slots(
        &mut self,
        space: SpaceId,
        slots: Range<usize>,
        stays: impl Fn(Esid) -> bool,
    ) -> Result<(), VmError> {
        for n in slots {
            let slot = self.space(space).slots[n];
            if !self.is_private(slot.segment) || !stays(slot.esid) {
                continue;
            }
            let segment = match self.segments.get(slot.segment).refs() {
                1 => slot.segment,
                _ => self.move_away(space, &slot)?,
            };
            self.reserve_cuts(segment)?;
        }
        Ok(())
    }

    /// Makes room for two cuts, where they will be made: a range that moves leaves one
    /// behind and may make one where it goes.
    fn reserve_cuts(&mut self, segment: SegNo) -> Result<(), VmError> {
        const CUTS: usize = 2;
        let row = self.segments.get(segment);
        if row.shadow.is_none() || row.cuts.has_room(CUTS) {
            return Ok(());
        }
        self.spare_heap()?;
        self.segments.get_mut(segment).cuts.reserve(CUTS)
    }

    pub(crate) fn is_private(&self, segment: SegNo) -> bool {
        self.segments.get(segment).used == Use::Private
    }

    /// An object attached by VSID in the range may no longer be alone there, or
    /// whole, or may have other rights: the next touch decides again.
    pub(crate) fn drop_object_slots(&mut self, space: SpaceId, range: &Range<Ea>) {
        self.drop_slots(space, range, |_, row| row.used != Use::Private);
    }

    /// Drops those slots of a range that the next touch is to make anew.
    #[inline]
    fn drop_slots(
        &mut self,
        space: SpaceId,
        range: &Range<Ea>,
        goes: impl Fn(Esid, &Segment) -> bool,
    ) {
        for n in self.space(space).slots_in(range).rev() {
            let slot = &self.space(space).slots[n];
            if goes(slot.esid, self.segments.get(slot.segment)) {
                self.drop_slot(space, n);
            }
        }
    }

    /// Takes away what the range's segments hold: page by page where something stays mapped
    /// in a private segment, or where there is little, else slot and all. An object attached
    /// by VSID may no longer be alone there, or whole: the next touch decides again.
    #[inline]
    fn clear_slots(&mut self, space: SpaceId, range: &Range<Ea>, stays: impl Fn(Esid) -> bool) {
        for n in self.space(space).slots_in(range).rev() {
            let slot = self.space(space).slots[n];
            let row = self.segments.get(slot.segment);
            let little = !row.is_related() && LITTLE.contains(&row.records());
            if row.used == Use::Private && (stays(slot.esid) || little) {
                self.clear_pages(slot.segment, pages_in(slot.esid, range));
            } else {
                self.drop_slot(space, n);
            }
        }
    }

    pub(crate) fn clear_pages(&mut self, segment: SegNo, pages: Range<u32>) {
        self.for_each_record(segment, pages.clone(), |vm, id| {
            vm.discard_of(segment, id, PteFate::RemoveLater)
        });
        self.remove_leaving();
        if self.segments.get(segment).shadow.is_some() {
            self.segments.get_mut(segment).cuts.add(pages.clone());
            self.drop_unseen_below(segment, pages);
        }
    }

    fn lower_ptes(&mut self, space: SpaceId, range: &Range<Ea>) {
        for n in self.space(space).regions.numbers(range) {
            let region = self.space(space).regions.get(n).clip(range);
            self.lower_region(space, &region);
        }
    }

    fn lower_region(&mut self, space: SpaceId, region: &Region) {
        let range = region.start..region.end;
        for n in self.space(space).slots_in(&range) {
            let slot = self.space(space).slots[n];
            let row = self.segments.get_mut(slot.segment);
            row.lowered = row.shadow.is_some();
            let pages = pages_in(slot.esid, &range);
            let stay = pages.len() <= FEW && !region.prot.is_empty();
            self.for_each_record(slot.segment, pages, |vm, id| {
                let rights = vm.rights_of(id, region);
                if stay {
                    vm.protect_pte(id, rights);
                } else if region.prot.is_empty() || vm.records.get(id).rights() != rights {
                    vm.leave_pte(id);
                }
            });
            self.remove_leaving();
        }
    }
}

pub(crate) fn round_up(len: u64) -> Result<u64, VmError> {
    match len.div_ceil(PAGE_SIZE) {
        0 => Err(VmError::Invalid),
        pages if pages > USER_END.0 / PAGE_SIZE => Err(VmError::NoMemory),
        pages => Ok(pages * PAGE_SIZE),
    }
}

/// `len` is in whole pages and at most [`USER_END`].
pub(crate) fn page_range(start: Ea, len: u64) -> Result<Range<Ea>, VmError> {
    if !start.is_aligned() {
        return Err(VmError::Invalid);
    }
    match start.0.checked_add(len) {
        Some(end) if end <= USER_END.0 => Ok(start..Ea(end)),
        _ => Err(VmError::NoMemory),
    }
}

/// The pages of a segment that lie in a range of addresses.
pub(crate) fn pages_in(esid: Esid, range: &Range<Ea>) -> Range<u32> {
    let start = range.start.max(esid.start());
    let last = Ea(range.end.min(esid.end()).0 - PAGE_SIZE);
    start.page().0..last.page().0 + 1
}
