//! Faults: what an access needs, decided from regions, slots and records alone.
//!
//! The hardware's reason for a fault is not looked at. It may be stale, and the
//! HTAB may have lost an entry at any time: what counts is what is written down.
//!
//! What every fault passes through is inlined into one function. What few do stands apart,
//! for else all of them would save the registers that it needs.

use crate::addr::{Ea, FrameNo, Page};
use crate::error::{Access, Fault, VmError};
use crate::machine::{Fetch, Key, Machine, Pp, Rights, SpaceId};
use crate::pages::PteFate;
use crate::record::RecordId;
use crate::region::{Prot, Region, Source};
use crate::segment::{SegNo, Use};
use crate::space::Slot;
use crate::vm::Vm;

/// A page made ready: its record, and what its PTE may allow.
#[derive(Clone, Copy)]
pub(crate) struct Ready {
    pub record: RecordId,
    rights: Rights,
    came: Came,
}

/// Where a page that is made ready comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Came {
    /// It was in memory: its neighbours may be, too.
    Found,
    /// It was filled with zero for this access: the next ones may be wanted soon.
    Filled,
    /// It was copied for this access.
    Copied,
}

/// What the PTE of a page attached by VSID allows: each space's slot says what it may do.
pub(crate) const ATTACHED: Rights = Rights {
    pp: Pp::ByKey,
    fetch: Fetch::Never,
};

impl<M: Machine> Vm<M> {
    /// Makes the access possible, and enters the page's PTE.
    ///
    /// # Errors
    /// What the process has to be told by a signal.
    pub fn fault(&mut self, space: SpaceId, ea: Ea, access: Access) -> Result<(), Fault> {
        self.stat.faults += 1;
        self.retrying(|vm| vm.try_fault(space, ea, access))
    }

    #[inline(never)]
    fn try_fault(&mut self, space: SpaceId, ea: Ea, access: Access) -> Result<(), Fault> {
        let (slot, region) = self.place_at(space, ea, access)?;
        let ready = self.ready(space, &slot, &region, ea, access)?;
        self.enter(ready.record, ready.rights);
        match ready.came {
            Came::Found => self.enter_around(space, &region, ea),
            Came::Filled => self.fill_ahead(space, &region, ea, ready.rights),
            Came::Copied => self.copy_ahead(space, &region, ea, ready.rights),
        }
        Ok(())
    }

    /// The slot and the region that `ea` lies in.
    #[inline(always)]
    pub(crate) fn place_at(
        &mut self,
        id: SpaceId,
        ea: Ea,
        access: Access,
    ) -> Result<(Slot, Region), Fault> {
        loop {
            let space = self.space(id);
            match (space.slot(ea.esid()), space.regions.find(ea)) {
                (Some(slot), Some(region)) => return Ok((*slot, *region)),
                _ => self.make_place(id, ea, access)?,
            }
        }
    }

    /// Lets a stack grow to `ea`, or makes the slot of a region's first touch.
    #[cold]
    #[inline(never)]
    fn make_place(&mut self, id: SpaceId, ea: Ea, access: Access) -> Result<(), Fault> {
        // A slot would let the program read what others have of an object there.
        if !self.region_at(id, ea)?.allows(access) {
            return Err(Fault::NotPermitted);
        }
        self.slot(id, ea.esid()).map(drop)
    }

    #[inline(always)]
    pub(crate) fn ready(
        &mut self,
        space: SpaceId,
        slot: &Slot,
        region: &Region,
        ea: Ea,
        access: Access,
    ) -> Result<Ready, Fault> {
        if !region.allows(access) {
            return Err(Fault::NotPermitted);
        }
        if matches!(self.segments.get(slot.segment).used, Use::Object(_)) {
            return self.attached_page(slot.segment, region, ea);
        }
        match (region.source, access) {
            (Source::Shared { .. }, _) => self.shared_page(slot.segment, region, ea),
            (_, Access::Write) => self.page_to_write(space, slot, region, ea),
            _ => self.page_to_read(slot.segment, region, ea),
        }
    }

    /// A page of an object attached by VSID: the PTE that serves all who hold
    /// it. Each one's slot says what it may do with it.
    #[inline(never)]
    fn attached_page(&mut self, segment: SegNo, region: &Region, ea: Ea) -> Result<Ready, Fault> {
        let (record, came) = match self.own(segment, ea.page()) {
            Some(record) => (record, Came::Found),
            None => {
                let object = region.source.object().expect("an object's region");
                let page = region.object_page(ea).expect("an object's region");
                let frame = self.fill_object(object, segment, page)?;
                (RecordId::name(frame), Came::Filled)
            }
        };
        Ok(Ready {
            record,
            rights: ATTACHED,
            came,
        })
    }

    /// Whether a page was found, if `fills` had been filled before.
    fn came(&self, fills: u64) -> Came {
        if self.stat.zero_fills == fills {
            Came::Found
        } else {
            Came::Filled
        }
    }

    /// A page of an object inside a private segment: an alias. It changes nothing
    /// that anyone sees, so it may be made in a segment that others hold too.
    #[inline(never)]
    fn shared_page(&mut self, segment: SegNo, region: &Region, ea: Ea) -> Result<Ready, Fault> {
        let fills = self.stat.zero_fills;
        let record = match self.own(segment, ea.page()) {
            Some(record) => self.soft(record),
            None => {
                let frame = self.source_frame(region, ea)?.expect("a shared region");
                self.add_alias(frame, segment, ea.page())?
            }
        };
        Ok(self.ready_page(record, region, self.came(fills)))
    }

    /// The frame that a page has before anyone has written it privately, if its
    /// region is one of an object.
    fn source_frame(&mut self, region: &Region, ea: Ea) -> Result<Option<FrameNo>, Fault> {
        match (region.source.object(), region.object_page(ea)) {
            (Some(object), Some(page)) => self.object_frame(object, page).map(Some),
            _ => Ok(None),
        }
    }

    /// A private page to be read. What a shadow or an object has is reached by an
    /// alias that nobody may write through.
    #[inline(never)]
    fn page_to_read(&mut self, segment: SegNo, region: &Region, ea: Ea) -> Result<Ready, Fault> {
        let page = ea.page();
        if let Some(record) = self.own(segment, page) {
            let record = self.soft(record);
            return Ok(self.ready_page(record, region, Came::Found));
        }
        let fills = self.stat.zero_fills;
        let found = match self.visible_below(segment, page) {
            Some((_, record)) => Some(self.records.frame(record)),
            None => self.source_frame(region, ea)?,
        };
        let record = match found {
            Some(frame) => self.add_alias(frame, segment, page)?,
            None => RecordId::name(self.fill_zero(segment, page)?),
        };
        Ok(self.ready_page(record, region, self.came(fills)))
    }

    /// The frame that a page has in the shadows or in its object, if it is there: what
    /// [`page_to_read`](Self::page_to_read) or [`shared_page`](Self::shared_page) would find.
    #[inline]
    pub(crate) fn frame_below(&self, segment: SegNo, region: &Region, ea: Ea) -> Option<FrameNo> {
        if !region.source.is_shared()
            && let Some((_, record)) = self.visible_below(segment, ea.page())
        {
            return Some(self.records.frame(record));
        }
        self.object_page_if_there(region.source.object()?, region.object_page(ea)?)
    }

    /// A private page to be written: under its own name, in a segment that is
    /// this space's alone.
    #[inline(always)]
    fn page_to_write(
        &mut self,
        space: SpaceId,
        slot: &Slot,
        region: &Region,
        ea: Ea,
    ) -> Result<Ready, Fault> {
        let segment = self.make_own(space, slot)?;
        let fills = self.stat.zero_fills;
        let frame = match self.own(segment, ea.page()) {
            Some(own) if self.is_own(Some(own)) => {
                let own = self.soft(own);
                return Ok(self.ready_page(own, region, Came::Found));
            }
            None if self.segments.get(segment).shadow.is_none() => {
                self.take_source(segment, region, ea)?
            }
            own => match self.take_inherited(segment, ea.page(), own)? {
                Some(frame) => frame,
                None => self.take_source(segment, region, ea)?,
            },
        };
        let came = match self.came(fills) {
            Came::Filled => Came::Filled,
            _ => Came::Copied,
        };
        Ok(self.ready_page(RecordId::name(frame), region, came))
    }

    /// The page that the region begins with, under a name in `segment`.
    #[inline(always)]
    fn take_source(&mut self, segment: SegNo, region: &Region, ea: Ea) -> Result<FrameNo, Fault> {
        let page = ea.page();
        match self.source_to_copy(region, ea)? {
            Some(frame) => Ok(self.copy_on_write(frame, segment, page)?),
            None => Ok(self.fill_zero(segment, page)?),
        }
    }

    /// What a page begins with that is about to be written: `None` is zero. A hole of
    /// an object stays one.
    #[inline(always)]
    fn source_to_copy(&self, region: &Region, ea: Ea) -> Result<Option<FrameNo>, Fault> {
        let (Some(object), Some(page)) = (region.source.object(), region.object_page(ea)) else {
            return Ok(None);
        };
        if page >= self.object_pages(object) {
            return Err(Fault::PastEnd);
        }
        Ok(self.object_page_if_there(object, page))
    }

    /// A page that the segment or its shadows have, under a name in `segment` that nobody else
    /// has: taken over from a shadow if nobody else can see it there, else copied. `None` if
    /// they have not got it. `own` is the segment's own record of the page.
    pub(crate) fn take_inherited(
        &mut self,
        segment: SegNo,
        page: Page,
        own: Option<RecordId>,
    ) -> Result<Option<FrameNo>, VmError> {
        let held = own.filter(|record| self.records.holds(*record));
        let held = held.map(|record| (segment, record));
        let Some((at, record)) = held.or_else(|| self.visible_below(segment, page)) else {
            return Ok(None);
        };
        let frame = self.records.frame(record);
        let last = at != segment && self.is_last_to_see(segment, at, page);
        if last && record.is_name() && !self.has_held(record) {
            self.stat.renames += 1;
            self.drop_derived(frame);
            self.rename(record, at, segment, PteFate::Remove);
            return Ok(Some(frame));
        }
        let copy = self.copy_on_write(frame, segment, page)?;
        if last {
            self.discard(record, PteFate::Remove);
        }
        Ok(Some(copy))
    }

    /// Whether this is the record of a page that its segment has for itself: it may be
    /// written by whoever has the segment.
    #[inline(always)]
    pub(crate) fn is_own(&self, record: Option<RecordId>) -> bool {
        record.is_some_and(|id| id.is_name() && !self.has_held(id))
    }

    /// Whether somebody else has the frame of this record too, by a held alias: then
    /// nobody may write to it.
    #[inline(always)]
    fn has_held(&self, record: RecordId) -> bool {
        self.records
            .first_held(self.records.frame(record))
            .is_some()
    }

    /// The copy of copy-on-write: where a debugger may want to stop.
    #[inline(never)]
    fn copy_on_write(
        &mut self,
        from: FrameNo,
        segment: SegNo,
        page: Page,
    ) -> Result<FrameNo, VmError> {
        self.fill_copy(from, segment, page)
    }

    /// Sees to it that the slot's segment has this space as its only referrer,
    /// and its key is 0. Returns the segment.
    #[inline(always)]
    pub(crate) fn make_own(&mut self, space: SpaceId, slot: &Slot) -> Result<SegNo, VmError> {
        let row = self.segments.get(slot.segment);
        if row.refs() > 1 {
            return self.move_away(space, slot);
        }
        let folds = row
            .shadow
            .is_some_and(|shadow| self.segments.get(shadow).refs() == 1);
        if !folds && slot.key == Key::Zero {
            return Ok(slot.segment);
        }
        Ok(self.take_back(space, slot))
    }

    /// A space is the only one left that refers to the slot's segment.
    #[inline(never)]
    fn take_back(&mut self, space: SpaceId, slot: &Slot) -> SegNo {
        self.fold(space, slot.esid);
        let slot = *self.space(space).slot(slot.esid).expect("the same slot");
        if slot.key == Key::One {
            self.stat.keys_cleared += 1;
            self.change_slot(space, slot.esid, slot.segment, Key::Zero);
        }
        slot.segment
    }

    /// Moves a space to a fresh segment above one that others refer to as well.
    #[inline(never)]
    pub(crate) fn move_away(&mut self, space: SpaceId, slot: &Slot) -> Result<SegNo, VmError> {
        let fresh = self.above(slot.segment)?;
        self.stat.moves += 1;
        self.change_slot(space, slot.esid, fresh, Key::Zero);
        Ok(fresh)
    }

    #[inline]
    fn soft(&mut self, record: RecordId) -> RecordId {
        self.stat.soft_faults += 1;
        record
    }

    #[inline]
    fn ready_page(&self, record: RecordId, region: &Region, came: Came) -> Ready {
        Ready {
            record,
            rights: self.rights_of(record, region),
            came,
        }
    }

    /// What the PTE of a record in a private segment may allow.
    ///
    /// A private page may be written under its own name, where the key allows it, if
    /// nobody else has the frame, and never through an alias; a shared one may be
    /// written through aliases only, whatever the key: the segment may be frozen for
    /// the sake of other pages.
    #[inline(always)]
    pub(crate) fn rights_of(&self, record: RecordId, region: &Region) -> Rights {
        let writable = region.prot.contains(Prot::WRITE);
        let pp = match region.source {
            Source::Shared { .. } if writable => Pp::ReadWrite,
            Source::Zero | Source::Private { .. }
                if writable && record.is_name() && !self.has_held(record) =>
            {
                Pp::ByKey
            }
            _ => Pp::ReadOnly,
        };
        let fetch = if region.prot.contains(Prot::EXEC) {
            Fetch::Allowed
        } else {
            Fetch::Never
        };
        Rights { pp, fetch }
    }
}
