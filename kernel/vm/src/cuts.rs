//! Cuts: the pages of a segment that do not see its shadow.

use crate::addr::Page;
use crate::error::VmError;
use crate::report::room;
use alloc::vec::Vec;
use core::ops::Range;

/// A set of pages, kept as ranges in order, none touching the next.
#[derive(Debug, Default)]
pub(crate) struct Cuts(Vec<Range<u32>>);

impl Cuts {
    #[inline]
    pub fn contains(&self, page: Page) -> bool {
        !self.0.is_empty() && self.search(page)
    }

    fn search(&self, page: Page) -> bool {
        let after = self.0.partition_point(|cut| cut.start <= page.0);
        after > 0 && page.0 < self.0[after - 1].end
    }

    pub fn ranges(&self) -> impl Iterator<Item = Range<u32>> + '_ {
        self.0.iter().cloned()
    }

    /// Bytes of heap that it holds.
    pub fn bytes(&self) -> usize {
        room(&self.0)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether `more` further ranges need no memory.
    pub fn has_room(&self, more: usize) -> bool {
        self.0.capacity() - self.0.len() >= more
    }

    /// Makes room for `more` further ranges, so that as many calls of
    /// [`Cuts::add`] cannot fail.
    pub fn reserve(&mut self, more: usize) -> Result<(), VmError> {
        self.0.try_reserve(more).map_err(|_| VmError::NoMemory)
    }

    /// Adds a range. Needs room for one: see [`Cuts::reserve`].
    pub fn add(&mut self, pages: Range<u32>) {
        let first = self.0.partition_point(|cut| cut.end < pages.start);
        let last = self.0.partition_point(|cut| cut.start <= pages.end);
        if first == last {
            self.0.insert(first, pages);
            return;
        }
        let start = pages.start.min(self.0[first].start);
        let end = pages.end.max(self.0[last - 1].end);
        self.0[first] = start..end;
        self.0.drain(first + 1..last);
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Cuts) -> Result<(), VmError> {
        self.reserve(other.len())?;
        other.ranges().for_each(|cut| self.add(cut));
        Ok(())
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_touch_become_one() {
        let mut cuts = Cuts::default();
        for range in [10..20, 30..40, 50..60, 20..30, 0..5] {
            cuts.add(range);
        }
        assert_eq!(cuts.0, [0..5, 10..40, 50..60]);
        cuts.add(3..55);
        assert!(cuts.ranges().eq(core::iter::once(0..60)));
        assert!(cuts.contains(Page(0)) && cuts.contains(Page(59)) && !cuts.contains(Page(60)));
    }
}
