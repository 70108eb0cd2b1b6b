//! A record: one line of the inverted table, for a name or for an alias.
//!
//! A frame's row and an alias begin with the same 28 bytes, so that the hash
//! index, the segment lists and the page table driver see no difference.

use crate::addr::{FrameNo, Vpn};
use crate::machine::{Fetch, Noted, Pp, PteSlot, Rights};

/// The number of an alias in its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AliasNo(pub u32);

/// Which record: a frame's name, an alias, or none. It fits in the 32 bits that
/// a link of the inverted table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecordId(u32);

/// A [`RecordId`] taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The name of this frame.
    Name(FrameNo),
    /// This alias.
    Alias(AliasNo),
}

impl RecordId {
    const ALIAS: u32 = 1 << 31;
    /// The end of a list. The two highest numbers are no record: the owner table of the
    /// HTAB has a use for the other one.
    pub const NONE: RecordId = RecordId(u32::MAX);

    /// The record of a frame's name.
    #[inline]
    pub const fn name(frame: FrameNo) -> RecordId {
        RecordId(frame.0)
    }

    /// The record of an alias.
    pub const fn alias(alias: AliasNo) -> RecordId {
        RecordId(alias.0 | Self::ALIAS)
    }

    /// What it identifies; not for [`RecordId::NONE`].
    #[inline]
    pub const fn kind(self) -> Kind {
        if self.0 & Self::ALIAS == 0 {
            Kind::Name(FrameNo(self.0))
        } else {
            Kind::Alias(AliasNo(self.0 & !Self::ALIAS))
        }
    }

    /// Whether it is a frame's name.
    #[inline]
    pub const fn is_name(self) -> bool {
        self.0 & Self::ALIAS == 0
    }

    /// `None` at the end of a list.
    #[inline]
    pub fn some(self) -> Option<RecordId> {
        (self != Self::NONE).then_some(self)
    }

    pub(crate) const fn raw(self) -> u32 {
        self.0
    }

    pub(crate) const fn from_raw(raw: u32) -> RecordId {
        RecordId(raw)
    }
}

/// The part that rows and aliases share. Packed to 4 bytes so that a row of the
/// frame table is 32 bytes. A packed field may not be referred to, so code that
/// calls a method of one copies it first: `{ record.next }.some()`.
#[derive(Clone, Copy, Debug)]
#[repr(C, packed(4))]
pub(crate) struct Record {
    /// The virtual page.
    pub vpn: Vpn,
    /// The next record in the same chain of the hash index; of a free frame,
    /// the next free one.
    pub next: RecordId,
    /// The previous record of the same segment.
    pub seg_prev: RecordId,
    /// The next record of the same segment.
    pub seg_next: RecordId,
    /// Where its PTE is.
    pte: u32,
    /// Flags: see the constants below.
    state: u32,
}

const NO_PTE: u32 = u32::MAX;
const PP_MASK: u32 = 0b011;
const NO_FETCH: u32 = 0b100;
/// R and C, as [`Noted`] has them.
const NOTED_SHIFT: u32 = 3;
const HELD: u32 = 1 << 5;

impl Record {
    /// A record of `vpn` that is in no list and has no PTE.
    #[inline]
    pub const fn new(vpn: Vpn) -> Record {
        Record {
            vpn,
            next: RecordId::NONE,
            seg_prev: RecordId::NONE,
            seg_next: RecordId::NONE,
            pte: NO_PTE,
            state: 0,
        }
    }

    /// Makes it held: nothing but this record says that its page is there.
    pub fn hold(&mut self) {
        self.state |= HELD;
    }

    /// Whether it is an alias that is held.
    #[inline]
    pub fn is_held(&self) -> bool {
        self.state & HELD != 0
    }

    /// Where its PTE is in the HTAB, if it has one.
    #[inline]
    pub fn pte(&self) -> Option<PteSlot> {
        (self.pte != NO_PTE).then_some(PteSlot(self.pte))
    }

    /// Notes that a PTE with `rights` was entered in `slot`.
    #[inline]
    pub fn entered(&mut self, slot: PteSlot, rights: Rights) {
        self.pte = slot.0;
        self.set_rights(rights);
    }

    /// Notes that its PTE now has `rights`.
    #[inline]
    pub fn set_rights(&mut self, rights: Rights) {
        let fetch = if rights.fetch == Fetch::Never {
            NO_FETCH
        } else {
            0
        };
        self.state = self.state & !(PP_MASK | NO_FETCH) | rights.pp as u32 | fetch;
    }

    /// What its PTE allows; of no meaning without one.
    #[inline]
    pub fn rights(&self) -> Rights {
        let pp = match self.state & PP_MASK {
            0b01 => Pp::ByKey,
            0b10 => Pp::ReadWrite,
            _ => Pp::ReadOnly,
        };
        let fetch = if self.state & NO_FETCH == 0 {
            Fetch::Allowed
        } else {
            Fetch::Never
        };
        Rights { pp, fetch }
    }

    /// Notes that its PTE is gone, and what the hardware had noted in it.
    #[inline]
    pub fn removed(&mut self, noted: Noted) {
        self.pte = NO_PTE;
        self.note(noted);
    }

    /// Notes a use of the page that no PTE of the record shows.
    #[inline]
    pub fn note(&mut self, noted: Noted) {
        self.state |= u32::from(noted.bits()) << NOTED_SHIFT;
    }

    /// What was noted so far, but for what its PTE shows now.
    pub fn noted(&self) -> Noted {
        Noted::from_bits_truncate((self.state >> NOTED_SHIFT) as u8)
    }
}

/// A row of the frame table.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Row {
    /// The frame's name; [`Vpn::NONE`] when it is free or the kernel's.
    pub record: Record,
    /// The head of the chain of its aliases.
    pub aliases: u32,
}

/// A virtual page that reaches a frame under another VPN than its name.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Alias {
    /// The virtual page.
    pub record: Record,
    /// The frame that it reaches.
    pub frame: FrameNo,
    /// The previous alias of the same frame.
    pub prev: u32,
    /// The next alias of the same frame; of a free alias, the next free one.
    pub next: u32,
}

/// The end of a chain of aliases.
pub(crate) const NO_ALIAS: u32 = u32::MAX;

const _: () = assert!(size_of::<Row>() == 32 && size_of::<Alias>() == 40);
