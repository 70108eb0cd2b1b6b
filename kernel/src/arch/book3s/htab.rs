//! Page table entries as the hardware reads them (Book III, "Page Table"),
//! and where the hash puts them.

use super::PageSize;
use crate::arch::Rights;
use crate::platform::hypervisor::{self, Entry, Refused};
use vm::{Fetch, FrameNo, GROUP, Hash, Noted, Page, Pp, Pte, PteSlot, Vpn, Vsid};

const VALID: u64 = 1;
const SECONDARY: u64 = 1 << 1;
/// L: the page is larger than 4 KiB.
const LARGE: u64 = 1 << 2;
/// A bit for software; PAPR's hypervisors take it for "never evict".
const BOLTED: u64 = 1 << 4;
/// B = 1: the segment has 1 TiB.
const ONE_TERABYTE: u64 = 1 << 62;
/// The virtual half without the flags: B and AVPN.
const AVPN: u64 = !0x7f;
const AVPN_SHIFT: u32 = 7;
/// A page's bits above these are in the AVPN; these come from the hash.
const HASHED_BITS: u32 = 11;

const PP: u64 = 0b11;
const NO_EXECUTE: u64 = 1 << 2;
/// WIMG = 0010: ordinary memory.
const MEMORY_COHERENT: u64 = 1 << 4;
const CHANGED: u64 = 1 << 7;
const REFERENCED: u64 = 1 << 8;
/// PP0 with PP = 10: read only for the kernel, nothing for programs.
const KERNEL_READ_ONLY: u64 = 1 << 63 | 0b10;
/// The frame's number, for 4 KiB pages.
const RPN: u64 = 0x0fff_ffff_ffff_f000;

/// The kernel's segment. It has 1 TiB, so programs' segments cannot clash with it.
pub const KERNEL_VSID: u64 = 1;

/// Groups in a table of 2^`shift` bytes.
pub const fn groups(shift: u32) -> u32 {
    1 << (shift - 7)
}

/// B and AVPN of a program's page: 4 KiB in a segment of 256 MiB.
pub fn avpn(vpn: Vpn) -> u64 {
    let above = u64::from(vpn.page().0) >> HASHED_BITS;
    (vpn.vsid().0 << 5 | above) << AVPN_SHIFT
}

/// The PP and N bits, placed as in the real half and as H_PROTECT wants them.
pub fn rights(rights: vm::Rights) -> u64 {
    let fetch = match rights.fetch {
        Fetch::Allowed => 0,
        Fetch::Never => NO_EXECUTE,
    };
    rights.pp as u64 | fetch
}

/// A program's entry.
pub fn encode(pte: &Pte, hash: Hash) -> Entry {
    let which = match hash {
        Hash::Primary => 0,
        Hash::Secondary => SECONDARY,
    };
    Entry {
        v: avpn(pte.vpn) | which | VALID,
        r: pte.frame.ra() | MEMORY_COHERENT | rights(pte.rights),
    }
}

/// R and C.
pub fn noted(entry: Entry) -> Noted {
    let mut noted = Noted::empty();
    noted.set(Noted::REFERENCED, entry.r & REFERENCED != 0);
    noted.set(Noted::CHANGED, entry.r & CHANGED != 0);
    noted
}

/// What a program's entry in `slot` says. `None` when it is not valid, or is one of
/// the kernel's.
pub fn decode(entry: Entry, slot: PteSlot) -> Option<(Pte, Noted)> {
    let ours = entry.v & (VALID | ONE_TERABYTE | LARGE) == VALID;
    let pp = match entry.r & PP {
        0b01 => Pp::ByKey,
        0b10 => Pp::ReadWrite,
        0b11 => Pp::ReadOnly,
        _ => return None,
    };
    let fetch = if entry.r & NO_EXECUTE == 0 {
        Fetch::Allowed
    } else {
        Fetch::Never
    };
    let pte = Pte {
        vpn: vpn(entry, slot),
        frame: FrameNo(((entry.r & RPN) >> vm::PAGE_SHIFT) as u32),
        rights: vm::Rights { pp, fetch },
    };
    ours.then_some((pte, noted(entry)))
}

/// The page that an entry translates: its lowest bits are not in the entry, but the
/// number of the group, which is VSID xor page, has them. (A table has at
/// least 2^11 groups.)
fn vpn(entry: Entry, slot: PteSlot) -> Vpn {
    let group = slot.0 / GROUP;
    let hash = if entry.v & SECONDARY == 0 {
        group
    } else {
        !group
    };
    let above = entry.v >> AVPN_SHIFT;
    let vsid = above >> 5;
    let low = (hash ^ vsid as u32) & ((1 << HASHED_BITS) - 1);
    Vpn::new(
        Vsid(vsid),
        Page(((above & 0x1f) as u32) << HASHED_BITS | low),
    )
}

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
            Some(match entry.r & (KERNEL_READ_ONLY | PP | NO_EXECUTE) {
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
