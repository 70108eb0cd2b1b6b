//! How much a space may map: the part of setrlimit(2) that is about memory.

use crate::addr::Ea;
use crate::error::VmError;
use crate::machine::{Machine, SpaceId};
use crate::region::{Prot, Region};
use crate::space::Space;
use crate::span::Span;
use crate::vm::Vm;
use core::ops::Range;

/// Bounds of one space, in bytes. What is mapped already stays mapped when they are
/// lowered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// All that is mapped: RLIMIT_AS.
    pub address_space: u64,
    /// Private memory that can be written, but for stacks: RLIMIT_DATA.
    pub data: u64,
    /// A region that grows downwards: RLIMIT_STACK.
    pub stack: u64,
}

impl Bounds {
    /// No bounds.
    pub const NONE: Bounds = Bounds {
        address_space: u64::MAX,
        data: u64::MAX,
        stack: u64::MAX,
    };
}

impl<M: Machine> Vm<M> {
    /// Sets how much a space may map from now on. A fork has the same bounds.
    pub fn set_bounds(&mut self, space: SpaceId, bounds: Bounds) {
        self.space_mut(space).bounds = bounds;
    }

    /// `NoMemory` if `region`, in place of what is mapped in `instead`, is too much.
    #[inline]
    pub(crate) fn within_bounds(
        &self,
        space: SpaceId,
        region: &Region,
        instead: &Span,
    ) -> Result<(), VmError> {
        let Bounds {
            address_space,
            data,
            ..
        } = self.space(space).bounds;
        match address_space.min(data) {
            u64::MAX => Ok(()),
            _ => self.count_within_bounds(space, region, instead),
        }
    }

    #[inline(never)]
    fn count_within_bounds(
        &self,
        space: SpaceId,
        region: &Region,
        instead: &Span,
    ) -> Result<(), VmError> {
        let space = self.space(space);
        let total = |counts: &dyn Fn(&Region) -> bool| {
            let replaced = space.regions.inside(instead).iter();
            let replaced = replaced.map(|old| old.clip(&instead.range));
            let goes: u64 = replaced
                .filter(|old| counts(old))
                .map(|old| old.bytes())
                .sum();
            space.regions.total(counts) - goes
        };
        let fits = |bound: u64, counts: &dyn Fn(&Region) -> bool| {
            bound == u64::MAX || !counts(region) || total(counts) + region.bytes() <= bound
        };
        let Bounds {
            address_space,
            data,
            ..
        } = space.bounds;
        if fits(address_space, &|_| true) && fits(data, &Region::is_data) {
            Ok(())
        } else {
            Err(VmError::NoMemory)
        }
    }

    /// `NoMemory` if it is too much to make all of `range` writable.
    pub(crate) fn may_become_data(&self, id: SpaceId, range: &Range<Ea>) -> Result<(), VmError> {
        let Space {
            regions, bounds, ..
        } = self.space(id);
        if bounds.data == u64::MAX {
            return Ok(());
        }
        let writable = |region: &Region| Region {
            prot: region.prot | Prot::WRITE,
            ..region.clip(range)
        };
        let inside = regions.overlapping(range).iter();
        let added = inside.filter(|region| !region.is_data()).map(writable);
        let added: u64 = added
            .filter(Region::is_data)
            .map(|region| region.bytes())
            .sum();
        if added > 0 && regions.total(Region::is_data) + added > bounds.data {
            return Err(VmError::NoMemory);
        }
        Ok(())
    }
}
