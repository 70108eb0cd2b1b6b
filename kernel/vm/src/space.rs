//! Address spaces: a map of regions, and slots that lead to segments.

use crate::addr::{Ea, Esid};
use crate::bounds::Bounds;
use crate::error::{Access, Fault, VmError};
use crate::machine::{Fetch, Key, Machine, SegmentEntry, SpaceId};
use crate::map::{Map, page_range, round_up};
use crate::region::{Place, Prot, Region};
use crate::regions::Regions;
use crate::segment::{SegNo, SegmentTable, Use};
use crate::vm::Vm;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::Cell;
use core::ops::Range;

/// What a space has in one of its segments: ESID → segment, key and N. The
/// SLB is a cache of these.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub esid: Esid,
    pub segment: SegNo,
    pub key: Key,
    pub fetch: Fetch,
}

/// An address space.
#[derive(Debug)]
pub(crate) struct Space {
    /// Counted, and the same for a parent and its child until one changes it.
    pub regions: Arc<Regions>,
    /// Made on first touch, in order of ESID.
    pub slots: Vec<Slot>,
    /// How much it may map.
    pub bounds: Bounds,
    /// The number of the slot that was found last. It may be anything.
    pub last: Cell<u32>,
}

impl Space {
    #[inline]
    pub fn slot(&self, esid: Esid) -> Option<&Slot> {
        match self.slots.get(self.last.get() as usize) {
            Some(slot) if slot.esid == esid => Some(slot),
            _ => Some(&self.slots[self.search(esid)?]),
        }
    }

    #[inline(never)]
    fn search(&self, esid: Esid) -> Option<usize> {
        let found = self.slots.binary_search_by_key(&esid, |slot| slot.esid);
        let n = found.ok()?;
        self.last.set(n as u32);
        Some(n)
    }

    fn slot_mut(&mut self, esid: Esid) -> Option<&mut Slot> {
        let n = self.search(esid)?;
        Some(&mut self.slots[n])
    }

    /// The numbers of the slots that have a page in `range`.
    #[inline]
    pub fn slots_in(&self, range: &Range<Ea>) -> Range<usize> {
        let esid = range.start.esid();
        if range.end <= esid.end() {
            let n = self.slot(esid).map(|_| self.last.get() as usize);
            return n.map_or(0..0, |n| n..n + 1);
        }
        self.slots_across(range)
    }

    #[inline(never)]
    fn slots_across(&self, range: &Range<Ea>) -> Range<usize> {
        let first = self
            .slots
            .partition_point(|slot| slot.esid.end() <= range.start);
        let last = self
            .slots
            .partition_point(|slot| slot.esid.start() < range.end);
        first..last.max(first)
    }

    fn insert_slot(&mut self, slot: Slot) -> Result<(), VmError> {
        self.slots.try_reserve(1).map_err(|_| VmError::NoMemory)?;
        let at = self.slots.partition_point(|other| other.esid < slot.esid);
        self.slots.insert(at, slot);
        Ok(())
    }
}

impl<M: Machine> Vm<M> {
    /// An empty address space.
    pub fn create_space(&mut self) -> Result<SpaceId, VmError> {
        self.add_space(Space {
            regions: Arc::default(),
            slots: Vec::new(),
            bounds: Bounds::NONE,
            last: Cell::default(),
        })
    }

    pub(crate) fn add_space(&mut self, space: Space) -> Result<SpaceId, VmError> {
        self.spare_heap()?;
        if let Some(id) = self.free_spaces.pop() {
            self.spaces[id.0 as usize] = Some(space);
            return Ok(id);
        }
        let n = self.spaces.len();
        // So that the end of one needs no memory.
        let room = self.free_spaces.try_reserve(n + 1);
        room.and_then(|()| self.spaces.try_reserve(1))
            .map_err(|_| VmError::NoMemory)?;
        self.spaces.push(Some(space));
        Ok(SpaceId(n as u32))
    }

    /// Maps all of these at their places, in a space of which nothing has been touched: as
    /// [`Vm::map`] would one after the other, but nothing need make room for them.
    ///
    /// # Errors
    /// As for [`Vm::map`]; `Exists` for any place that is taken, and `Invalid` for one that
    /// is not given. Some may be mapped then.
    pub fn map_first(&mut self, id: SpaceId, requests: &[Map]) -> Result<(), VmError> {
        debug_assert!(self.space(id).slots.is_empty(), "an untouched space");
        self.regions_mut(id, requests.len())?;
        for request in requests {
            let len = round_up(request.len)?;
            let (Place::Fixed(start) | Place::FixedNoReplace(start)) = request.place else {
                return Err(VmError::Invalid);
            };
            let range = page_range(start, len)?;
            let region = request.region(start, len);
            let span = self.span(id, range);
            if !span.is_free() {
                return Err(VmError::Exists);
            }
            self.within_bounds(id, &region, &span)?;
            self.mapped(&region);
            self.own_regions(id).insert_at(span.inside.start, region);
        }
        Ok(())
    }

    /// Ends an address space. Needs no memory, and cannot fail. The order matters:
    /// first no processor uses the slots any more, then the records go, then the
    /// frames.
    pub fn destroy_space(&mut self, id: SpaceId) {
        self.machine.forget_space(id);
        let space = self.spaces[id.0 as usize].take().expect("a live space");
        self.free_spaces.push(id);
        for slot in &space.slots {
            self.drop_slot_ref(slot.segment);
        }
        if let Ok(regions) = Arc::try_unwrap(space.regions) {
            regions.iter().for_each(|region| self.unmapped(region));
        }
    }

    /// Visits every space. Needs no memory.
    pub(crate) fn for_each_space(&mut self, mut visit: impl FnMut(&mut Self, SpaceId)) {
        for n in 0..self.spaces.len() {
            if self.spaces[n].is_some() {
                visit(self, SpaceId(n as u32));
            }
        }
    }

    #[inline]
    pub(crate) fn space(&self, id: SpaceId) -> &Space {
        self.spaces[id.0 as usize].as_ref().expect("a live space")
    }

    pub(crate) fn space_mut(&mut self, id: SpaceId) -> &mut Space {
        self.spaces[id.0 as usize].as_mut().expect("a live space")
    }

    /// Every space, for reports and the auditor.
    pub(crate) fn live_spaces(&self) -> impl Iterator<Item = (SpaceId, &Space)> {
        let spaces = self.spaces.iter().enumerate();
        spaces.filter_map(|(n, space)| Some((SpaceId(n as u32), space.as_ref()?)))
    }

    /// The regions of a space for a change, its own copy if others share them.
    /// The change may add `more` regions and will not fail.
    pub(crate) fn regions_mut(
        &mut self,
        id: SpaceId,
        more: usize,
    ) -> Result<&mut Regions, VmError> {
        self.reserve_regions(id, more)?;
        Ok(self.own_regions(id))
    }

    /// The part of [`Vm::regions_mut`] that can fail.
    #[inline]
    pub(crate) fn reserve_regions(&mut self, id: SpaceId, more: usize) -> Result<(), VmError> {
        let regions = &self.space(id).regions;
        if Arc::strong_count(regions) > 1 || !regions.has_room(more) {
            self.make_own_regions(id, more)?;
        }
        Ok(())
    }

    #[inline(never)]
    fn make_own_regions(&mut self, id: SpaceId, more: usize) -> Result<(), VmError> {
        self.spare_heap()?;
        if Arc::get_mut(&mut self.space_mut(id).regions).is_none() {
            let copy = self.space(id).regions.try_clone(more)?;
            copy.iter().for_each(|region| self.mapped(region));
            self.space_mut(id).regions = Arc::new(copy);
        }
        self.own_regions(id).reserve(more)
    }

    /// The regions of a space after [`Vm::regions_mut`] or [`Vm::reserve_regions`].
    pub(crate) fn own_regions(&mut self, id: SpaceId) -> &mut Regions {
        Arc::get_mut(&mut self.space_mut(id).regions).expect("the only owner")
    }

    /// The program resumed next runs in this space.
    #[inline(always)]
    pub fn enter_space(&mut self, id: SpaceId) {
        let space = self.spaces[id.0 as usize].as_ref().expect("a live space");
        let slots = space.slots.iter();
        let table = slots.map(|slot| (slot.esid, entry_of(&self.segments, slot)));
        self.machine.enter_space(id, table);
    }

    /// Makes the slot that `ea` lies in, if there is none yet, and returns what
    /// the SLB should hold: for a segment fault. The machine has been told.
    pub fn segment_fault(&mut self, id: SpaceId, ea: Ea) -> Result<SegmentEntry, Fault> {
        self.stat.slb_misses += 1;
        let region = self.region_at(id, ea)?;
        if region.prot.is_empty() {
            return Err(Fault::NotPermitted);
        }
        let slot = self.retrying(|vm| vm.slot(id, ea.esid()))?;
        Ok(self.segment_entry(&slot))
    }

    /// The slot of `esid`, made now if there is none.
    #[inline]
    pub(crate) fn slot(&mut self, id: SpaceId, esid: Esid) -> Result<Slot, Fault> {
        match self.space(id).slot(esid) {
            Some(slot) => Ok(*slot),
            None => self.make_slot(id, esid),
        }
    }

    #[cold]
    #[inline(never)]
    fn make_slot(&mut self, id: SpaceId, esid: Esid) -> Result<Slot, Fault> {
        let slots = &self.space(id).slots;
        if slots.len() == slots.capacity() {
            self.spare_heap()?;
        }
        let slot = self.new_slot(id, esid)?;
        if let Err(error) = self.add_slot(id, slot) {
            self.discard_if_unused(slot.segment);
            return Err(error.into());
        }
        Ok(slot)
    }

    pub(crate) fn add_slot(&mut self, id: SpaceId, slot: Slot) -> Result<(), VmError> {
        self.space_mut(id).insert_slot(slot)?;
        self.segments.get_mut(slot.segment).slots += 1;
        let entry = self.segment_entry(&slot);
        self.machine.set_segment(id, slot.esid, None, Some(entry));
        Ok(())
    }

    fn new_slot(&mut self, id: SpaceId, esid: Esid) -> Result<Slot, VmError> {
        if let Some((region, segment)) = self.attachable(id, esid)? {
            let key = if region.allows(Access::Write) {
                Key::Zero
            } else {
                Key::One
            };
            return Ok(Slot {
                esid,
                segment,
                key,
                fetch: Fetch::Never,
            });
        }
        let segment = self.new_segment(Use::Private)?;
        Ok(Slot {
            esid,
            segment,
            key: Key::Zero,
            fetch: Fetch::Allowed,
        })
    }

    /// The region and the object's segment, if `esid` can be attached by VSID:
    /// one region alone there, shared or not to be written, not to be executed, at the place
    /// that the pages have in the object's segment, and with all that the object can hold of
    /// them.
    ///
    /// (The segment's N bit could let one space execute what another may not. But an
    /// emulator may look at it only when a page is first used, so that what has been read
    /// can then be executed: the PTE's N bit has to say the same.)
    fn attachable(&mut self, id: SpaceId, esid: Esid) -> Result<Option<(Region, SegNo)>, VmError> {
        let [region] = self
            .space(id)
            .regions
            .overlapping(&(esid.start()..esid.end()))
        else {
            return Ok(None);
        };
        let region = *region;
        let Some(object) = region.source.object() else {
            return Ok(None);
        };
        let copies = !region.source.is_shared() && region.prot.contains(Prot::WRITE);
        if copies || region.allows(Access::Fetch) || region.start > esid.start() {
            return Ok(None);
        }
        let first = region
            .object_page(esid.start())
            .expect("a region of an object");
        self.object_segment_if_aligned(object, first, esid, region.end)
            .map(|segment| segment.map(|segment| (region, segment)))
    }

    /// Points a slot at another segment, or turns its key.
    pub(crate) fn change_slot(&mut self, id: SpaceId, esid: Esid, segment: SegNo, key: Key) {
        let slot = self.space_mut(id).slot_mut(esid).expect("a slot");
        let old = *slot;
        (slot.segment, slot.key) = (segment, key);
        let new = *slot;
        let entries = [old, new].map(|slot| Some(self.segment_entry(&slot)));
        self.machine.set_segment(id, esid, entries[0], entries[1]);
        if old.segment != segment {
            self.segments.get_mut(segment).slots += 1;
            self.drop_slot_ref(old.segment);
        }
    }

    /// Takes a slot away; the next touch makes it again as the regions then say.
    #[inline(never)]
    pub(crate) fn drop_slot(&mut self, id: SpaceId, n: usize) {
        let slot = self.space_mut(id).slots.remove(n);
        let entry = self.segment_entry(&slot);
        self.machine.set_segment(id, slot.esid, Some(entry), None);
        self.drop_slot_ref(slot.segment);
    }

    fn drop_slot_ref(&mut self, segment: SegNo) {
        self.segments.get_mut(segment).slots -= 1;
        self.discard_if_unused(segment);
    }

    pub(crate) fn segment_entry(&self, slot: &Slot) -> SegmentEntry {
        entry_of(&self.segments, slot)
    }
}

fn entry_of(segments: &SegmentTable, slot: &Slot) -> SegmentEntry {
    SegmentEntry {
        vsid: segments.get(slot.segment).vsid,
        key: slot.key,
        fetch: slot.fetch,
    }
}
