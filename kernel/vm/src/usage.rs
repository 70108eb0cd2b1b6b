//! What a space uses: the pages that are there, who shares them, and what it costs to
//! say so.

use crate::addr::{Ea, FrameNo, PAGE_SIZE, Page};
use crate::error::VmError;
use crate::inspect::RecordReport;
use crate::machine::{Machine, Noted, SpaceId};
use crate::map::pages_in;
use crate::record::{Alias, RecordId};
use crate::region::Region;
use crate::report::room;
use crate::segment::{SegNo, Segment};
use crate::space::{Slot, Space};
use crate::vm::Vm;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// A page that a space sees, and its record there or further down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageReport {
    /// Its address.
    pub ea: Ea,
    /// The record through which the space sees it.
    pub record: RecordReport,
    /// Whether that lies in the space's own segment, or in a shadow of it.
    pub inherited: bool,
    /// Spaces that see the frame.
    pub sharers: u32,
    /// Whether the frame belongs to an object.
    pub object: bool,
}

/// What of a region is there, in bytes: the lines of proc_pid_smaps(5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Pages that are there.
    pub rss: u64,
    /// The same, each divided by those who share it.
    pub pss: u64,
    /// Shared and never written.
    pub shared_clean: u64,
    /// Shared and written.
    pub shared_dirty: u64,
    /// This space's alone, never written.
    pub private_clean: u64,
    /// This space's alone, written.
    pub private_dirty: u64,
    /// Ever used.
    pub referenced: u64,
    /// Not of an object.
    pub anonymous: u64,
}

/// Bytes of all that says which address leads to which frame, but for what is there
/// whether it is used or not (the HTAB and the frame table).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Translation {
    /// Regions, each map counted once however many spaces share it.
    pub regions: u64,
    /// Slots of spaces.
    pub slots: u64,
    /// Segments.
    pub segments: u64,
    /// Aliases.
    pub aliases: u64,
}

impl<M: Machine> Vm<M> {
    /// Visits the pages of a region that are there, in no order across segments and in
    /// order of address within one.
    ///
    /// # Errors
    /// `NoMemory`; and what `visit` returns.
    pub fn pages<E: From<VmError>>(
        &self,
        space: SpaceId,
        region: &Region,
        mut visit: impl FnMut(&PageReport) -> Result<(), E>,
    ) -> Result<(), E> {
        let range = region.start..region.end;
        for n in self.space(space).slots_in(&range) {
            let slot = self.space(space).slots[n];
            let inside = pages_in(slot.esid, &range);
            for page in self.pages_of(slot.segment, inside)? {
                if let Some(report) = self.page_report(&slot, page) {
                    visit(&report)?;
                }
            }
        }
        Ok(())
    }

    /// The pages of a segment and its shadows that have records, each once.
    fn pages_of(
        &self,
        segment: SegNo,
        inside: core::ops::Range<u32>,
    ) -> Result<Vec<Page>, VmError> {
        let levels = || self.segments.chain(segment).map(|no| self.segments.get(no));
        let most: u32 = levels().map(Segment::records).sum();
        let mut pages = Vec::new();
        pages
            .try_reserve_exact(most as usize)
            .map_err(|_| VmError::NoMemory)?;
        for level in levels() {
            let all = self.records.of(level).map(|id| self.vpn(id).page());
            pages.extend(all.filter(|page| inside.contains(&page.0)));
        }
        pages.sort_unstable();
        pages.dedup();
        Ok(pages)
    }

    fn page_report(&self, slot: &Slot, page: Page) -> Option<PageReport> {
        let own = self.own(slot.segment, page);
        let below = || self.visible_below(slot.segment, page).map(|(_, id)| id);
        let id = own.or_else(below)?;
        let record = self.record_report(id);
        Some(PageReport {
            ea: slot.esid.at(page),
            record,
            inherited: own.is_none(),
            sharers: self.sharers(record.frame),
            object: self.is_objects(record.frame),
        })
    }

    fn is_objects(&self, frame: FrameNo) -> bool {
        !self.is_private(self.segment_of(RecordId::name(frame)))
    }

    /// Spaces that see a frame. Those that map an object's page without having touched
    /// it do not count.
    fn sharers(&self, frame: FrameNo) -> u32 {
        let object = self.is_objects(frame);
        let name = core::iter::once(RecordId::name(frame));
        let aliases = core::iter::successors(self.records.first_alias(frame), |no| {
            self.records.next_alias(*no)
        });
        let aliases = aliases.map(RecordId::alias);
        // A derived alias of a private page lies above its name: who sees it by that is
        // counted there.
        let counted = name.chain(aliases.filter(|id| object || self.records.holds(*id)));
        counted.map(|id| self.viewers(id)).sum()
    }

    fn viewers(&self, id: RecordId) -> u32 {
        let segment = self.segment_of(id);
        match self.records.holds(id) && self.is_private(segment) {
            true => self.seers(segment, self.vpn(id).page()),
            false => self.segments.get(segment).slots,
        }
    }

    /// Slots from which a page of a segment is seen.
    fn seers(&self, segment: SegNo, page: Page) -> u32 {
        let hides = |no: SegNo| {
            self.segments.get(no).cuts.contains(page) || self.own_page(no, page).is_some()
        };
        let uppers = self.segments.uppers(segment).filter(|no| !hides(*no));
        let above: u32 = uppers.map(|no| self.seers(no, page)).sum();
        self.segments.get(segment).slots + above
    }

    /// What of a region is there.
    ///
    /// # Errors
    /// `NoMemory`.
    pub fn usage(&self, space: SpaceId, region: &Region) -> Result<Usage, VmError> {
        let mut usage = Usage::default();
        self.pages(space, region, |page| -> Result<(), VmError> {
            usage.count(page);
            Ok(())
        })?;
        Ok(usage)
    }

    /// What it costs to say which address leads to which frame.
    pub fn translation(&self) -> Translation {
        let mut sum = Translation {
            segments: (self.segments.iter().count() * size_of::<Segment>()) as u64,
            aliases: u64::from(self.records.aliases.used()) * size_of::<Alias>() as u64,
            ..Translation::default()
        };
        for (n, (_, space)) in self.live_spaces().enumerate() {
            sum.slots += (size_of::<Space>() + room(&space.slots)) as u64;
            let shared = |other: &Space| Arc::ptr_eq(&other.regions, &space.regions);
            let earlier = self.live_spaces().take(n);
            if !earlier.map(|(_, other)| other).any(shared) {
                sum.regions += space.regions.bytes() as u64;
            }
        }
        let cuts = self.segments.iter().map(|(_, row)| row.cuts.bytes() as u64);
        sum.segments += cuts.sum::<u64>();
        sum
    }
}

impl Translation {
    /// All of it.
    pub fn total(&self) -> u64 {
        self.regions + self.slots + self.segments + self.aliases
    }
}

impl Usage {
    fn count(&mut self, page: &PageReport) {
        // What no object gives back was written by somebody.
        let dirty = !page.object || page.record.noted.contains(Noted::CHANGED);
        self.rss += PAGE_SIZE;
        self.pss += PAGE_SIZE / u64::from(page.sharers.max(1));
        *match (page.sharers > 1, dirty) {
            (true, false) => &mut self.shared_clean,
            (true, true) => &mut self.shared_dirty,
            (false, false) => &mut self.private_clean,
            (false, true) => &mut self.private_dirty,
        } += PAGE_SIZE;
        if page.record.noted.contains(Noted::REFERENCED) {
            self.referenced += PAGE_SIZE;
        }
        if !page.object {
            self.anonymous += PAGE_SIZE;
        }
    }
}
