//! Giving pages to segments and taking them away: a record with its PTE.

use crate::addr::{FrameNo, Page, Vpn};
use crate::aliases::Room;
use crate::error::VmError;
use crate::machine::Machine;
use crate::record::{AliasNo, Kind, RecordId};
use crate::segment::SegNo;
use crate::vm::Vm;

/// What happens to the PTE of a record that goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PteFate {
    /// It is removed: its segment lives on.
    Remove,
    /// It is removed with others, when [`Vm::remove_leaving`] is called.
    RemoveLater,
    /// It is left behind: its segment is about to die.
    Abandon,
}

impl<M: Machine> Vm<M> {
    /// A zero page, named `page` of `segment`.
    #[inline(always)]
    pub(crate) fn fill_zero(&mut self, segment: SegNo, page: Page) -> Result<FrameNo, VmError> {
        let frame = self.records.frames.allocate().ok_or(VmError::NoMemory)?;
        self.machine.zero(frame);
        self.stat.zero_fills += 1;
        self.name(frame, segment, page);
        Ok(frame)
    }

    /// A copy of the frame `from`, named `page` of `segment`. What stood there goes.
    pub(crate) fn fill_copy(
        &mut self,
        from: FrameNo,
        segment: SegNo,
        page: Page,
    ) -> Result<FrameNo, VmError> {
        let frame = self.records.frames.allocate().ok_or(VmError::NoMemory)?;
        self.machine.copy(from, frame);
        self.stat.copies += 1;
        if let Some(old) = self.own(segment, page) {
            self.discard(old, PteFate::Remove);
        }
        self.name(frame, segment, page);
        Ok(frame)
    }

    #[inline(always)]
    fn name(&mut self, frame: FrameNo, segment: SegNo, page: Page) {
        let segment = self.segments.get_mut(segment);
        self.records.name(frame, segment.vpn(page), segment);
    }

    /// Moves a record from `from` to the same page of `to`.
    pub(crate) fn rename(&mut self, id: RecordId, from: SegNo, to: SegNo, fate: PteFate) {
        let page = self.vpn(id).page();
        self.rename_to(id, from, to, page, fate);
    }

    /// Moves a record from `from` to `page` of `to`, which may be the same segment.
    pub(crate) fn rename_to(
        &mut self,
        id: RecordId,
        from: SegNo,
        to: SegNo,
        page: Page,
        fate: PteFate,
    ) {
        self.end_pte(id, fate);
        self.records.detach(id, self.segments.get_mut(from));
        let to = self.segments.get_mut(to);
        self.records.attach(id, to.vpn(page), to);
    }

    /// A derived alias of `frame` at `page` of `segment`.
    pub(crate) fn add_alias(
        &mut self,
        frame: FrameNo,
        segment: SegNo,
        page: Page,
    ) -> Result<RecordId, VmError> {
        self.make_room_for_alias()?;
        let segment = self.segments.get_mut(segment);
        Ok(self.records.make_derived(segment.vpn(page), frame, segment))
    }

    /// A held alias of `frame` at `page` of `segment`. From now on nobody may write
    /// to the frame: the caller sees to the PTEs.
    pub(crate) fn add_held(
        &mut self,
        frame: FrameNo,
        segment: SegNo,
        page: Page,
    ) -> Result<(), VmError> {
        self.make_room_for_alias()?;
        let segment = self.segments.get_mut(segment);
        self.records.make_held(segment.vpn(page), frame, segment);
        Ok(())
    }

    fn make_room_for_alias(&mut self) -> Result<(), VmError> {
        match self.records.aliases.room() {
            Room::Free => {}
            Room::After(oldest) => self.drop_alias(oldest, PteFate::Remove),
            Room::Full => return Err(VmError::NoMemory),
        }
        self.stat.aliases_made += 1;
        Ok(())
    }

    /// Drops a record: an alias, or a name. Its frame goes with it, unless a held
    /// alias says that somebody else has the page too.
    pub(crate) fn discard(&mut self, id: RecordId, fate: PteFate) {
        self.discard_of(self.segment_of(id), id, fate);
    }

    /// The same for a record that is known to be one of `segment`.
    #[inline]
    pub(crate) fn discard_of(&mut self, segment: SegNo, id: RecordId, fate: PteFate) {
        match id.kind() {
            Kind::Alias(no) => self.drop_alias_of(segment, no, fate),
            Kind::Name(frame) => self.free_frame(segment, frame, fate),
        }
    }

    pub(crate) fn drop_alias(&mut self, no: AliasNo, fate: PteFate) {
        let segment = self.segment_of(RecordId::alias(no));
        self.drop_alias_of(segment, no, fate);
    }

    fn drop_alias_of(&mut self, segment: SegNo, no: AliasNo, fate: PteFate) {
        self.end_pte(RecordId::alias(no), fate);
        self.records.drop_alias(no, self.segments.get_mut(segment));
    }

    #[inline(always)]
    fn free_frame(&mut self, segment: SegNo, frame: FrameNo, fate: PteFate) {
        if self.records.first_alias(frame).is_some() {
            self.drop_derived(frame);
            if let Some(held) = self.records.first_held(frame) {
                return self.promote(frame, held, fate);
            }
        }
        self.end_pte(RecordId::name(frame), fate);
        self.records.unname(frame, self.segments.get_mut(segment));
    }

    /// Drops the derived aliases of a frame whose name goes: they were found through
    /// that name. They lie in segments that live on, so their PTEs go too.
    #[inline(never)]
    pub(crate) fn drop_derived(&mut self, frame: FrameNo) {
        let mut next = self.records.first_alias(frame);
        while let Some(no) = next {
            next = self.records.next_alias(no);
            if !self.records.aliases.get(no).record.is_held() {
                self.drop_alias(no, PteFate::Remove);
            }
        }
    }

    /// Makes a held alias the name of its frame. The alias's PTE becomes the name's.
    #[inline(never)]
    fn promote(&mut self, frame: FrameNo, held: AliasNo, fate: PteFate) {
        self.stat.promotions += 1;
        self.end_pte(RecordId::name(frame), fate);
        let (alias, name) = (RecordId::alias(held), RecordId::name(frame));
        let record = *self.records.get(alias);
        let (from, to) = (self.segment_of(name), self.segment_of(alias));
        self.records.drop_alias(held, self.segments.get_mut(to));
        self.records.detach(name, self.segments.get_mut(from));
        let to = self.segments.get_mut(to);
        self.records.attach(name, record.vpn, to);
        if let Some(slot) = record.pte() {
            self.records.get_mut(name).entered(slot, record.rights());
            self.htab.set_owner(slot, name);
        }
    }

    #[inline]
    fn end_pte(&mut self, id: RecordId, fate: PteFate) {
        match fate {
            PteFate::Remove => self.remove_pte(id),
            PteFate::RemoveLater => self.leave_pte(id),
            PteFate::Abandon => self.abandon_pte(id),
        }
    }

    /// Discards all records of a segment that dies.
    pub(crate) fn discard_all(&mut self, segment: SegNo) {
        while let Some(id) = { self.segments.get(segment).head }.some() {
            self.discard_of(segment, id, PteFate::Abandon);
        }
    }

    /// The record of a page in this segment itself.
    #[inline(always)]
    pub(crate) fn own(&self, segment: SegNo, page: Page) -> Option<RecordId> {
        let row = self.segments.get(segment);
        match row.may_have(page) {
            true => self.records.find(row.vpn(page)),
            false => None,
        }
    }

    /// The record that holds a page in this segment itself.
    #[inline]
    pub(crate) fn own_page(&self, segment: SegNo, page: Page) -> Option<RecordId> {
        self.own(segment, page).filter(|id| self.records.holds(*id))
    }

    #[inline]
    pub(crate) fn vpn(&self, id: RecordId) -> Vpn {
        self.records.get(id).vpn
    }

    /// The segment that a record is in the list of.
    #[inline]
    pub(crate) fn segment_of(&self, id: RecordId) -> SegNo {
        self.segments
            .by_vsid(self.vpn(id).vsid())
            .expect("a record's segment is live")
    }

    /// The records of a segment in `pages`: by its list when that is short, else
    /// page by page. `visit` may discard the record that it is given, and no
    /// other of this segment.
    pub(crate) fn for_each_record(
        &mut self,
        segment: SegNo,
        pages: core::ops::Range<u32>,
        mut visit: impl FnMut(&mut Self, RecordId),
    ) {
        if self.segments.get(segment).records() > pages.len() as u32 {
            for page in pages.map(Page) {
                if let Some(id) = self.own(segment, page) {
                    visit(self, id);
                }
            }
            return;
        }
        let mut next = self.segments.get(segment).head;
        while let Some(id) = next.some() {
            next = self.records.get(id).seg_next;
            if pages.contains(&self.vpn(id).page().0) {
                visit(self, id);
            }
        }
    }
}
