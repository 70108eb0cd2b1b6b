//! A hashed page table in our own memory, exactly as the hardware would have it, for
//! a processor that does not search it by itself.

use crate::bits::{NO_EXECUTE, PP};
use crate::pte::{self, Entry, HASHED_BITS, decode, encode, rights};
use crate::table::PageTable;
use core::sync::atomic::{Ordering, fence};
use vm::{GROUP, Hash, Pte, PteSlot, Rights, Vpn};
use zerocopy::byteorder::{ByteOrder, U64};

/// An entry as it lies in memory, in byte order `O`: the processor's that searches.
#[repr(C, align(16))]
#[derive(Clone, Copy, Debug)]
pub struct Stored<O: ByteOrder> {
    /// The virtual half.
    pub v: U64<O>,
    /// The real half. Whoever fills a TLB from it sets R and C.
    pub r: U64<O>,
}

impl<O: ByteOrder> Stored<O> {
    /// Nothing: memory full of zero is a table of these.
    pub const FREE: Stored<O> = Stored {
        v: U64::ZERO,
        r: U64::ZERO,
    };
}

const ENTRY_SIZE: u64 = size_of::<Stored<zerocopy::BigEndian>>() as u64;

/// Bytes of the smallest table (Power ISA v3.0B, Book III, "Page Table": HTABSIZE = 0).
/// With fewer than 2^11 groups, the number of a group would not say what the AVPN
/// leaves out.
pub const SMALLEST: u64 = (ENTRY_SIZE * GROUP as u64) << HASHED_BITS;

/// Bytes that the table should have for this much memory: a power of two, about 1/128 of
/// it, as hypervisors give (PAPR's "ibm,pft-size"). That is two entries for each frame.
pub const fn size_for(ram_bytes: u64) -> u64 {
    let size = (ram_bytes / 128).next_power_of_two();
    if size < SMALLEST { SMALLEST } else { size }
}

/// The table. It is no TLB: an owner that has one must see to it that, after a remove or
/// a protect, the TLB forgets what it was told before.
#[derive(Debug)]
pub struct InMemory<'a, O: ByteOrder> {
    slots: &'a mut [Stored<O>],
}

impl<'a, O: ByteOrder> InMemory<'a, O> {
    /// The table that lies in `slots`.
    ///
    /// # Panics
    /// If they are not a power of two, or less than [`SMALLEST`].
    pub fn new(slots: &'a mut [Stored<O>]) -> Self {
        let size = size_of_val(slots) as u64;
        assert!(
            size.is_power_of_two() && size >= SMALLEST,
            "an HTAB of {size:#x} bytes"
        );
        InMemory { slots }
    }

    /// Writes an entry as the ISA says (Book III, "Page Table Updates"): a search that
    /// comes in between, by another processor or after an interrupt, finds the old one,
    /// the new one or none, but never half of each. So it is invalid while it changes,
    /// and V is written last. (The fence is an lwsync, which orders stores as
    /// the ISA's eieio does.)
    fn write(&mut self, slot: PteSlot, entry: Entry) {
        self.invalidate(slot);
        let stored = &mut self.slots[slot.0 as usize];
        stored.r.set(entry.r);
        fence(Ordering::Release);
        stored.v.set(entry.v);
    }

    /// V first, for the same reason.
    fn invalidate(&mut self, slot: PteSlot) {
        self.slots[slot.0 as usize].v.set(0);
        fence(Ordering::Release);
    }

    /// The entry in `slot`, which must be that of `vpn`, or of any page.
    #[track_caller]
    fn taken(&self, slot: PteSlot, vpn: Option<Vpn>) -> Entry {
        let found = self.read(slot);
        let page = decode(found, slot).map(|(pte, _)| pte.vpn);
        let right = page.is_some_and(|page| vpn.is_none_or(|vpn| vpn == page));
        assert!(
            right,
            "slot {:#x} of the HTAB has {found:?} ({page:?}), not {vpn:?}",
            slot.0
        );
        found
    }
}

impl<O: ByteOrder> PageTable for InMemory<'_, O> {
    fn groups(&self) -> u32 {
        self.slots.len() as u32 / GROUP
    }

    #[track_caller]
    fn enter(&mut self, slot: PteSlot, pte: &Pte, hash: Hash) {
        let found = self.read(slot);
        assert!(
            !found.is_valid(),
            "slot {:#x} of the HTAB is not free: {found:?}",
            slot.0
        );
        let group = pte::group(pte.vpn, hash, self.groups());
        assert!(
            slot.0 / GROUP == group,
            "slot {:#x} of the HTAB is not in group {group:#x}, that of {:?}",
            slot.0,
            pte.vpn
        );
        self.write(slot, encode(pte, hash));
    }

    #[track_caller]
    fn remove(&mut self, slot: PteSlot, vpn: Option<Vpn>) -> Entry {
        let Entry { v, .. } = self.taken(slot, vpn);
        self.invalidate(slot);
        // R and C as the last search left them: after this nobody sets them.
        let Entry { r, .. } = self.read(slot);
        Entry { v, r }
    }

    #[track_caller]
    fn protect(&mut self, slot: PteSlot, vpn: Vpn, new: Rights) {
        let Entry { v, .. } = self.taken(slot, Some(vpn));
        self.invalidate(slot);
        let Entry { r, .. } = self.read(slot);
        let r = r & !(PP | NO_EXECUTE) | rights(new);
        self.write(slot, Entry { v, r });
    }

    fn read(&self, slot: PteSlot) -> Entry {
        let stored = &self.slots[slot.0 as usize];
        Entry {
            v: stored.v.get(),
            r: stored.r.get(),
        }
    }
}
