//! Memory objects: pages that several spaces share on purpose.
//!
//! An object has a segment of its own for each 256 MiB, and its frames are named
//! there. A space reaches them by holding that segment in a slot, or by aliases.

use crate::addr::{Ea, Esid, FrameNo, PAGE_SHIFT, Page, SEGMENT_PAGES};
use crate::error::{Fault, VmError};
use crate::machine::Machine;
use crate::region::{ObjectId, Region, Source};
use crate::segment::{SegNo, Use};
use crate::vm::Vm;
use alloc::vec::Vec;

/// An object.
#[derive(Debug)]
pub(crate) struct Object {
    /// Its size.
    pub pages: u64,
    /// Its segments, made on first touch.
    pub segments: Vec<Option<SegNo>>,
    /// Whether its creator still holds it.
    held: bool,
    /// Pages of it in all region maps. It dies when this and `held` are none.
    mapped: u64,
}

/// An object may be as large as 1 TiB: 4,096 segments.
const MOST_PAGES: u64 = 1 << (40 - PAGE_SHIFT);

impl<M: Machine> Vm<M> {
    /// A memory object of `pages` pages, zero at first, held by the caller until
    /// [`Vm::release_object`]. It takes frames only as it is touched.
    ///
    /// # Errors
    /// `Invalid` for no pages or more than 1 TiB; `NoMemory`.
    pub fn create_object(&mut self, pages: u64) -> Result<ObjectId, VmError> {
        if pages == 0 || pages > MOST_PAGES {
            return Err(VmError::Invalid);
        }
        self.spare_heap()?;
        let mut segments = Vec::new();
        let count = pages.div_ceil(SEGMENT_PAGES.into()) as usize;
        segments
            .try_reserve_exact(count)
            .map_err(|_| VmError::NoMemory)?;
        segments.resize(count, None);
        let object = Object {
            pages,
            segments,
            held: true,
            mapped: 0,
        };
        let free = self.objects.iter().position(Option::is_none);
        let n = free.unwrap_or(self.objects.len());
        if free.is_none() {
            self.objects.try_reserve(1).map_err(|_| VmError::NoMemory)?;
            self.objects.push(None);
        }
        self.objects[n] = Some(object);
        Ok(ObjectId(n as u32))
    }

    /// The creator's hold goes. The object lives on while a region maps it.
    pub fn release_object(&mut self, id: ObjectId) {
        self.object_mut(id).held = false;
        self.end_object_if_unused(id);
    }

    /// Whether any region maps the object now. Unlike [`Vm::attachments`] it costs
    /// nothing.
    pub fn is_mapped(&self, id: ObjectId) -> bool {
        self.object(id).mapped > 0
    }

    /// Regions that map the object now, in all spaces.
    pub fn attachments(&self, id: ObjectId) -> u32 {
        let maps = |region: &&Region| matches!(region.source, Source::Shared { object, .. } if object == id);
        let spaces = self.live_spaces();
        spaces
            .map(|(_, space)| space.regions.iter().filter(maps).count() as u32)
            .sum()
    }

    /// Counts a region that came into a map.
    pub(crate) fn mapped(&mut self, region: &Region) {
        if let Source::Shared { object, .. } = region.source {
            self.object_mut(object).mapped += pages(region);
        }
    }

    /// Counts a region, or a part of one, that left a map. No slot and no alias
    /// of the space reaches the object through it any more.
    pub(crate) fn unmapped(&mut self, region: &Region) {
        if let Source::Shared { object, .. } = region.source {
            self.object_mut(object).mapped -= pages(region);
            self.end_object_if_unused(object);
        }
    }

    fn end_object_if_unused(&mut self, id: ObjectId) {
        let object = self.object(id);
        if object.held || object.mapped > 0 {
            return;
        }
        let object = self.objects[id.0 as usize].take().expect("a live object");
        for segment in object.segments.into_iter().flatten() {
            self.end_segment(segment);
        }
    }

    /// The frame of an object's page, filled with zero if nobody touched it yet.
    pub(crate) fn object_frame(&mut self, id: ObjectId, page: u64) -> Result<FrameNo, Fault> {
        if page >= self.object(id).pages {
            return Err(Fault::PastEnd);
        }
        let segment = self.object_segment(id, page)?;
        let page = Page((page % u64::from(SEGMENT_PAGES)) as u32);
        let vpn = self.segments.get(segment).vpn(page);
        match self.records.find_page(vpn) {
            Some(record) => Ok(self.records.frame(record)),
            None => Ok(self.fill_zero(segment, page)?),
        }
    }

    /// The object's segment that holds its page `page`.
    fn object_segment(&mut self, id: ObjectId, page: u64) -> Result<SegNo, VmError> {
        let n = (page / u64::from(SEGMENT_PAGES)) as usize;
        if let Some(segment) = self.object(id).segments[n] {
            return Ok(segment);
        }
        let segment = self.new_segment(Use::Object(id))?;
        self.object_mut(id).segments[n] = Some(segment);
        Ok(segment)
    }

    /// The object's segment from page `first`, if that is the start of one and
    /// all that the object holds of it lies before `end`.
    pub(crate) fn object_segment_if_aligned(
        &mut self,
        id: ObjectId,
        first: u64,
        esid: Esid,
        end: Ea,
    ) -> Result<Option<SegNo>, VmError> {
        let pages = self.object(id).pages;
        if !first.is_multiple_of(SEGMENT_PAGES.into()) || first >= pages {
            return Ok(None);
        }
        let held = (pages - first).min(SEGMENT_PAGES.into());
        if end.0 < esid.start().0 + (held << PAGE_SHIFT) {
            return Ok(None);
        }
        self.object_segment(id, first).map(Some)
    }

    pub(crate) fn object(&self, id: ObjectId) -> &Object {
        self.objects[id.0 as usize].as_ref().expect("a live object")
    }

    fn object_mut(&mut self, id: ObjectId) -> &mut Object {
        self.objects[id.0 as usize].as_mut().expect("a live object")
    }
}

fn pages(region: &Region) -> u64 {
    (region.end.0 - region.start.0) >> PAGE_SHIFT
}
