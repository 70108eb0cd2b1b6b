//! The map of an address space: its regions, in order of address.
//!
//! A sorted vector, because fork only counts it, a lookup is a binary search
//! through a few cache lines, and every growth can be refused.

use crate::addr::{Ea, PAGE_SHIFT, USER_END};
use crate::error::{Access, VmError};
use crate::region::{Flags, Prot, Region};
use crate::report::room;
use crate::span::Span;
use alloc::vec::Vec;
use core::ops::Range;
use core::sync::atomic::{AtomicU32, Ordering};

impl Region {
    /// Whether the region allows an access of this kind.
    #[inline]
    pub fn allows(&self, access: Access) -> bool {
        match access {
            Access::Read => !self.prot.is_empty(),
            Access::Write => self.prot.contains(Prot::WRITE),
            Access::Fetch => self.prot.contains(Prot::EXEC),
        }
    }

    /// Its length in bytes.
    pub fn bytes(&self) -> u64 {
        self.end.0 - self.start.0
    }

    /// The object's page that lies at `ea`, of a region that maps one.
    pub(crate) fn object_page(&self, ea: Ea) -> Option<u64> {
        let first = self.source.first()?;
        Some(first + ((ea.0 - self.start.0) >> PAGE_SHIFT))
    }

    /// The part of the region from `start` to `end`, both inside it.
    pub(crate) fn part(&self, start: Ea, end: Ea) -> Region {
        let source = self.source.advanced((start.0 - self.start.0) >> PAGE_SHIFT);
        Region {
            start,
            end,
            source,
            ..*self
        }
    }

    /// The part of the region that lies in `range`, which it overlaps.
    pub(crate) fn clip(&self, range: &Range<Ea>) -> Region {
        self.part(self.start.max(range.start), self.end.min(range.end))
    }

    /// Bytes below it that nothing is placed in without being asked for, so that it
    /// can grow and does not grow into its neighbour: Linux's stack_guard_gap.
    pub(crate) fn gap(&self) -> u64 {
        if self.flags.contains(Flags::GROWS_DOWN) {
            STACK_GAP
        } else {
            0
        }
    }

    /// Whether RLIMIT_DATA counts it: private memory that can be written, but for
    /// stacks (setrlimit(2)).
    pub(crate) fn is_data(&self) -> bool {
        let stack = self.flags.contains(Flags::GROWS_DOWN);
        self.prot.contains(Prot::WRITE) && !self.source.is_shared() && !stack
    }

    /// Whether `next` could be written as one with this region.
    #[inline]
    fn continues(&self, next: &Region) -> bool {
        let same = |a: &Region| (a.prot, a.flags, a.label);
        let source = || self.source.advanced(self.bytes() >> PAGE_SHIFT);
        self.end == next.start && same(self) == same(next) && source() == next.source
    }
}

/// Regions that do not overlap.
#[derive(Debug, Default)]
pub(crate) struct Regions {
    pub(crate) list: Vec<Region>,
    /// All flags that a region here ever had: so a fork need not look through them
    /// for what it has to treat in its own way.
    flags: Flags,
    /// The number of the region that was found last: it is often asked for again. It may
    /// be anything.
    last: AtomicU32,
}

impl Regions {
    /// A copy that can take `more` regions without failing.
    pub fn try_clone(&self, more: usize) -> Result<Regions, VmError> {
        let mut copy = Vec::new();
        copy.try_reserve(self.list.len() + more)
            .map_err(|_| VmError::NoMemory)?;
        copy.extend_from_slice(&self.list);
        Ok(Regions {
            list: copy,
            flags: self.flags,
            last: AtomicU32::default(),
        })
    }

    /// Bytes of heap that it holds.
    pub fn bytes(&self) -> usize {
        room(&self.list)
    }

    /// Makes sure that a change which adds `more` regions cannot fail.
    pub fn reserve(&mut self, more: usize) -> Result<(), VmError> {
        self.list.try_reserve(more).map_err(|_| VmError::NoMemory)
    }

    /// Whether a change which adds `more` regions needs no memory.
    pub fn has_room(&self, more: usize) -> bool {
        self.list.capacity() - self.list.len() >= more
    }

    /// The region with this number.
    pub fn get(&self, n: usize) -> &Region {
        &self.list[n]
    }

    /// All flags that any region may have.
    pub fn flags(&self) -> Flags {
        self.flags
    }

    /// In order of address.
    pub fn iter(&self) -> core::slice::Iter<'_, Region> {
        self.list.iter()
    }

    /// The region that holds `ea`.
    #[inline]
    pub fn find(&self, ea: Ea) -> Option<&Region> {
        self.next(ea).filter(|region| region.start <= ea)
    }

    /// The first region that ends after `ea`.
    #[inline]
    pub fn next(&self, ea: Ea) -> Option<&Region> {
        self.list.get(self.first_ending_after(ea))
    }

    /// The regions that have a page in `range`.
    pub fn overlapping(&self, range: &Range<Ea>) -> &[Region] {
        &self.list[self.numbers(range)]
    }

    /// Their numbers.
    #[inline]
    pub fn numbers(&self, range: &Range<Ea>) -> Range<usize> {
        let first = self.first_ending_after(range.start);
        let rest = &self.list[first..];
        // Mostly none or one: a search would ask more often.
        let count = match rest {
            [] => 0,
            [one, ..] if one.start >= range.end => 0,
            [one, ..] if one.end >= range.end => 1,
            _ => rest.partition_point(|region| region.start < range.end),
        };
        first..first + count
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
        let at = match self.list.last() {
            Some(last) if last.end > region.start => self.first_ending_after(region.start),
            _ => self.list.len(),
        };
        self.insert_at(at, region);
    }

    /// The same, if it is known that `at` is the number of the first region above it.
    pub fn insert_at(&mut self, at: usize, region: Region) {
        self.flags |= region.flags;
        let above = self
            .list
            .get(at)
            .is_some_and(|above| region.continues(above));
        let below = at > 0 && self.list[at - 1].continues(&region);
        *self.last.get_mut() = (at - usize::from(below)) as u32;
        match (below, above) {
            (true, true) => {
                self.list[at - 1].end = self.list[at].end;
                self.list.remove(at);
            }
            (true, false) => self.list[at - 1].end = region.end,
            (false, true) => {
                self.list[at].start = region.start;
                self.list[at].source = region.source;
            }
            (false, false) => self.list.insert(at, region),
        }
    }

    /// Makes sure that none of the regions with these numbers lies on both sides of an end
    /// of `range`, and returns the numbers of those inside. Adds at most two regions.
    fn isolate(&mut self, range: &Range<Ea>, inside: Range<usize>) -> Range<usize> {
        let Range { mut start, mut end } = inside;
        if start == end {
            return start..end;
        }
        if self.list[end - 1].end > range.end {
            self.split(end - 1, range.end);
        }
        if self.list[start].start < range.start {
            self.split(start, range.start);
            (start, end) = (start + 1, end + 1);
        }
        start..end
    }

    /// Takes a span out, and returns the number of the first region above it then. Adds at
    /// most one.
    pub fn remove(&mut self, span: &Span) -> usize {
        let Span { range, inside } = span;
        if let [region] = &mut self.list[inside.clone()] {
            match (region.start < range.start, range.end < region.end) {
                (false, true) => {
                    *region = region.part(range.end, region.end);
                    return inside.start;
                }
                (true, false) => {
                    region.end = range.start;
                    return inside.end;
                }
                (false, false) => {
                    self.list.remove(inside.start);
                    return inside.start;
                }
                (true, true) => {}
            }
        }
        let inside = self.isolate(range, inside.clone());
        let at = inside.start;
        self.list.drain(inside);
        at
    }

    /// Changes the regions of a span. Adds at most two.
    pub fn change(&mut self, span: &Span, mut change: impl FnMut(&mut Region)) {
        let inside = self.isolate(&span.range, span.inside.clone());
        for region in &mut self.list[inside.clone()] {
            change(region);
            self.flags |= region.flags;
        }
        self.join(inside);
    }

    /// Makes two regions of the one with this number, which has `at` inside.
    fn split(&mut self, n: usize, at: Ea) {
        let region = self.list[n];
        self.list[n] = region.part(region.start, at);
        self.list.insert(n + 1, region.part(at, region.end));
    }

    /// Makes one of those regions with these numbers, and their two neighbours, that
    /// can be one. Each is moved once, however many go.
    fn join(&mut self, numbers: Range<usize>) {
        let mut last = numbers.start.saturating_sub(1);
        let end = (numbers.end + 1).min(self.list.len());
        for n in last + 1..end {
            if self.list[last].continues(&self.list[n]) {
                self.list[last].end = self.list[n].end;
            } else {
                last += 1;
                self.list[last] = self.list[n];
            }
        }
        self.list.drain(last + 1..end);
    }

    /// The regions around `ea`, which lies in none: the last below, and the first above.
    pub fn neighbours(&self, ea: Ea) -> (Option<&Region>, Option<&Region>) {
        let above = self.first_ending_after(ea);
        let below = above.checked_sub(1).and_then(|n| self.list.get(n));
        (below, self.list.get(above))
    }

    /// Bytes of all that `counts`.
    pub fn total(&self, counts: impl Fn(&Region) -> bool) -> u64 {
        let counted = self.list.iter().filter(|region| counts(region));
        counted.map(Region::bytes).sum()
    }

    /// The highest free span of `len` bytes below `below`, and below the region with the
    /// number `above`, that starts at a multiple of `align`, a power of two.
    #[inline(always)]
    pub fn find_room(&self, below: Ea, above: usize, len: u64, align: u64) -> Option<Span> {
        let span = |start: Ea, n: usize| Span {
            range: start..Ea(start.0 + len),
            inside: n..n,
        };
        let mut top = below.0.min(USER_END.0);
        for (n, region) in self.list[..above].iter().enumerate().rev() {
            if let Some(start) = fit(region.end.0, top, len, align) {
                return Some(span(start, n + 1));
            }
            top = top.min(region.start.0.saturating_sub(region.gap()));
        }
        fit(LOWEST.0, top, len, align).map(|start| span(start, 0))
    }

    #[inline]
    pub fn first_ending_after(&self, ea: Ea) -> usize {
        let last = self.last.load(Ordering::Relaxed) as usize;
        match self.list.get(last) {
            Some(region) if region.start <= ea && ea < region.end => last,
            _ => self.search(ea),
        }
    }

    #[inline(never)]
    fn search(&self, ea: Ea) -> usize {
        let found = self.list.partition_point(|region| region.end <= ea);
        self.last.store(found as u32, Ordering::Relaxed);
        found
    }
}

/// 256 pages (Linux, mm/mmap.c, stack_guard_gap).
pub(crate) const STACK_GAP: u64 = 256 << PAGE_SHIFT;

/// Nothing is placed below this without being asked for: a null pointer with an
/// offset must fault (Linux's vm.mmap_min_addr is 64 KiB).
pub(crate) const LOWEST: Ea = Ea(0x1_0000);

fn fit(bottom: u64, top: u64, len: u64, align: u64) -> Option<Ea> {
    let start = top.checked_sub(len)? & !(align - 1);
    (start >= bottom.max(LOWEST.0)).then_some(Ea(start))
}
