//! A range of addresses, with the regions that have a page in it: looked for once, for all
//! that a change of the map asks about them.

use crate::addr::{Ea, Esid};
use crate::region::Region;
use crate::regions::Regions;
use core::ops::Range;

/// A range, and its place in the list of regions. Good until the regions
/// change.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub range: Range<Ea>,
    /// The numbers of the regions that have a page in it; if none has, they begin where one
    /// would have to come.
    pub inside: Range<usize>,
}

impl Span {
    /// Whether no page of it is mapped.
    #[inline]
    pub fn is_free(&self) -> bool {
        self.inside.is_empty()
    }
}

impl Regions {
    /// Finds the regions of a range.
    #[inline]
    pub fn span(&self, range: Range<Ea>) -> Span {
        let inside = self.numbers(&range);
        Span { range, inside }
    }

    /// Those that have a page in it.
    #[inline]
    pub fn inside(&self, span: &Span) -> &[Region] {
        &self.list[span.inside.clone()]
    }

    /// How many regions are added when those at the ends of the span are split there: 0 to 2.
    #[inline]
    pub fn splits(&self, span: &Span) -> usize {
        let inside = self.inside(span);
        let Some((first, last)) = inside.first().zip(inside.last()) else {
            return 0;
        };
        usize::from(first.start < span.range.start) + usize::from(last.end > span.range.end)
    }

    /// The segments of the span in which nothing stays mapped when the span goes. Those at
    /// its ends are not among them if something lies there beside it.
    #[inline]
    pub fn emptied(&self, span: &Span) -> Range<Esid> {
        let Range { start, end } = span.range;
        let (first, last) = (start.esid(), Ea(end.0 - 1).esid());
        let number = |n: usize| self.list.get(n);
        let Range {
            start: at,
            end: next,
        } = span.inside;
        let below = first.start() < start
            && (number(at).is_some_and(|region| region.start < start)
                || number(at.wrapping_sub(1)).is_some_and(|region| region.end > first.start()));
        let above = end < last.end()
            && (number(next.wrapping_sub(1)).is_some_and(|region| region.end > end)
                || number(next).is_some_and(|region| region.start < last.end()));
        Esid(first.0 + u64::from(below))..Esid(last.0 + u64::from(!above))
    }

    /// If a shared region lies next to the span, in one of its segments: that segment.
    #[inline]
    pub fn shared_beside(&self, span: &Span) -> Option<Esid> {
        let Range { start, end } = span.range;
        let (first, last) = (start.esid(), Ea(end.0 - 1).esid());
        let shared = |n: usize| self.list.get(n).filter(|region| region.source.is_shared());
        let above = shared(span.inside.end).filter(|region| region.start < last.end());
        let below = shared(span.inside.start.wrapping_sub(1));
        let below = below.filter(|region| region.end > first.start());
        above.map(|_| last).or(below.map(|_| first))
    }
}
