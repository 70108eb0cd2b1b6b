//! Changes of what is mapped: map, unmap and protect.
//!
//! Each first does what can fail (moving away from segments that others hold
//! too, making room) and then what cannot. A change refused changes nothing that
//! a process can see.

use crate::addr::{Ea, Esid, PAGE_SIZE, SEGMENT_SIZE, USER_END};
use crate::error::VmError;
use crate::machine::{Machine, SpaceId};
use crate::pages::PteFate;
use crate::record::RecordId;
use crate::region::{Flags, Label, Place, Prot, Region, Source};
use crate::regions::Regions;
use crate::segment::{SegNo, Use};
use crate::vm::Vm;
use core::ops::Range;

/// Nothing is placed above this without being asked for: the stack grows there. Linux
/// leaves it as much (arch/powerpc/mm/mmap.c, MIN_GAP).
const PLACED_BELOW: Ea = Ea(USER_END.0 - (128 << 20));

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
        self.retrying(|vm| {
            let start = vm.place(space, request.place, len)?;
            let region = request.region(start, len);
            vm.within_bounds(space, &region, &(region.start..region.end))?;
            vm.map_region(space, &region).map(|()| start)
        })
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

    pub(crate) fn place(&mut self, space: SpaceId, place: Place, len: u64) -> Result<Ea, VmError> {
        match place {
            Place::Any => self.find_room(space, len, PAGE_SIZE),
            Place::OwnSegment => self.find_room(space, len, SEGMENT_SIZE),
            Place::Hint(ea) => {
                let free = |range: Range<Ea>| self.is_free(space, &range).then_some(ea);
                let there = page_range(ea, len).ok().and_then(free);
                there.map_or_else(|| self.find_room(space, len, PAGE_SIZE), Ok)
            }
            Place::Fixed(ea) => page_range(ea, len).map(|range| range.start),
            Place::FixedNoReplace(ea) => {
                let range = page_range(ea, len)?;
                if self.is_free(space, &range) {
                    Ok(ea)
                } else {
                    Err(VmError::Exists)
                }
            }
        }
    }

    /// A place that starts at a multiple of `align`, from the top of memory down.
    /// A segment that has a shared mapping in it gets no other: alone there, its
    /// object can be attached by VSID.
    ///
    /// # Errors
    /// `NoMemory`.
    pub fn find_room(&self, space: SpaceId, len: u64, align: u64) -> Result<Ea, VmError> {
        let regions = &self.space(space).regions;
        let mut below = PLACED_BELOW;
        loop {
            let start = regions
                .find_room(below, len, align)
                .ok_or(VmError::NoMemory)?;
            let at = regions.first_ending_after(start);
            let (first, last) = (start.esid(), Ea(start.0 + len - 1).esid());
            if regions.has_shared(last, at) {
                below = last.start();
            } else if first != last && regions.has_shared(first, at) {
                below = first.start();
            } else {
                return Ok(start);
            }
        }
    }

    pub(crate) fn is_free(&self, space: SpaceId, range: &Range<Ea>) -> bool {
        self.space(space).regions.is_free(range)
    }

    pub(crate) fn map_region(&mut self, space: SpaceId, region: &Region) -> Result<(), VmError> {
        // Counted first: the mapping that this one replaces may be the object's
        // last.
        self.mapped(region);
        let result = self.try_map_region(space, region);
        if result.is_err() {
            self.unmapped(region);
        }
        result
    }

    fn try_map_region(&mut self, space: SpaceId, region: &Region) -> Result<(), VmError> {
        let range = region.start..region.end;
        // What is there now must not go if the new one cannot come.
        let edges = self.prepare_range(space, &range, 1)?;
        self.drop_object_slots(space, &range);
        self.remove_range(space, &range, &edges);
        self.own_regions(space).insert(*region);
        Ok(())
    }

    pub(crate) fn unmap_range(&mut self, space: SpaceId, range: &Range<Ea>) -> Result<(), VmError> {
        if range.is_empty() || self.is_free(space, range) {
            return Ok(());
        }
        let edges = self.prepare_range(space, range, 0)?;
        self.remove_range(space, range, &edges);
        Ok(())
    }

    /// Does what can fail before what is mapped in a range goes, and `more` regions come.
    /// Afterwards the space has its own regions with room for the splits, and the segments
    /// where something stays are its own.
    fn prepare_range(
        &mut self,
        space: SpaceId,
        range: &Range<Ea>,
        more: usize,
    ) -> Result<Edges, VmError> {
        let regions = &self.space(space).regions;
        let inside = regions.numbers(range);
        let splits = regions.splits(range, &inside);
        let edges = edges(regions, range, &inside);
        self.leave_shared(space, range, |esid| edges.contains(&Some(esid)))?;
        self.regions_mut(space, splits + more)?;
        Ok(edges)
    }

    /// The segments at the ends of a range in which something stays.
    pub(crate) fn edges_of(&self, space: SpaceId, range: &Range<Ea>) -> Edges {
        let regions = &self.space(space).regions;
        edges(regions, range, &regions.numbers(range))
    }

    /// Takes away what is mapped in a range, after [`prepare_range`](Self::prepare_range).
    pub(crate) fn remove_range(&mut self, space: SpaceId, range: &Range<Ea>, edges: &Edges) {
        let inside = self.space(space).regions.numbers(range);
        if inside.is_empty() {
            return;
        }
        self.clear_slots(space, range, |esid| edges.contains(&Some(esid)));
        for n in inside.clone() {
            let region = self.space(space).regions.get(n);
            if region.source.object().is_some() {
                self.unmapped(&region.clip(range));
            }
        }
        self.own_regions(space).remove(range, inside);
    }

    fn protect_range(
        &mut self,
        space: SpaceId,
        range: &Range<Ea>,
        prot: Prot,
    ) -> Result<(), VmError> {
        let regions = self.space(space).regions.overlapping(range);
        if regions.iter().all(|region| region.prot == prot) {
            return Ok(());
        }
        if prot.contains(Prot::WRITE) {
            self.may_become_data(space, range)?;
        }
        let lowers = regions.iter().any(|region| !prot.contains(region.prot));
        self.leave_shared(space, range, |_| true)?;
        let regions = &self.space(space).regions;
        let splits = regions.splits(range, &regions.numbers(range));
        self.regions_mut(space, splits)?
            .change(range, |region| region.prot = prot);
        self.drop_object_slots(space, range);
        if lowers {
            self.lower_ptes(space, range);
        }
        Ok(())
    }

    /// Sees to it that each private segment of the range which `stays` is this
    /// space's alone, and that a cut can be made there.
    pub(crate) fn leave_shared(
        &mut self,
        space: SpaceId,
        range: &Range<Ea>,
        stays: impl Fn(Esid) -> bool,
    ) -> Result<(), VmError> {
        for n in self.space(space).slots_in(range) {
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
        for n in self.space(space).slots_in(range).rev() {
            if !self.is_private(self.space(space).slots[n].segment) {
                self.drop_slot(space, n);
            }
        }
    }

    /// Takes away what the range's segments hold: page by page where something stays mapped
    /// in a private segment, else slot and all. An object attached by VSID may no longer be
    /// alone there, or whole: the next touch decides again.
    fn clear_slots(&mut self, space: SpaceId, range: &Range<Ea>, stays: impl Fn(Esid) -> bool) {
        for n in self.space(space).slots_in(range).rev() {
            let slot = self.space(space).slots[n];
            if stays(slot.esid) && self.is_private(slot.segment) {
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
        for n in self.space(space).slots_in(range) {
            let slot = self.space(space).slots[n];
            let row = self.segments.get_mut(slot.segment);
            row.lowered = row.shadow.is_some();
            self.for_each_record(slot.segment, pages_in(slot.esid, range), |vm, id| {
                vm.lower_pte(space, slot.esid, id);
            });
        }
    }

    fn lower_pte(&mut self, space: SpaceId, esid: Esid, id: RecordId) {
        let ea = Ea(esid.start().0 + u64::from(self.vpn(id).page().0) * PAGE_SIZE);
        match self.space(space).regions.find(ea).copied() {
            Some(region) if !region.prot.is_empty() => {
                let rights = self.rights_of(id, &region);
                self.protect_pte(id, rights);
            }
            _ => self.remove_pte(id),
        }
    }
}

/// The segments of a range in which something stays mapped that is not in it: only those
/// at its two ends can be such.
pub(crate) type Edges = [Option<Esid>; 2];

fn edges(regions: &Regions, range: &Range<Ea>, inside: &Range<usize>) -> Edges {
    let (before, after) = regions.stays(range, inside);
    let ends = [range.start, Ea(range.end.0 - 1)].map(Ea::esid);
    let stays = match ends[0] == ends[1] {
        true => [before || after, false],
        false => [before, after],
    };
    [stays[0].then_some(ends[0]), stays[1].then_some(ends[1])]
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
