//! Memory objects: pages that several spaces share on purpose, and the contents of
//! files.
//!
//! An object has a segment of its own for each 256 MiB, and its frames are named
//! there. A space reaches them by holding that segment in a slot, or by aliases.
//! Whoever created the object reaches them too: a file's read and write use the
//! same frames.

use crate::addr::{Ea, Esid, FrameNo, PAGE_SHIFT, Page, SEGMENT_PAGES};
use crate::error::{Fault, VmError};
use crate::machine::Machine;
use crate::region::{ObjectId, Region};
use crate::report::room;
use crate::segment::{SegNo, Use};
use crate::vm::Vm;
use alloc::vec::Vec;

/// Whether anybody is told which pages of an object were never touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holes {
    /// They are counted and searched for: a file's (stat(2), st_blocks; lseek(2), SEEK_HOLE).
    Told,
    /// A page that was never touched is as good as one of zeros.
    Hidden,
}

/// An object.
#[derive(Debug)]
pub(crate) struct Object {
    /// A number that no other object ever has.
    pub birth: u64,
    /// Its size.
    pub pages: u64,
    /// Who knows of its holes.
    pub holes: Holes,
    /// Its segments, made on first touch.
    pub segments: Vec<Option<SegNo>>,
    /// Whether its creator still holds it.
    pub held: bool,
    /// Pages of it in all region maps. It dies when this and `held` are none.
    pub mapped: u64,
}

impl Object {
    /// Which of its segments this is.
    pub fn number_of(&self, segment: SegNo) -> Option<u64> {
        let n = self.segments.iter().position(|no| *no == Some(segment))?;
        Some(n as u64)
    }

    /// Whether a mapping of this many bytes is all that keeps it.
    pub fn is_kept_by(&self, bytes: u64) -> bool {
        !self.held && self.mapped == bytes >> PAGE_SHIFT
    }
}

/// All objects, by number.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    rows: Vec<Option<Object>>,
    free: Vec<u32>,
    /// How many were ever made.
    births: u64,
}

impl Objects {
    fn add(&mut self, pages: u64, holes: Holes) -> Result<ObjectId, VmError> {
        self.births += 1;
        let object = Object {
            birth: self.births,
            pages,
            holes,
            segments: Vec::new(),
            held: true,
            mapped: 0,
        };
        if let Some(n) = self.free.pop() {
            self.rows[n as usize] = Some(object);
            return Ok(ObjectId(n));
        }
        let n = self.rows.len();
        // So that taking one out needs no memory.
        self.free
            .try_reserve(n + 1)
            .map_err(|_| VmError::NoMemory)?;
        self.rows.try_reserve(1).map_err(|_| VmError::NoMemory)?;
        self.rows.push(Some(object));
        Ok(ObjectId(n as u32))
    }

    fn remove(&mut self, id: ObjectId) -> Object {
        self.free.push(id.0);
        self.rows[id.0 as usize].take().expect("a live object")
    }

    pub fn get(&self, id: ObjectId) -> Option<&Object> {
        self.rows.get(id.0 as usize)?.as_ref()
    }

    /// Every object, for the auditor.
    pub fn iter(&self) -> impl Iterator<Item = (ObjectId, &Object)> {
        let rows = self.rows.iter().enumerate();
        rows.filter_map(|(n, row)| Some((ObjectId(n as u32), row.as_ref()?)))
    }

    /// Bytes of heap that the table holds.
    pub fn bytes(&self) -> usize {
        room(&self.rows) + room(&self.free)
    }
}

/// An object may be as large as 1 TiB: 4,096 segments.
pub(crate) const MOST_PAGES: u64 = 1 << (40 - PAGE_SHIFT);

impl<M: Machine> Vm<M> {
    /// A memory object of `pages` pages, zero at first, held by the caller until
    /// [`Vm::release_object`]. It takes frames only as it is touched, page by page.
    ///
    /// # Errors
    /// `Invalid` for more than 1 TiB; `NoMemory`.
    pub fn create_object(&mut self, pages: u64) -> Result<ObjectId, VmError> {
        self.add_object(pages, Holes::Told)
    }

    /// The same for memory that is shared and is no file: it may be filled ahead as private
    /// memory is.
    ///
    /// # Errors
    /// As for [`Vm::create_object`].
    pub fn create_memory(&mut self, pages: u64) -> Result<ObjectId, VmError> {
        self.add_object(pages, Holes::Hidden)
    }

    fn add_object(&mut self, pages: u64, holes: Holes) -> Result<ObjectId, VmError> {
        if pages > MOST_PAGES {
            return Err(VmError::Invalid);
        }
        self.spare_heap()?;
        self.objects.add(pages, holes)
    }

    /// A number that no other object has, or ever had: an [`ObjectId`] is used again when
    /// its object is gone.
    pub fn object_birth(&self, id: ObjectId) -> u64 {
        self.object(id).birth
    }

    /// The creator's hold goes. The object lives on while a region maps it.
    pub fn release_object(&mut self, id: ObjectId) {
        self.kept -= self.object_frames(id) as u32;
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
        let maps = |region: &&Region| region.source.object() == Some(id);
        let spaces = self.live_spaces();
        spaces
            .map(|(_, space)| space.regions.iter().filter(maps).count() as u32)
            .sum()
    }

    /// Counts a region that came into a map.
    pub(crate) fn mapped(&mut self, region: &Region) {
        if let Some(object) = region.source.object() {
            self.object_mut(object).mapped += pages(region);
        }
    }

    /// Counts a region, or a part of one, that left a map. No slot and no alias
    /// of the space reaches the object through it any more.
    pub(crate) fn unmapped(&mut self, region: &Region) {
        if let Some(object) = region.source.object() {
            self.object_mut(object).mapped -= pages(region);
            self.end_object_if_unused(object);
        }
    }

    fn end_object_if_unused(&mut self, id: ObjectId) {
        let object = self.object(id);
        if object.held || object.mapped > 0 {
            return;
        }
        for segment in self.objects.remove(id).segments.into_iter().flatten() {
            self.end_segment(segment);
        }
    }

    /// The frame of an object's page, for its creator: filled with zero if nobody
    /// touched it yet. It is good until the next call of anything here.
    ///
    /// # Errors
    /// `PastEnd`, `Full`, `NoMemory`.
    pub fn object_page(&mut self, id: ObjectId, page: u64) -> Result<FrameNo, Fault> {
        self.retrying(|vm| vm.object_frame(id, page))
    }

    /// The same, unless nobody touched it yet: then it is a hole, to be read as zero.
    pub fn object_page_if_there(&self, id: ObjectId, page: u64) -> Option<FrameNo> {
        let (n, page) = place(page);
        let segment = (*self.object(id).segments.get(n)?)?;
        self.own_page(segment, page)
            .map(|record| self.records.frame(record))
    }

    /// Pages that the object has, holes included.
    pub fn object_pages(&self, id: ObjectId) -> u64 {
        self.object(id).pages
    }

    /// Frames that it uses.
    pub fn object_frames(&self, id: ObjectId) -> u64 {
        let segments = self.object(id).segments.iter().flatten();
        segments
            .map(|no| u64::from(self.segments.get(*no).names))
            .sum()
    }

    pub(crate) fn object_frame(&mut self, id: ObjectId, page: u64) -> Result<FrameNo, Fault> {
        if page >= self.object(id).pages {
            return Err(Fault::PastEnd);
        }
        let segment = self.object_segment(id, page)?;
        match self.own_page(segment, place(page).1) {
            Some(record) => Ok(self.records.frame(record)),
            None => self.fill_object(id, segment, page),
        }
    }

    /// Fills the object's page `page`, a hole, which belongs in its segment `segment`.
    pub(crate) fn fill_object(
        &mut self,
        id: ObjectId,
        segment: SegNo,
        page: u64,
    ) -> Result<FrameNo, Fault> {
        let &Object { held, pages, .. } = self.object(id);
        if page >= pages {
            return Err(Fault::PastEnd);
        }
        if held && self.kept >= self.most_kept {
            return Err(Fault::Full);
        }
        let frame = self.fill_zero(segment, place(page).1)?;
        self.kept += u32::from(held);
        Ok(frame)
    }

    /// The object's segment that holds its page `page`.
    fn object_segment(&mut self, id: ObjectId, page: u64) -> Result<SegNo, VmError> {
        let (n, _) = place(page);
        let segments = &mut self.object_mut(id).segments;
        if let Some(Some(segment)) = segments.get(n) {
            return Ok(*segment);
        }
        if n >= segments.len() {
            let more = n + 1 - segments.len();
            segments.try_reserve(more).map_err(|_| VmError::NoMemory)?;
            segments.resize(n + 1, None);
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
        self.objects.get(id).expect("a live object")
    }

    pub(crate) fn object_mut(&mut self, id: ObjectId) -> &mut Object {
        let row = &mut self.objects.rows[id.0 as usize];
        row.as_mut().expect("a live object")
    }
}

fn pages(region: &Region) -> u64 {
    region.bytes() >> PAGE_SHIFT
}

/// Which of an object's segments holds its page `page`, and where.
fn place(page: u64) -> (usize, Page) {
    let pages = u64::from(SEGMENT_PAGES);
    ((page / pages) as usize, Page((page % pages) as u32))
}
