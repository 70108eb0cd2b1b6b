//! The hashed page table that the hypervisor keeps for us.

use crate::boot_info::BootInfo;
use crate::platform::hypervisor::{self, H_ANDCOND, H_AVPN, H_EXACT, Refused};
use htab::bits::ONE_TERABYTE;
use htab::{Entry, PageTable, avpn, encode, rights};
use vm::{Hash, Pte, PteSlot, Rights, Vpn};

/// The table, a slot of it at a time. The hypervisor's calls do to the TLB what must
/// be done.
pub struct HypervisorTable {
    groups: u32,
}

impl HypervisorTable {
    /// The table of the machine that `info` describes.
    pub fn new(info: &BootInfo) -> HypervisorTable {
        HypervisorTable {
            groups: groups(info.mmu.htab_shift),
        }
    }
}

/// Groups in a table of 2^`shift` bytes.
pub const fn groups(shift: u32) -> u32 {
    1 << (shift - 7)
}

/// What an entry that is removed has to be: that of a page, or just not the kernel's. The
/// flags, and the virtual half that they speak of.
#[inline]
fn only_if(vpn: Option<Vpn>) -> (u64, u64) {
    vpn.map_or((H_ANDCOND, ONE_TERABYTE), |vpn| (H_AVPN, avpn(vpn)))
}

/// The slot that a call names is as [`PageTable`] wants it, so the hypervisor has no
/// reason to refuse.
#[inline]
fn done<T>(result: Result<T, Refused>, slot: PteSlot) -> T {
    result.unwrap_or_else(|why| refused(why, slot))
}

#[cold]
#[inline(never)]
fn refused(why: Refused, slot: PteSlot) -> ! {
    let found = hypervisor::read(slot.0.into());
    panic!("slot {:#x} of the HTAB: {why}; it has {found:?}", slot.0)
}

impl HypervisorTable {
    /// Removes entries, as many by one call as it takes. `take` is given each, but only R and
    /// C of it.
    #[inline]
    pub fn remove_all(
        &mut self,
        entries: impl Iterator<Item = (PteSlot, Option<Vpn>)>,
        mut take: impl FnMut(Entry),
    ) {
        let mut entries = entries.map(|(slot, vpn)| {
            let (flags, v) = only_if(vpn);
            (flags, slot.0.into(), v)
        });
        while let Some(first) = entries.next() {
            let more = [entries.next(), entries.next(), entries.next()];
            // SAFETY: as in `remove`.
            let removed = unsafe { hypervisor::remove_all(first, more) };
            let removed = done(removed, PteSlot(first.1 as u32));
            let count = 1 + more.iter().flatten().count();
            let real = removed.into_iter().take(count);
            real.for_each(|r| take(Entry { v: 0, r }));
        }
    }
}

impl PageTable for HypervisorTable {
    fn groups(&self) -> u32 {
        self.groups
    }

    #[inline(always)]
    fn enter(&mut self, slot: PteSlot, pte: &Pte, hash: Hash) {
        // SAFETY: `encode` makes a program's entry; the kernel does not use its addresses.
        let entered = unsafe { hypervisor::enter(H_EXACT, slot.0.into(), encode(pte, hash)) };
        done(entered, slot);
    }

    fn remove(&mut self, slot: PteSlot, vpn: Option<Vpn>) -> Entry {
        let (flags, v) = only_if(vpn);
        // SAFETY: the kernel's entries are of a segment of 1 TiB, and both conditions
        // leave such alone: B is part of what H_AVPN compares.
        let removed = unsafe { hypervisor::remove(flags, slot.0.into(), v) };
        done(removed, slot)
    }

    fn protect(&mut self, slot: PteSlot, vpn: Vpn, new: Rights) {
        let flags = H_AVPN | rights(new);
        // SAFETY: as in `remove`.
        let changed = unsafe { hypervisor::protect(flags, slot.0.into(), avpn(vpn)) };
        done(changed, slot);
    }

    fn read(&self, slot: PteSlot) -> Entry {
        done(hypervisor::read(slot.0.into()), slot)
    }
}
