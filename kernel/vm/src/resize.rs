//! An object grows, shrinks, and gets holes, whoever maps it.

use crate::addr::{Ea, PAGE_SIZE, SEGMENT_PAGES};
use crate::error::VmError;
use crate::machine::{Machine, SpaceId};
use crate::map::pages_in;
use crate::object::MOST_PAGES;
use crate::pages::PteFate;
use crate::region::{ObjectId, Region, Source};
use crate::segment::SegNo;
use crate::vm::Vm;
use core::ops::Range;

impl<M: Machine> Vm<M> {
    /// Changes the size of an object. What lies past a new, lower end is gone, in every
    /// mapping: also the copies that private mappings had made of it (ftruncate(2)
    /// leaves that open; Linux does so). Growth adds a hole.
    ///
    /// # Errors
    /// `Invalid` for more than 1 TiB.
    pub fn resize_object(&mut self, id: ObjectId, pages: u64) -> Result<(), VmError> {
        if pages > MOST_PAGES {
            return Err(VmError::Invalid);
        }
        let old = core::mem::replace(&mut self.object_mut(id).pages, pages);
        if pages < old {
            self.free_pages(id, pages..old);
            self.drop_copies(id, pages);
        } else {
            self.detach_grown(id, old);
        }
        Ok(())
    }

    /// Makes a hole of the pages in `pages`: their frames are free, and whoever maps
    /// them reads zero. Private copies stay.
    pub fn punch_object(&mut self, id: ObjectId, pages: Range<u64>) {
        self.free_pages(id, pages);
    }

    fn free_pages(&mut self, id: ObjectId, pages: Range<u64>) {
        let size = u64::from(SEGMENT_PAGES);
        for n in 0..self.object(id).segments.len() {
            let start = n as u64 * size;
            let inside = |page: u64| (page.clamp(start, start + size) - start) as u32;
            let part = inside(pages.start)..inside(pages.end);
            if let Some(segment) = self.object(id).segments[n]
                && !part.is_empty()
            {
                let before = self.segments.get(segment).names;
                self.for_each_record(segment, part, |vm, id| vm.discard(id, PteFate::RemoveLater));
                self.remove_leaving();
                let freed = before - self.segments.get(segment).names;
                self.kept -= if self.object(id).held { freed } else { 0 };
            }
        }
    }

    /// A space that holds a segment of the object in a slot may now map less of it than
    /// it holds: the next touch decides again how it is attached.
    fn detach_grown(&mut self, id: ObjectId, old: u64) {
        let first = (old / u64::from(SEGMENT_PAGES)) as usize;
        for n in first..self.object(id).segments.len() {
            if let Some(segment) = self.object(id).segments[n] {
                self.detach(segment);
            }
        }
    }

    fn detach(&mut self, segment: SegNo) {
        if self.segments.get(segment).slots == 0 {
            return;
        }
        self.for_each_space(|vm, space| {
            for n in (0..vm.space(space).slots.len()).rev() {
                if vm.space(space).slots[n].segment == segment {
                    vm.drop_slot(space, n);
                }
            }
        });
    }

    /// Drops what private mappings have of the object from its page `from` on.
    ///
    /// Nobody has to move away for that. Whoever else sees such a page, by the same
    /// segment or through shadows, sees it as the same page of the object, or a cut
    /// would lie between: it goes for all of them at once.
    fn drop_copies(&mut self, id: ObjectId, from: u64) {
        self.for_each_space(|vm, space| {
            for n in 0..vm.space(space).regions.iter().len() {
                let region = *vm.space(space).regions.get(n);
                if let Some(range) = part_from(&region, id, from) {
                    vm.drop_range(space, &range);
                }
            }
        });
    }

    fn drop_range(&mut self, space: SpaceId, range: &Range<Ea>) {
        for n in self.space(space).slots_in(range) {
            let slot = self.space(space).slots[n];
            let mut level = Some(slot.segment).filter(|no| self.is_private(*no));
            while let Some(at) = level {
                self.drop_level(slot.segment, at, pages_in(slot.esid, range));
                level = self.segments.get(at).shadow;
            }
        }
    }

    /// Drops those of `pages` in the segment `at` that no cut hides from `top`.
    fn drop_level(&mut self, top: SegNo, at: SegNo, pages: Range<u32>) {
        self.for_each_record(at, pages, |vm, id| {
            let page = vm.vpn(id).page();
            let cut = |no: SegNo| vm.segments.get(no).cuts.contains(page);
            if !vm.segments.chain(top).take_while(|no| *no != at).any(cut) {
                vm.discard(id, PteFate::RemoveLater);
            }
        });
        self.remove_leaving();
    }
}

/// Where a region maps the object privately from its page `from` on.
fn part_from(region: &Region, id: ObjectId, from: u64) -> Option<Range<Ea>> {
    let Source::Private { object, first } = region.source else {
        return None;
    };
    let skipped = from.saturating_sub(first).checked_mul(PAGE_SIZE)?;
    let start = Ea(region.start.0.checked_add(skipped)?);
    (object == id && start < region.end).then_some(start..region.end)
}
