//! The kernel's own page table entries, bolted, and where the hash puts them.

use super::PageSize;
use crate::arch::Rights;
use crate::platform::hypervisor::{self, Refused};
use htab::Entry;
use htab::bits::*;
use vm::{GROUP, PteSlot};

/// A bit for software; PAPR's hypervisors take it for "never evict".
const BOLTED: u64 = 1 << 4;
/// PP0 with PP = 10: read only for the kernel, nothing for programs.
const KERNEL_READ_ONLY: u64 = 1 << 63 | 0b10;

/// The kernel's segment. It has 1 TiB, so programs' segments cannot clash with it.
pub const KERNEL_VSID: u64 = 1;

/// One page of the linear map.
pub struct LinearEntry {
    /// Its real address, and its place in the kernel's segment.
    pub address: u64,
    /// Its size.
    pub page: PageSize,
    /// What the kernel may do there. Programs may do nothing.
    pub rights: Rights,
}

impl LinearEntry {
    /// Enters it in the first free slot of its primary group, else of its secondary.
    pub fn enter(&self, groups: u32) -> Result<PteSlot, Refused> {
        let (hash, mask) = (self.hash(), u64::from(groups) - 1);
        let slot = |group: u64| (group & mask) * u64::from(GROUP);
        let entry = self.encode();
        let secondary = Entry {
            v: entry.v | SECONDARY,
            ..entry
        };
        // SAFETY: the kernel's memory is mapped where it is linked.
        unsafe {
            hypervisor::enter(0, slot(hash), entry)
                .or_else(|_| hypervisor::enter(0, slot(!hash), secondary))
        }
        .map(|slot| PteSlot(slot as u32))
    }

    /// What the page table says of the page at a real address, if there is an entry.
    pub fn find(address: u64, page: PageSize, groups: u32) -> Option<Rights> {
        let sought = LinearEntry {
            address,
            page,
            rights: Rights::ReadOnly,
        };
        let v = sought.encode().v;
        let (hash, mask) = (sought.hash(), u64::from(groups) - 1);
        let slots = |group: u64, v: u64| {
            let first = (group & mask) * u64::from(GROUP);
            (first..first + u64::from(GROUP)).map(move |slot| (slot, v))
        };
        let mut both = slots(hash, v).chain(slots(!hash, v | SECONDARY));
        both.find_map(|(slot, v)| {
            // The bits for software are the hypervisor's to change.
            let same = |entry: &Entry| (entry.v ^ v) & (AVPN | SECONDARY | VALID) == 0;
            let entry = hypervisor::read(slot).ok().filter(same)?;
            Some(match entry.r & (PP | NO_EXECUTE) {
                KERNEL_READ_ONLY => Rights::ReadExecute,
                r if r & KERNEL_READ_ONLY != 0 => Rights::ReadOnly,
                _ => Rights::ReadWrite,
            })
        })
    }

    /// The hash function of 1 TiB segments (Book III, "Page Table Search").
    fn hash(&self) -> u64 {
        KERNEL_VSID ^ KERNEL_VSID << 25 ^ self.address >> self.page.shift
    }

    fn encode(&self) -> Entry {
        let large = if self.page.shift > vm::PAGE_SHIFT {
            LARGE
        } else {
            0
        };
        let avpn = (KERNEL_VSID << 17 | self.address >> 23) << AVPN_SHIFT;
        let rights = match self.rights {
            Rights::ReadExecute => KERNEL_READ_ONLY,
            Rights::ReadOnly => KERNEL_READ_ONLY | NO_EXECUTE,
            Rights::ReadWrite | Rights::Nothing => NO_EXECUTE,
        };
        Entry {
            v: ONE_TERABYTE | (avpn & AVPN) | BOLTED | large | VALID,
            // R and C are set so that the hardware never has to.
            r: self.address | self.page.pte << 12 | MEMORY_COHERENT | REFERENCED | CHANGED | rights,
        }
    }
}
