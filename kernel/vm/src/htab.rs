//! The hashed page table as a cache: where an entry goes, and which one has to
//! go for it.
//!
//! Beside the table lies one word a slot that says whose entry it holds. So an
//! entry is never searched for, and a victim's record is found at once.

use crate::addr::{Vpn, Vsid};
use crate::machine::{GROUP, Hash, Machine, Noted, Pte, PteSlot, Rights};
use crate::record::RecordId;
use crate::vm::Vm;
use alloc::vec::Vec;

/// What a slot of the table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Nothing.
    Free,
    /// A bolted entry of the kernel's.
    Bolted,
    /// An entry of a segment that is no more: no SLB holds its VSID, so nobody
    /// can use it, and nobody needs it.
    Dead,
    /// The entry of this record.
    Record(RecordId),
}

const FREE: u32 = u32::MAX;
const BOLTED: u32 = u32::MAX - 1;
const DEAD: u32 = u32::MAX - 2;

/// Entries that one instruction may need at once: its own page, and two each
/// for an operand that crosses a page and an instruction that does. None of the
/// last four entered is a victim, or that instruction would never complete.
const RECENT: usize = 4;

/// The owners, and what the choice of a victim has to remember.
pub(crate) struct Htab {
    owners: Vec<u32>,
    recent: [u32; RECENT],
    entered: usize,
    leaving: Leaving,
}

/// PTEs that are removed together at the most: what H_BULK_REMOVE takes (PAPR, chapter
/// "Logical Partitioning Option").
const TOGETHER: usize = 4;

/// PTEs of records that have gone, to be removed together.
#[derive(Default)]
struct Leaving {
    entries: [(PteSlot, Option<Vpn>); TOGETHER],
    count: usize,
}

impl Htab {
    pub fn new(groups: u32) -> Htab {
        assert!(groups.is_power_of_two(), "HTAB of {groups} groups");
        let owners = alloc::vec![FREE; (groups * GROUP) as usize];
        Htab {
            owners,
            recent: [u32::MAX; RECENT],
            entered: 0,
            leaving: Leaving::default(),
        }
    }

    pub fn owner(&self, slot: PteSlot) -> Owner {
        match self.owners[slot.0 as usize] {
            FREE => Owner::Free,
            BOLTED => Owner::Bolted,
            DEAD => Owner::Dead,
            raw => Owner::Record(RecordId::from_raw(raw)),
        }
    }

    pub fn set_owner(&mut self, slot: PteSlot, owner: Owner) {
        self.owners[slot.0 as usize] = match owner {
            Owner::Free => FREE,
            Owner::Bolted => BOLTED,
            Owner::Dead => DEAD,
            Owner::Record(id) => id.raw(),
        };
    }

    pub fn slots(&self) -> impl Iterator<Item = (PteSlot, Owner)> + '_ {
        (0..self.owners.len() as u32).map(|n| (PteSlot(n), self.owner(PteSlot(n))))
    }

    pub fn groups(&self) -> u32 {
        self.owners.len() as u32 / GROUP
    }

    /// The group that may hold a page's entry by this hash (Power ISA v3.0B, Book III,
    /// "Page Table Search", for a 256 MiB segment of 4 KiB pages).
    #[inline]
    fn group(&self, vpn: Vpn, hash: Hash) -> u32 {
        let value = vpn.vsid().0 as u32 ^ vpn.page().0;
        let value = match hash {
            Hash::Primary => value,
            Hash::Secondary => !value,
        };
        value & (self.groups() - 1)
    }

    /// The sixteen slots that may hold a page's entry, those of its primary group first.
    fn candidates(&self, vpn: Vpn) -> [(PteSlot, Hash); 2 * GROUP as usize] {
        let [primary, secondary] =
            [Hash::Primary, Hash::Secondary].map(|hash| self.group(vpn, hash) * GROUP);
        core::array::from_fn(|n| match n as u32 {
            n if n < GROUP => (PteSlot(primary + n), Hash::Primary),
            n => (PteSlot(secondary + n - GROUP), Hash::Secondary),
        })
    }

    #[inline(always)]
    fn free_slot(&self, vpn: Vpn) -> Option<(PteSlot, Hash)> {
        [Hash::Primary, Hash::Secondary]
            .into_iter()
            .find_map(|hash| {
                let first = self.group(vpn, hash) * GROUP;
                let owners = self.owners[first as usize..].first_chunk::<{ GROUP as usize }>()?;
                let n = owners.iter().position(|owner| *owner == FREE)?;
                Some((PteSlot(first + n as u32), hash))
            })
    }

    fn note_entered(&mut self, slot: PteSlot) {
        self.recent[self.entered % RECENT] = slot.0;
        self.entered += 1;
    }
}

/// How willingly an entry is given up; the lowest goes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Dead,
    InNoSlot,
    InUse,
}

impl<M: Machine> Vm<M> {
    /// Sees to it that `id` has a PTE with `rights`.
    #[inline(always)]
    pub(crate) fn enter(&mut self, id: RecordId, rights: Rights) {
        let record = self.records.get(id);
        match record.pte() {
            None => {
                let vpn = record.vpn;
                let free = self.htab.free_slot(vpn);
                let place = free.unwrap_or_else(|| self.make_room(vpn));
                self.enter_at(id, vpn, place, rights);
                self.htab.note_entered(place.0);
            }
            Some(_) if record.rights() == rights => {}
            Some(slot) => self.change_rights(id, slot, rights),
        }
    }

    /// The same for a page that nobody waits for, if it takes no other record's place; `None`
    /// if it would.
    #[inline(always)]
    pub(crate) fn enter_if_free(&mut self, id: RecordId, rights: Rights) -> Option<()> {
        let record = self.records.get(id);
        match record.pte() {
            None => {
                let vpn = record.vpn;
                let place = self.htab.free_slot(vpn).or_else(|| self.bury(vpn))?;
                self.stat.entered_around += 1;
                self.enter_at(id, vpn, place, rights);
            }
            Some(_) if record.rights() == rights => {}
            Some(slot) => self.change_rights(id, slot, rights),
        }
        Some(())
    }

    /// Gives a record that has no PTE one, in a slot that is free.
    #[inline(always)]
    fn enter_at(&mut self, id: RecordId, vpn: Vpn, (slot, hash): (PteSlot, Hash), rights: Rights) {
        let pte = Pte {
            vpn,
            frame: self.records.frame(id),
            rights,
        };
        self.machine.enter(slot, &pte, hash);
        self.records.get_mut(id).entered(slot, rights);
        self.htab.set_owner(slot, Owner::Record(id));
        self.stat.ptes_entered += 1;
    }

    #[inline(never)]
    fn change_rights(&mut self, id: RecordId, slot: PteSlot, rights: Rights) {
        let record = self.records.get_mut(id);
        record.set_rights(rights);
        self.machine.protect(slot, record.vpn, rights);
        self.stat.ptes_protected += 1;
    }

    /// Lowers or raises what a record's PTE allows, if it has one.
    pub(crate) fn protect_pte(&mut self, id: RecordId, rights: Rights) {
        if self.records.get(id).pte().is_some() {
            self.enter(id, rights);
        }
    }

    /// The PTE of a record that goes is removed with others, by
    /// [`remove_leaving`](Self::remove_leaving): nobody may be given the frame, or the
    /// PTE's slot, before that.
    #[inline]
    pub(crate) fn leave_pte(&mut self, id: RecordId) {
        let record = self.records.get_mut(id);
        if let Some(slot) = record.pte() {
            record.removed(Noted::empty());
            let vpn = record.vpn;
            self.remove_later(slot, Some(vpn));
        }
    }

    fn remove_later(&mut self, slot: PteSlot, vpn: Option<Vpn>) {
        self.htab.set_owner(slot, Owner::Free);
        let leaving = &mut self.htab.leaving;
        leaving.entries[leaving.count] = (slot, vpn);
        leaving.count += 1;
        if leaving.count == TOGETHER {
            self.remove_leaving();
        }
    }

    /// Removes the PTEs that have been left since the last call.
    pub(crate) fn remove_leaving(&mut self) {
        let count = core::mem::take(&mut self.htab.leaving.count);
        if count > 0 {
            self.machine.remove_all(&self.htab.leaving.entries[..count]);
            self.stat.ptes_removed += count as u64;
        }
    }

    /// Frees the slots of dead segments among the sixteen where a page's entry may be.
    /// Returns one that is free.
    #[cold]
    #[inline(never)]
    fn bury(&mut self, vpn: Vpn) -> Option<(PteSlot, Hash)> {
        for hash in [Hash::Primary, Hash::Secondary] {
            let first = self.htab.group(vpn, hash) * GROUP;
            for slot in (first..first + GROUP).map(PteSlot) {
                if self.htab.owner(slot) == Owner::Dead {
                    self.remove_later(slot, None);
                }
            }
        }
        self.remove_leaving();
        self.htab.free_slot(vpn)
    }

    /// Removes the PTE of a record, if it has one.
    pub(crate) fn remove_pte(&mut self, id: RecordId) {
        let record = *self.records.get(id);
        if let Some(slot) = record.pte() {
            let noted = self.machine.remove(slot, Some(record.vpn));
            self.records.get_mut(id).removed(noted);
            self.htab.set_owner(slot, Owner::Free);
            self.stat.ptes_removed += 1;
        }
    }

    /// Leaves the PTE of a record behind, for a segment that is about to die:
    /// nobody's SLB holds its VSID any more.
    #[inline]
    pub(crate) fn abandon_pte(&mut self, id: RecordId) {
        let record = self.records.get_mut(id);
        if let Some(slot) = record.pte() {
            record.removed(Noted::empty());
            self.htab.set_owner(slot, Owner::Dead);
        }
    }

    /// Removes every PTE of dead segments, so that their VSIDs may be used again.
    pub(crate) fn sweep_dead(&mut self) {
        for slot in (0..self.htab.groups() * GROUP).map(PteSlot) {
            if self.htab.owner(slot) == Owner::Dead {
                self.vacate(slot);
            }
        }
    }

    /// Makes one of a page's sixteen slots free.
    #[cold]
    #[inline(never)]
    fn make_room(&mut self, vpn: Vpn) -> (PteSlot, Hash) {
        if let Some(free) = self.bury(vpn) {
            return free;
        }
        self.stat.groups_full += 1;
        let (slot, hash) = self.victim(vpn);
        self.vacate(slot);
        (slot, hash)
    }

    fn vacate(&mut self, slot: PteSlot) {
        if let Owner::Record(id) = self.htab.owner(slot) {
            self.stat.evictions += 1;
            return self.remove_pte(id);
        }
        self.machine.remove(slot, None);
        self.htab.set_owner(slot, Owner::Free);
        self.stat.ptes_removed += 1;
    }

    /// The lowest rank wins, and among equals the one that comes first after
    /// the slot where the last search began.
    fn victim(&self, vpn: Vpn) -> (PteSlot, Hash) {
        let mut slots = self.htab.candidates(vpn);
        slots.rotate_left(self.stat.groups_full as usize % (2 * GROUP as usize));
        let ranked = slots
            .into_iter()
            .filter_map(|(slot, hash)| Some((self.rank(slot)?, slot, hash)));
        let (_, slot, hash) = ranked
            .min_by_key(|(rank, ..)| *rank)
            .expect("a page's sixteen slots hold only bolted entries and the last four entered");
        (slot, hash)
    }

    /// `None` for what must stay.
    fn rank(&self, slot: PteSlot) -> Option<Rank> {
        match self.htab.owner(slot) {
            Owner::Dead => Some(Rank::Dead),
            Owner::Free | Owner::Bolted => None,
            Owner::Record(_) if self.htab.recent.contains(&slot.0) => None,
            Owner::Record(id) if self.in_no_slot({ self.records.get(id).vpn }.vsid()) => {
                Some(Rank::InNoSlot)
            }
            Owner::Record(_) => Some(Rank::InUse),
        }
    }

    fn in_no_slot(&self, vsid: Vsid) -> bool {
        self.segments
            .by_vsid(vsid)
            .is_none_or(|no| self.segments.get(no).slots == 0)
    }
}
