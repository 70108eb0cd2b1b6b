//! The map of an address space: its regions, in order of address.
//!
//! A sorted vector, because fork only counts it, a lookup is a binary search
//! through a few cache lines, and every growth can be refused.

use crate::addr::{Ea, PAGE_SHIFT, USER_END};
use crate::error::{Access, VmError};
use crate::region::{Prot, Region, Source};
use alloc::vec::Vec;
use core::ops::Range;

impl Region {
    /// Whether the region allows an access of this kind.
    pub fn allows(&self, access: Access) -> bool {
        match access {
            Access::Read => !self.prot.is_empty(),
            Access::Write => self.prot.contains(Prot::WRITE),
            Access::Fetch => self.prot.contains(Prot::EXEC),
        }
    }

    /// The object's page that lies at `ea`, of a region that maps one.
    pub(crate) fn object_page(&self, ea: Ea) -> Option<u64> {
        match self.source {
            Source::Zero => None,
            Source::Shared { first, .. } => Some(first + ((ea.0 - self.start.0) >> PAGE_SHIFT)),
        }
    }

    /// The part of the region from `start` to `end`, both inside it.
    pub(crate) fn part(&self, start: Ea, end: Ea) -> Region {
        let mut part = Region {
            start,
            end,
            ..*self
        };
        if let (Source::Shared { first, .. }, Some(page)) =
            (&mut part.source, self.object_page(start))
        {
            *first = page;
        }
        part
    }

    /// Whether `next` could be written as one with this region.
    fn continues(&self, next: &Region) -> bool {
        let source = match (self.source, next.source) {
            (Source::Zero, Source::Zero) => true,
            (Source::Shared { object: a, .. }, Source::Shared { object: b, first }) => {
                a == b && self.object_page(self.end) == Some(first)
            }
            _ => false,
        };
        source && self.end == next.start && self.prot == next.prot && self.label == next.label
    }
}

/// Regions that do not overlap.
#[derive(Debug, Default)]
pub(crate) struct Regions(Vec<Region>);

impl Regions {
    /// A copy that can take `more` regions without failing.
    pub fn try_clone(&self, more: usize) -> Result<Regions, VmError> {
        let mut copy = Vec::new();
        copy.try_reserve(self.0.len() + more)
            .map_err(|_| VmError::NoMemory)?;
        copy.extend_from_slice(&self.0);
        Ok(Regions(copy))
    }

    /// Makes sure that a change which adds `more` regions cannot fail.
    pub fn reserve(&mut self, more: usize) -> Result<(), VmError> {
        self.0.try_reserve(more).map_err(|_| VmError::NoMemory)
    }

    /// Whether a change which adds `more` regions needs no memory.
    pub fn has_room(&self, more: usize) -> bool {
        self.0.capacity() - self.0.len() >= more
    }

    /// How many regions [`Regions::isolate`] of this range adds: 0 to 2.
    pub fn splits(&self, range: &Range<Ea>) -> usize {
        let inside = |ea: &Ea| self.find(*ea).is_some_and(|region| region.start < *ea);
        [range.start, range.end]
            .iter()
            .filter(|ea| inside(ea))
            .count()
    }

    /// The region with this number.
    pub fn get(&self, n: usize) -> &Region {
        &self.0[n]
    }

    /// In order of address.
    pub fn iter(&self) -> core::slice::Iter<'_, Region> {
        self.0.iter()
    }

    /// The region that holds `ea`.
    pub fn find(&self, ea: Ea) -> Option<&Region> {
        self.0
            .get(self.first_ending_after(ea))
            .filter(|region| region.start <= ea)
    }

    /// The regions that have a page in `range`.
    pub fn overlapping(&self, range: &Range<Ea>) -> &[Region] {
        let first = self.first_ending_after(range.start);
        let last = self.0.partition_point(|region| region.start < range.end);
        &self.0[first..last.max(first)]
    }

    /// Whether every page of `range` is mapped.
    pub fn covers(&self, range: &Range<Ea>) -> bool {
        let mut at = range.start;
        for region in self.overlapping(range) {
            if region.start > at {
                return false;
            }
            at = region.end;
        }
        at >= range.end
    }

    /// Adds a region where none is, as one with its neighbours if it can be.
    /// Adds at most one.
    pub fn insert(&mut self, region: Region) {
        let at = self.first_ending_after(region.start);
        self.0.insert(at, region);
        self.join(at..at + 1);
    }

    /// Makes sure that no region lies on both sides of an end of `range`, and returns
    /// the numbers of those inside. Adds at most two regions.
    pub fn isolate(&mut self, range: &Range<Ea>) -> Range<usize> {
        self.split(range.start)..self.split(range.end)
    }

    /// Removes the regions with these numbers.
    pub fn remove(&mut self, numbers: Range<usize>) {
        self.0.drain(numbers);
    }

    /// Changes the protection of `range`, all of which is mapped. Adds at most
    /// two regions.
    pub fn protect(&mut self, range: &Range<Ea>, prot: Prot) {
        let inside = self.isolate(range);
        for region in &mut self.0[inside.clone()] {
            region.prot = prot;
        }
        self.join(inside);
    }

    /// Makes sure that no region lies on both sides of `at`; returns the number
    /// of the first one after it.
    fn split(&mut self, at: Ea) -> usize {
        let n = self.0.partition_point(|region| region.end <= at);
        let Some(region) = self.0.get(n).copied().filter(|region| region.start < at) else {
            return n;
        };
        self.0[n] = region.part(region.start, at);
        self.0.insert(n + 1, region.part(at, region.end));
        n + 1
    }

    /// Makes one of those regions with these numbers, and their two neighbours, that
    /// can be one. Each is moved once, however many go.
    fn join(&mut self, numbers: Range<usize>) {
        let mut last = numbers.start.saturating_sub(1);
        let end = (numbers.end + 1).min(self.0.len());
        for n in last + 1..end {
            if self.0[last].continues(&self.0[n]) {
                self.0[last].end = self.0[n].end;
            } else {
                last += 1;
                self.0[last] = self.0[n];
            }
        }
        self.0.drain(last + 1..end);
    }

    /// The highest free range of `len` bytes below `below` that starts at a
    /// multiple of `align`, a power of two.
    pub fn find_room(&self, below: Ea, len: u64, align: u64) -> Option<Ea> {
        let mut top = below.0.min(USER_END.0);
        let lower = self.0.partition_point(|region| region.start < below);
        for region in self.0[..lower].iter().rev() {
            if let Some(start) = fit(region.end.0, top, len, align) {
                return Some(start);
            }
            top = top.min(region.start.0);
        }
        fit(LOWEST.0, top, len, align)
    }

    fn first_ending_after(&self, ea: Ea) -> usize {
        self.0.partition_point(|region| region.end <= ea)
    }
}

/// Nothing is placed below this without being asked for: a null pointer with an
/// offset must fault (Linux's vm.mmap_min_addr is 64 KiB).
const LOWEST: Ea = Ea(0x1_0000);

fn fit(bottom: u64, top: u64, len: u64, align: u64) -> Option<Ea> {
    let start = top.checked_sub(len)? & !(align - 1);
    (start >= bottom.max(LOWEST.0)).then_some(Ea(start))
}
