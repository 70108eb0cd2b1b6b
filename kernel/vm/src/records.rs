//! The inverted table: all records, found by VPN, by frame and by segment.
//!
//! Every question that a page table answers is a walk here: VPN to frame by the
//! hash index, frame to all its VPNs by the alias chain, segment to its records
//! by a list. Nothing in this file knows of the machine.

use crate::addr::{FrameNo, Vpn};
use crate::aliases::AliasTable;
use crate::frames::FrameTable;
use crate::record::{Alias, AliasNo, Kind, NO_ALIAS, Record, RecordId};
use crate::segment::Segment;
use alloc::vec::Vec;

/// The frame table, the aliases, and the one hash index over both.
pub(crate) struct Records {
    pub frames: FrameTable,
    pub aliases: AliasTable,
    /// The hash anchor table: heads of chains. A power of two.
    anchors: Vec<RecordId>,
    /// 64 less the logarithm of that power.
    shift: u32,
}

impl Records {
    /// Tables for `frames` frames and at most `aliases` aliases. One anchor a
    /// frame keeps the chains at one record or two.
    pub fn new(frames: u32, aliases: u32) -> Records {
        let anchors = (frames.max(2) as usize).next_power_of_two();
        Records {
            frames: FrameTable::new(frames),
            aliases: AliasTable::new(aliases),
            anchors: alloc::vec![RecordId::NONE; anchors],
            shift: u64::BITS - anchors.trailing_zeros(),
        }
    }

    #[inline(always)]
    pub fn get(&self, id: RecordId) -> &Record {
        match id.kind() {
            Kind::Name(frame) => &self.frames.row(frame).record,
            Kind::Alias(no) => &self.aliases.get(no).record,
        }
    }

    #[inline(always)]
    pub fn get_mut(&mut self, id: RecordId) -> &mut Record {
        match id.kind() {
            Kind::Name(frame) => &mut self.frames.row_mut(frame).record,
            Kind::Alias(no) => &mut self.aliases.get_mut(no).record,
        }
    }

    /// The frame that a record reaches.
    #[inline]
    pub fn frame(&self, id: RecordId) -> FrameNo {
        match id.kind() {
            Kind::Name(frame) => frame,
            Kind::Alias(no) => self.aliases.get(no).frame,
        }
    }

    /// The record of a virtual page. A page never has two.
    #[inline(always)]
    pub fn find(&self, vpn: Vpn) -> Option<RecordId> {
        let mut next = self.anchors[self.anchor(vpn)];
        while let Some(id) = next.some() {
            let record = self.get(id);
            if { record.vpn } == vpn {
                return Some(id);
            }
            next = record.next;
        }
        None
    }

    /// The record of a virtual page if it [holds](Records::holds) it.
    #[inline]
    pub fn find_page(&self, vpn: Vpn) -> Option<RecordId> {
        self.find(vpn).filter(|id| self.holds(*id))
    }

    /// Whether a page is there because of this record: a name or a held alias. A
    /// derived alias only leads to a page that is elsewhere.
    #[inline]
    pub fn holds(&self, id: RecordId) -> bool {
        id.is_name() || self.get(id).is_held()
    }

    /// The first of the held aliases of a frame.
    #[inline]
    pub fn first_held(&self, frame: FrameNo) -> Option<AliasNo> {
        self.first_alias(frame)
            .filter(|no| self.aliases.get(*no).record.is_held())
    }

    /// Makes `vpn` the name of a frame that has none.
    #[inline(always)]
    pub fn name(&mut self, frame: FrameNo, vpn: Vpn, segment: &mut Segment) -> RecordId {
        let id = RecordId::name(frame);
        segment.names += 1;
        self.frames.row_mut(frame).record = self.link(id, vpn, segment);
        id
    }

    /// Takes the name of a frame that has no alias and no PTE, and frees it.
    #[inline(always)]
    pub fn unname(&mut self, frame: FrameNo, segment: &mut Segment) {
        debug_assert!(self.frames.row(frame).aliases == NO_ALIAS);
        segment.names -= 1;
        self.unlink(RecordId::name(frame), segment);
        self.frames.free(frame);
    }

    /// Takes a record without a PTE out of its segment, to be [attached](Self::attach)
    /// at once. The frame of a name keeps its aliases.
    pub fn detach(&mut self, id: RecordId, segment: &mut Segment) {
        *self.counter(id, segment) -= 1;
        self.unlink(id, segment);
    }

    /// Gives a detached record another virtual page.
    pub fn attach(&mut self, id: RecordId, vpn: Vpn, segment: &mut Segment) {
        *self.counter(id, segment) += 1;
        let linked = self.link(id, vpn, segment);
        let record = self.get_mut(id);
        record.vpn = vpn;
        record.next = linked.next;
        record.seg_prev = linked.seg_prev;
        record.seg_next = linked.seg_next;
    }

    /// Where a segment counts records of this kind.
    fn counter<'a>(&self, id: RecordId, segment: &'a mut Segment) -> &'a mut u32 {
        match id.kind() {
            Kind::Name(_) => &mut segment.names,
            Kind::Alias(_) if self.get(id).is_held() => &mut segment.held,
            Kind::Alias(_) => &mut segment.derived,
        }
    }

    /// Makes a derived alias; there must be room for it.
    #[inline(always)]
    pub fn make_derived(&mut self, vpn: Vpn, frame: FrameNo, segment: &mut Segment) -> RecordId {
        segment.derived += 1;
        match self.first_held(frame) {
            None => self.add_alias(vpn, frame, None, segment),
            Some(first) => self.add_after_held(vpn, frame, first, segment),
        }
    }

    #[inline(never)]
    fn add_after_held(
        &mut self,
        vpn: Vpn,
        frame: FrameNo,
        first: AliasNo,
        segment: &mut Segment,
    ) -> RecordId {
        let last = core::iter::successors(Some(first), |no| self.next_held(*no)).last();
        self.add_alias(vpn, frame, last, segment)
    }

    /// Makes a held alias; there must be room for it. Held ones come first in a
    /// frame's chain, so that it is seen at once whether there are any.
    pub fn make_held(&mut self, vpn: Vpn, frame: FrameNo, segment: &mut Segment) {
        segment.held += 1;
        let id = self.add_alias(vpn, frame, None, segment);
        self.get_mut(id).hold();
    }

    fn next_held(&self, no: AliasNo) -> Option<AliasNo> {
        let next = self.next_alias(no)?;
        self.aliases.get(next).record.is_held().then_some(next)
    }

    /// The alias after `no` in the chain of its frame.
    pub fn next_alias(&self, no: AliasNo) -> Option<AliasNo> {
        let next = self.aliases.get(no).next;
        (next != NO_ALIAS).then_some(AliasNo(next))
    }

    /// Makes an alias, in the chain of its frame after `prev`, or as the first.
    #[inline(always)]
    fn add_alias(
        &mut self,
        vpn: Vpn,
        frame: FrameNo,
        prev: Option<AliasNo>,
        segment: &mut Segment,
    ) -> RecordId {
        let no = self.aliases.allocate();
        let link = match prev {
            Some(prev) => &mut self.aliases.get_mut(prev).next,
            None => &mut self.frames.row_mut(frame).aliases,
        };
        let next = core::mem::replace(link, no.0);
        if next != NO_ALIAS {
            self.aliases.get_mut(AliasNo(next)).prev = no.0;
        }
        let id = RecordId::alias(no);
        let record = self.link(id, vpn, segment);
        *self.aliases.get_mut(no) = Alias {
            record,
            frame,
            prev: prev.map_or(NO_ALIAS, |prev| prev.0),
            next,
        };
        id
    }

    /// Drops an alias that has no PTE.
    pub fn drop_alias(&mut self, no: AliasNo, segment: &mut Segment) {
        *self.counter(RecordId::alias(no), segment) -= 1;
        self.unlink(RecordId::alias(no), segment);
        let alias = *self.aliases.get(no);
        match alias.prev {
            NO_ALIAS => self.frames.row_mut(alias.frame).aliases = alias.next,
            prev => self.aliases.get_mut(AliasNo(prev)).next = alias.next,
        }
        if alias.next != NO_ALIAS {
            self.aliases.get_mut(AliasNo(alias.next)).prev = alias.prev;
        }
        self.aliases.free(no);
    }

    /// The first alias of a frame, a held one if there is one.
    #[inline]
    pub fn first_alias(&self, frame: FrameNo) -> Option<AliasNo> {
        let head = self.frames.row(frame).aliases;
        (head != NO_ALIAS).then_some(AliasNo(head))
    }

    /// The records of a segment, the newest first.
    pub fn of(&self, segment: &Segment) -> impl Iterator<Item = RecordId> {
        let next = |id: &RecordId| { self.get(*id).seg_next }.some();
        core::iter::successors(segment.head.some(), next)
    }

    /// Records in all chains of the index, for the auditor.
    pub fn indexed(&self) -> u32 {
        let chain = |head: RecordId| {
            core::iter::successors(head.some(), |id| { self.get(*id).next }.some()).count()
        };
        self.anchors.iter().map(|head| chain(*head) as u32).sum()
    }

    /// Puts `id` into the index and into the list of its segment, and gives the record that
    /// it has to have then, without a PTE.
    #[inline(always)]
    fn link(&mut self, id: RecordId, vpn: Vpn, segment: &mut Segment) -> Record {
        segment.has_got(vpn.page());
        let anchor = self.anchor(vpn);
        let chain = core::mem::replace(&mut self.anchors[anchor], id);
        let head = core::mem::replace(&mut segment.head, id);
        if let Some(head) = head.some() {
            self.get_mut(head).seg_prev = id;
        }
        let mut record = Record::new(vpn);
        (record.next, record.seg_next) = (chain, head);
        record
    }

    #[inline(always)]
    fn unlink(&mut self, id: RecordId, segment: &mut Segment) {
        let record = *self.get(id);
        self.unchain(id, &record);
        match record.seg_prev.some() {
            None => segment.head = record.seg_next,
            Some(prev) => self.get_mut(prev).seg_next = record.seg_next,
        }
        match record.seg_next.some() {
            Some(next) => self.get_mut(next).seg_prev = record.seg_prev,
            None if segment.head == RecordId::NONE => segment.has_lost_all(),
            None => {}
        }
    }

    #[inline(always)]
    fn unchain(&mut self, id: RecordId, record: &Record) {
        let anchor = self.anchor(record.vpn);
        if self.anchors[anchor] == id {
            self.anchors[anchor] = record.next;
            return;
        }
        let mut at = self.anchors[anchor];
        while { self.get(at).next } != id {
            at = self.get(at).next;
        }
        self.get_mut(at).next = record.next;
    }

    /// Fibonacci hashing: the product's upper bits spread both the pages of one
    /// segment and the same page of many.
    #[inline(always)]
    fn anchor(&self, vpn: Vpn) -> usize {
        let spread = vpn.raw().wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (spread >> self.shift) as usize
    }
}
