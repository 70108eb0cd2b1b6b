//! What a program says of a range that it has mapped: madvise and mlock.

use crate::addr::{Ea, PAGE_SIZE};
use crate::error::{Access, Fault, VmError};
use crate::machine::{Machine, SpaceId};
use crate::map::{page_range, pages_in, round_up};
use crate::region::Flags;
use crate::vm::Vm;
use core::ops::Range;

impl<M: Machine> Vm<M> {
    /// Throws away what a space has of its own in a range: the next touch finds what
    /// the region began with, zero or the object's page (MADV_DONTNEED). Holes are
    /// passed over.
    ///
    /// # Errors
    /// `Invalid` as for [`Vm::map`]; `NoMemory`.
    pub fn clear(&mut self, space: SpaceId, start: Ea, len: u64) -> Result<(), VmError> {
        let range = page_range(start, round_up(len)?)?;
        self.retrying(|vm| vm.clear_range(space, &range))
    }

    /// Sets and clears flags of a range. Holes are passed over.
    ///
    /// # Errors
    /// As for [`Vm::clear`].
    pub fn set_flags(
        &mut self,
        space: SpaceId,
        start: Ea,
        len: u64,
        set: Flags,
        clear: Flags,
    ) -> Result<(), VmError> {
        let range = page_range(start, round_up(len)?)?;
        self.retrying(|vm| vm.change_flags(space, &range, |flags| (flags - clear) | set))
    }

    /// Touches every page of a range, so that later touches fault no more.
    ///
    /// # Errors
    /// What the first touch that cannot be had gives.
    pub fn populate(
        &mut self,
        space: SpaceId,
        start: Ea,
        len: u64,
        access: Access,
    ) -> Result<(), Fault> {
        let range = page_range(start, round_up(len)?)?;
        let mut pages = (range.start.0..range.end.0).step_by(PAGE_SIZE as usize);
        pages.try_for_each(|ea| self.fault(space, Ea(ea), access))
    }

    pub(crate) fn clear_range(&mut self, space: SpaceId, range: &Range<Ea>) -> Result<(), VmError> {
        self.leave_shared(space, range, |_| true)?;
        self.clear_own(space, range);
        Ok(())
    }

    /// The part of [`Vm::clear_range`] that cannot fail.
    pub(crate) fn clear_own(&mut self, space: SpaceId, range: &Range<Ea>) {
        for n in self.space(space).slots_in(range) {
            let slot = self.space(space).slots[n];
            if self.is_private(slot.segment) {
                self.clear_pages(slot.segment, pages_in(slot.esid, range));
            }
        }
    }

    pub(crate) fn change_flags(
        &mut self,
        space: SpaceId,
        range: &Range<Ea>,
        change: impl Fn(Flags) -> Flags,
    ) -> Result<(), VmError> {
        let span = self.span(space, range.clone());
        let regions = self.space(space).regions.inside(&span);
        if regions
            .iter()
            .all(|region| change(region.flags) == region.flags)
        {
            return Ok(());
        }
        self.leave_shared(space, range, |_| true)?;
        let splits = self.space(space).regions.splits(&span);
        self.regions_mut(space, splits)?
            .change(&span, |region| region.flags = change(region.flags));
        Ok(())
    }
}
