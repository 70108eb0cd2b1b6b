//! Stacks that grow: a region with [`Flags::GROWS_DOWN`] takes in the page below it
//! when that is touched.

use crate::addr::Ea;
use crate::error::Fault;
use crate::machine::{Machine, SpaceId};
use crate::region::{Flags, Region};
use crate::regions::{LOWEST, STACK_GAP};
use crate::vm::Vm;

impl<M: Machine> Vm<M> {
    /// The region that `ea` lies in, or does once a stack has grown.
    #[inline]
    pub(crate) fn region_at(&mut self, space: SpaceId, ea: Ea) -> Result<Region, Fault> {
        match self.space(space).regions.find(ea) {
            Some(region) => Ok(*region),
            None => self.grow_stack(space, ea),
        }
    }

    #[cold]
    #[inline(never)]
    fn grow_stack(&mut self, id: SpaceId, ea: Ea) -> Result<Region, Fault> {
        let added = self.growth(id, ea).ok_or(Fault::NotMapped)?;
        let range = added.start..added.end;
        // A stack that may not grow is a fault of its program, not want of memory
        // (setrlimit(2), RLIMIT_AS).
        self.within_bounds(id, &added, &self.span(id, range.clone()))
            .map_err(|_| Fault::NotMapped)?;
        self.leave_shared(id, &range, |_| true)?;
        self.regions_mut(id, 1)?.insert(added);
        self.drop_object_slots(id, &range);
        Ok(*self.space(id).regions.find(ea).expect("just added"))
    }

    /// What the region above `ea` would grow by, if it may: as far as its bound says,
    /// and not up to its neighbour (Linux, mm/mmap.c, expand_downwards).
    fn growth(&self, id: SpaceId, ea: Ea) -> Option<Region> {
        let space = self.space(id);
        let (below, above) = space.regions.neighbours(ea);
        let above = above.filter(|region| region.flags.contains(Flags::GROWS_DOWN))?;
        let start = ea.floor();
        let floor = below.map_or(LOWEST.0, |region| match region.prot.is_empty() {
            true => region.end.0,
            false => region.end.0 + STACK_GAP,
        });
        let fits = start.0 >= floor && above.end.0 - start.0 <= space.bounds.stack;
        fits.then_some(Region {
            start,
            end: above.start,
            ..*above
        })
    }
}
