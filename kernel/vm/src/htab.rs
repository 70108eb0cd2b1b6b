//! The hashed page table as a cache: where an entry goes, and which one has to
//! go for it.
//!
//! Beside the table lies one word a slot that says whose entry it holds. So an
//! entry is never searched for, and a victim's record is found at once. And a bit a slot
//! says whether it is free, and another whether its entry is one of the dead's, so that a
//! whole group is looked at, or buried, at once.

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

/// The owner's word of a bolted entry.
const BOLTED: u32 = u32::MAX - 1;

/// The bit of a group's first slot. (The hardware looks there first.)
const FIRST: u8 = 0x80;

/// The group of a slot, and the slot's bit there.
#[inline]
fn bit_of(slot: PteSlot) -> (usize, u8) {
    ((slot.0 / GROUP) as usize, FIRST >> (slot.0 % GROUP))
}

/// Entries that one instruction may need at once: its own page, and two each
/// for an operand that crosses a page and an instruction that does. None of the
/// last four entered is a victim, or that instruction would never complete.
const RECENT: usize = 4;

/// The owners, and what the choice of a victim has to remember.
pub(crate) struct Htab {
    /// Of each group: the slots that have an entry,
    taken: Vec<u8>,
    /// and those of them whose entry is one of the dead's. The others have owners.
    dead: Vec<u8>,
    owners: Vec<u32>,
    recent: [u32; RECENT],
    entered: usize,
    leaving: Leaving,
}

/// PTEs that are removed together at the most: what H_BULK_REMOVE takes (PAPR, chapter
/// "Logical Partitioning Option").
const TOGETHER: usize = 4;

/// PTEs that records have no more, to be removed together.
struct Leaving {
    entries: [(RecordId, PteSlot, Vpn); TOGETHER],
    count: usize,
}

impl Htab {
    pub fn new(groups: u32) -> Htab {
        assert!(groups.is_power_of_two(), "HTAB of {groups} groups");
        Htab {
            taken: alloc::vec![0; groups as usize],
            dead: alloc::vec![0; groups as usize],
            owners: alloc::vec![0; (groups * GROUP) as usize],
            recent: [u32::MAX; RECENT],
            entered: 0,
            leaving: Leaving {
                entries: [(RecordId::NONE, PteSlot(0), Vpn::NONE); TOGETHER],
                count: 0,
            },
        }
    }

    pub fn owner(&self, slot: PteSlot) -> Owner {
        let (group, bit) = bit_of(slot);
        match self.owners[slot.0 as usize] {
            _ if self.taken[group] & bit == 0 => Owner::Free,
            _ if self.dead[group] & bit != 0 => Owner::Dead,
            BOLTED => Owner::Bolted,
            raw => Owner::Record(RecordId::from_raw(raw)),
        }
    }

    /// A slot that has an entry gets this owner.
    pub fn set_owner(&mut self, slot: PteSlot, id: RecordId) {
        self.owners[slot.0 as usize] = id.raw();
    }

    /// A free slot gets an entry of the kernel's.
    pub fn bolt(&mut self, slot: PteSlot) {
        let (group, bit) = bit_of(slot);
        self.taken[group] |= bit;
        self.owners[slot.0 as usize] = BOLTED;
    }

    /// The slot of a live entry has none any more.
    #[inline]
    fn free(&mut self, slot: PteSlot) {
        let (group, bit) = bit_of(slot);
        self.taken[group] &= !bit;
    }

    /// The slot's entry is one of the dead's now.
    #[inline]
    fn die(&mut self, slot: PteSlot) {
        let (group, bit) = bit_of(slot);
        self.dead[group] |= bit;
    }

    /// The slots of two groups with entries of the dead, which are free from now on, and
    /// their number.
    #[inline(always)]
    fn take_dead(&mut self, groups: [u32; 2]) -> (u32, impl Iterator<Item = PteSlot> + use<>) {
        let mut left = u16::from_be_bytes(groups.map(|group| {
            let dead = core::mem::take(&mut self.dead[group as usize]);
            self.taken[group as usize] &= !dead;
            dead
        }));
        let slots = core::iter::from_fn(move || {
            let n = left.leading_zeros();
            left &= !0x8000u16.checked_shr(n)?;
            let group = if n < GROUP { groups[0] } else { groups[1] };
            Some(PteSlot(group * GROUP + n % GROUP))
        });
        (left.count_ones(), slots)
    }

    /// Takes a free slot of a page's sixteen: it gets an entry and an owner at once.
    #[inline(always)]
    fn claim(&mut self, vpn: Vpn) -> Option<(PteSlot, Hash)> {
        [Hash::Primary, Hash::Secondary]
            .into_iter()
            .find_map(|hash| {
                let group = self.group(vpn, hash);
                let taken = &mut self.taken[group as usize];
                let n = taken.leading_ones();
                *taken |= FIRST.checked_shr(n)?;
                Some((PteSlot(group * GROUP + n), hash))
            })
    }

    pub fn slots(&self) -> impl Iterator<Item = (PteSlot, Owner)> + '_ {
        (0..self.owners.len() as u32).map(|n| (PteSlot(n), self.owner(PteSlot(n))))
    }

    pub fn groups(&self) -> u32 {
        self.taken.len() as u32
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
    fn candidates(&self, vpn: Vpn) -> [PteSlot; 2 * GROUP as usize] {
        let [primary, secondary] =
            [Hash::Primary, Hash::Secondary].map(|hash| self.group(vpn, hash) * GROUP);
        core::array::from_fn(|n| match n as u32 {
            n if n < GROUP => PteSlot(primary + n),
            n => PteSlot(secondary + n - GROUP),
        })
    }

    fn note_entered(&mut self, slot: PteSlot) {
        self.recent[self.entered % RECENT] = slot.0;
        self.entered += 1;
    }
}

/// How willingly a live entry is given up; the lowest goes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
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
                let (vpn, frame) = (record.vpn, self.records.frame(id));
                let free = self.htab.claim(vpn);
                let place = free.unwrap_or_else(|| self.make_room(vpn));
                self.enter_at(id, &Pte { vpn, frame, rights }, place);
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
                let (vpn, frame) = (record.vpn, self.records.frame(id));
                return self.enter_new(id, &Pte { vpn, frame, rights });
            }
            Some(_) if record.rights() == rights => {}
            Some(slot) => self.change_rights(id, slot, rights),
        }
        Some(())
    }

    /// The same for a record that has no PTE.
    #[inline(always)]
    pub(crate) fn enter_new(&mut self, id: RecordId, pte: &Pte) -> Option<()> {
        let vpn = pte.vpn;
        let place = self.htab.claim(vpn).or_else(|| self.bury(vpn))?;
        self.stat.entered_around += 1;
        self.enter_at(id, pte, place);
        Some(())
    }

    /// Gives a record that has no PTE one, in a slot that was claimed for it.
    #[inline(always)]
    fn enter_at(&mut self, id: RecordId, pte: &Pte, (slot, hash): (PteSlot, Hash)) {
        self.machine.enter(slot, pte, hash);
        self.records.get_mut(id).entered(slot, pte.rights);
        self.htab.set_owner(slot, id);
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

    /// The PTE of a record is removed with others, by
    /// [`remove_leaving`](Self::remove_leaving): nobody may be given the frame, the PTE's
    /// slot, or the record's number, before that.
    #[inline]
    pub(crate) fn leave_pte(&mut self, id: RecordId) {
        let record = self.records.get_mut(id);
        if let Some(slot) = record.pte() {
            record.removed(Noted::empty());
            let vpn = record.vpn;
            self.htab.free(slot);
            let leaving = &mut self.htab.leaving;
            leaving.entries[leaving.count] = (id, slot, vpn);
            leaving.count += 1;
            if leaving.count == TOGETHER {
                self.remove_leaving();
            }
        }
    }

    /// Removes the PTEs that have been left since the last call. (Where a record has gone,
    /// nobody reads what is noted in its row.)
    pub(crate) fn remove_leaving(&mut self) {
        let count = core::mem::take(&mut self.htab.leaving.count);
        if count > 0 {
            let entries = &self.htab.leaving.entries[..count];
            let mut ids = entries.iter().map(|(id, ..)| *id);
            let entries = entries.iter().map(|(_, slot, vpn)| (*slot, Some(*vpn)));
            self.machine.remove_all(entries, |noted| {
                let id = ids.next().expect("as many as entries");
                self.records.get_mut(id).note(noted);
            });
            self.stat.ptes_removed += count as u64;
        }
    }

    /// Frees the slots of dead segments among the sixteen where a page's entry may be, and
    /// claims one.
    #[cold]
    #[inline(never)]
    fn bury(&mut self, vpn: Vpn) -> Option<(PteSlot, Hash)> {
        let groups = [Hash::Primary, Hash::Secondary].map(|hash| self.htab.group(vpn, hash));
        self.bury_groups(groups);
        self.htab.claim(vpn)
    }

    #[inline]
    fn bury_groups(&mut self, groups: [u32; 2]) {
        let (count, slots) = self.htab.take_dead(groups);
        self.machine
            .remove_all(slots.map(|slot| (slot, None)), drop);
        self.stat.ptes_removed += u64::from(count);
    }

    /// Removes the PTE of a record, if it has one.
    pub(crate) fn remove_pte(&mut self, id: RecordId) {
        let record = *self.records.get(id);
        if let Some(slot) = record.pte() {
            let noted = self.machine.remove(slot, Some(record.vpn));
            self.records.get_mut(id).removed(noted);
            self.htab.free(slot);
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
            self.htab.die(slot);
        }
    }

    /// Removes every PTE of dead segments, so that their VSIDs may be used again.
    pub(crate) fn sweep_dead(&mut self) {
        for group in 0..self.htab.groups() {
            self.bury_groups([group, group]);
        }
    }

    /// Makes one of a page's sixteen slots free, and claims it.
    #[cold]
    #[inline(never)]
    fn make_room(&mut self, vpn: Vpn) -> (PteSlot, Hash) {
        if let Some(free) = self.bury(vpn) {
            return free;
        }
        self.stat.groups_full += 1;
        self.stat.evictions += 1;
        self.remove_pte(self.victim(vpn));
        self.htab.claim(vpn).expect("a slot is free now")
    }

    /// The lowest rank wins, and among equals the one that comes first after
    /// the slot where the last search began.
    fn victim(&self, vpn: Vpn) -> RecordId {
        let mut slots = self.htab.candidates(vpn);
        slots.rotate_left(self.stat.groups_full as usize % (2 * GROUP as usize));
        let records = slots.into_iter().filter_map(|slot| self.may_go(slot));
        records
            .min_by_key(|id| self.rank(*id))
            .expect("a page's sixteen slots hold only bolted entries and the last four entered")
    }

    /// `None` for what must stay.
    fn may_go(&self, slot: PteSlot) -> Option<RecordId> {
        match self.htab.owner(slot) {
            Owner::Record(id) if !self.htab.recent.contains(&slot.0) => Some(id),
            _ => None,
        }
    }

    fn rank(&self, id: RecordId) -> Rank {
        match self.in_no_slot(self.vpn(id).vsid()) {
            true => Rank::InNoSlot,
            false => Rank::InUse,
        }
    }

    fn in_no_slot(&self, vsid: Vsid) -> bool {
        self.segments
            .by_vsid(vsid)
            .is_none_or(|no| self.segments.get(no).slots == 0)
    }
}
