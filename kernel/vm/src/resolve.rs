//! Accesses of the kernel itself to a program's memory: by the frame, without a PTE.

use crate::addr::{Ea, FrameNo};
use crate::error::{Access, Fault};
use crate::machine::{Key, Machine, Noted, Pp, SpaceId};
use crate::record::RecordId;
use crate::vm::Vm;

impl<M: Machine> Vm<M> {
    /// Makes the access possible for the kernel itself, which reaches the frame
    /// in its own way: no PTE is entered. The frame is good until the next call
    /// of anything here.
    ///
    /// # Errors
    /// As for [`Vm::fault`].
    #[inline]
    pub fn resolve(&mut self, space: SpaceId, ea: Ea, access: Access) -> Result<FrameNo, Fault> {
        let record = match self.entered(space, ea, access) {
            Some(record) => record,
            None => self.make_ready(space, ea, access)?,
        };
        let changed = match access {
            Access::Write => Noted::CHANGED,
            Access::Read | Access::Fetch => Noted::empty(),
        };
        self.records
            .get_mut(record)
            .note(Noted::REFERENCED | changed);
        Ok(self.records.frame(record))
    }

    /// The record of a page whose PTE and slot let the program have the access: the
    /// processor would not even ask.
    #[inline]
    fn entered(&self, space: SpaceId, ea: Ea, access: Access) -> Option<RecordId> {
        let slot = self.space(space).slot(ea.esid())?;
        let id = self.own(slot.segment, ea.page())?;
        let record = self.records.get(id);
        record.pte()?;
        let allowed = match (access, record.rights().pp) {
            (Access::Read, _) | (Access::Write, Pp::ReadWrite) => true,
            (Access::Write, Pp::ByKey) => slot.key == Key::Zero,
            (Access::Write, Pp::ReadOnly) | (Access::Fetch, _) => false,
        };
        allowed.then_some(id)
    }

    /// Makes the page ready, as for [`Vm::fault`], and gives its record.
    #[inline(never)]
    fn make_ready(&mut self, space: SpaceId, ea: Ea, access: Access) -> Result<RecordId, Fault> {
        let ready = self.retrying(|vm| {
            let (slot, region) = vm.place_at(space, ea, access)?;
            vm.ready(space, &slot, &region, ea, access)
        })?;
        Ok(ready.record)
    }
}
