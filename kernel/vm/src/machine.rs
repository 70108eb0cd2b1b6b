//! What the virtual memory needs of the machine, and nothing more.
//!
//! The same code runs on a table kept by the hypervisor, on a table in our own
//! memory, and on a small one inside a host test: each is a [`Machine`].

use crate::addr::{Esid, FrameNo, Vpn, Vsid};
use alloc::string::String;
use alloc::vec::Vec;
use bitflags::bitflags;

/// Page protection: the PP bits of a PTE. With the segment's key they decide
/// what a program may do (Power ISA v3.0B, Book III, "Basic Storage Protection"). PP
/// 00 never appears in a user's segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Pp {
    /// PP 01: read and write with key 0, read only with key 1.
    ByKey = 0b01,
    /// PP 10: read and write, whatever the key.
    ReadWrite = 0b10,
    /// PP 11: read only, whatever the key.
    ReadOnly = 0b11,
}

/// Whether instructions may be fetched: the N bit of a PTE or of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetch {
    /// N = 0.
    Allowed,
    /// N = 1.
    Never,
}

/// The protection key of a segment. User segments have Ks = Kp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Key 0: [`Pp::ByKey`] pages may be written.
    Zero,
    /// Key 1: they may only be read.
    One,
}

/// What a PTE allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights {
    /// The PP bits.
    pub pp: Pp,
    /// The N bit.
    pub fetch: Fetch,
}

/// A page table entry without the bits that say where it was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pte {
    /// The virtual page that it translates.
    pub vpn: Vpn,
    /// The frame that it translates to.
    pub frame: FrameNo,
    /// What it allows.
    pub rights: Rights,
}

bitflags! {
    /// What the hardware noted in a PTE since it was entered.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Noted: u8 {
        /// R: the page was read, written or executed.
        const REFERENCED = 1;
        /// C: the page was written.
        const CHANGED = 2;
    }
}

/// A place in the hashed page table: group × 8 + position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PteSlot(pub u32);

/// Entries in a page table entry group: a quire of eight leaves.
pub const GROUP: u32 = 8;

/// Which of the two hash functions chose an entry's group: the H bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// H = 0: the group is hash mod groups.
    Primary,
    /// H = 1: the group is the complement of hash, mod groups.
    Secondary,
}

/// A segment table entry, as the SLB holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentEntry {
    /// The segment's name.
    pub vsid: Vsid,
    /// The key, for Ks and Kp alike.
    pub key: Key,
    /// The segment's N bit.
    pub fetch: Fetch,
}

impl SegmentEntry {
    /// Whether whatever was translated by `self` may go on as it is when `new` takes its
    /// place: at worst it allows too little, and the fault that this causes mends it.
    pub fn only_allows_more(self, new: Option<SegmentEntry>) -> bool {
        let raised = SegmentEntry {
            key: Key::Zero,
            ..self
        };
        new == Some(self) || new == Some(raised)
    }
}

/// The number of an address space. Numbers are used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpaceId(pub u32);

/// The machine below the virtual memory.
///
/// All of it is called with the kernel's one lock held. No call can fail: the
/// table slot named is always free for [`enter`](Machine::enter) and taken for
/// the others, and an implementation that finds otherwise must panic.
pub trait Machine {
    /// Groups in the hashed page table: a power of two.
    fn groups(&self) -> u32;

    /// Writes `pte`, with R and C clear, into the free `slot`. The caller has
    /// chosen a slot in the group that `hash` names.
    fn enter(&mut self, slot: PteSlot, pte: &Pte, hash: Hash);

    /// Makes `slot` free. On return no processor translates by it any more.
    /// `vpn` is that of the entry, and is not looked at when the entry's
    /// segment is dead (`None`).
    fn remove(&mut self, slot: PteSlot, vpn: Option<Vpn>) -> Noted;

    /// Makes the slots of these entries free, as [`remove`](Machine::remove) does: several
    /// at once, where the machine can do that for less. `take` is given what was noted in
    /// each, in their order.
    #[inline]
    fn remove_all(
        &mut self,
        entries: impl Iterator<Item = (PteSlot, Option<Vpn>)>,
        take: impl FnMut(Noted),
    ) {
        entries
            .map(|(slot, vpn)| self.remove(slot, vpn))
            .for_each(take);
    }

    /// Changes what the entry in `slot` allows, and nothing else of it. On
    /// return no processor uses the old rights.
    fn protect(&mut self, slot: PteSlot, vpn: Vpn, rights: Rights);

    /// Reads back `slot`: for the auditor and for reports. `None` where the
    /// entry is not valid.
    fn read(&self, slot: PteSlot) -> Option<(Pte, Noted)>;

    /// The program resumed next runs in `space`, whose segment table is `table`, in order
    /// of address. An implementation may load what it likes of that, or leave it to segment
    /// faults.
    fn enter_space(&mut self, space: SpaceId, table: impl Iterator<Item = (Esid, SegmentEntry)>);

    /// The segment table entry of `esid` in `space` was `old` and is now `new`. Where a
    /// processor holds the old one, that is gone on return, with everything
    /// translated through it, unless the new one [only allows
    /// more](SegmentEntry::only_allows_more). An implementation may load the new one at
    /// once or leave it to the next segment fault.
    fn set_segment(
        &mut self,
        space: SpaceId,
        esid: Esid,
        old: Option<SegmentEntry>,
        new: Option<SegmentEntry>,
    );

    /// Nothing of `space` may stay on any processor: it is no more, or none of its
    /// segment table entries is as it was. They are not told one by one then.
    fn forget_space(&mut self, space: SpaceId);

    /// What a processor's lookaside buffers hold that they must not, a line each: for
    /// the auditor. `slot` gives the entry that a space's segment table has.
    fn check_lookaside(&self, slot: &dyn Fn(SpaceId, Esid) -> Option<SegmentEntry>) -> Vec<String>;

    /// Fills `frame` with zero.
    fn zero(&mut self, frame: FrameNo);

    /// Copies the bytes of `from` to `to`.
    fn copy(&mut self, from: FrameNo, to: FrameNo);

    /// Whether the heap is so low that what a process asks for must be refused.
    /// What remains is kept for exits, which make progress with little of it.
    fn heap_is_low(&self) -> bool;
}
