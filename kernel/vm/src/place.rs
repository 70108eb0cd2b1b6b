//! Where a new mapping goes.

use crate::addr::{Ea, PAGE_SIZE, SEGMENT_SIZE, USER_END};
use crate::error::VmError;
use crate::machine::{Machine, SpaceId};
use crate::map::page_range;
use crate::region::Place;
use crate::span::Span;
use crate::vm::Vm;

/// Nothing is placed above this without being asked for: the stack grows there. Linux
/// leaves it 128 MiB (arch/powerpc/mm/mmap.c, MIN_GAP). Here it has its segment to itself:
/// a child writes to its stack at once, and what lies in the same segment is shared by
/// aliases from then on.
const PLACED_BELOW: Ea = Ea(USER_END.0 - SEGMENT_SIZE);

impl<M: Machine> Vm<M> {
    #[inline]
    pub(crate) fn place(&self, space: SpaceId, place: Place, len: u64) -> Result<Span, VmError> {
        match place {
            Place::Any => self.room(space, len, PAGE_SIZE),
            Place::OwnSegment => self.own_segments(space, len),
            Place::Hint(ea) => {
                let there = page_range(ea, len).map(|range| self.span(space, range));
                match there {
                    Ok(span) if span.is_free() => Ok(span),
                    _ => self.room(space, len, PAGE_SIZE),
                }
            }
            Place::Fixed(ea) => Ok(self.span(space, page_range(ea, len)?)),
            Place::FixedNoReplace(ea) => {
                let span = self.span(space, page_range(ea, len)?);
                span.is_free().then_some(span).ok_or(VmError::Exists)
            }
        }
    }

    /// A place that starts at a multiple of `align`, from the top of memory down.
    ///
    /// # Errors
    /// `NoMemory`.
    pub fn find_room(&self, space: SpaceId, len: u64, align: u64) -> Result<Ea, VmError> {
        self.room(space, len, align).map(|span| span.range.start)
    }

    /// Where no segment is empty any more, any place.
    fn own_segments(&self, space: SpaceId, len: u64) -> Result<Span, VmError> {
        let whole = len.checked_next_multiple_of(SEGMENT_SIZE);
        let span = whole.and_then(|whole| self.room(space, whole, SEGMENT_SIZE).ok());
        let Some(mut span) = span else {
            return self.room(space, len, PAGE_SIZE);
        };
        span.range.end = Ea(span.range.start.0 + len);
        Ok(span)
    }

    /// A segment that has a shared mapping in it gets no other: alone there, its object can
    /// be attached by VSID.
    #[inline]
    fn room(&self, space: SpaceId, len: u64, align: u64) -> Result<Span, VmError> {
        let regions = &self.space(space).regions;
        let (mut below, mut above) = (PLACED_BELOW, regions.iter().len());
        loop {
            let span = regions
                .find_room(below, above, len, align)
                .ok_or(VmError::NoMemory)?;
            match regions.shared_beside(&span) {
                Some(esid) => (below, above) = (esid.start(), span.inside.start),
                None => return Ok(span),
            }
        }
    }
}
