//! What the entries of the TLB say, and taking programs' entries out of it.

use super::features::Geometry;
use crate::arch::Rights;
use boot::Mas;
use vm::{FrameNo, PAGE_SHIFT, Page, SEGMENT_PAGES};

/// MAS1: the entry is valid.
pub const V: u64 = 1 << 31;
/// MAS1: invalidations spare it.
const IPROT: u64 = 1 << 30;
/// MAS1: log2 of the size in KiB.
const TSIZE_SHIFT: u32 = 7;
/// MAS2: memory coherence required; caching inhibited; guarded.
const M: u64 = 1 << 2;
const I: u64 = 1 << 3;
const G: u64 = 1 << 1;
/// MAS3: what the supervisor may do.
const SX: u64 = 1 << 4;
const SW: u64 = 1 << 2;
const SR: u64 = 1 << 0;
/// MAS3: what programs may do.
pub const UX: u64 = 1 << 5;
/// As above.
pub const UW: u64 = 1 << 3;
/// As above.
pub const UR: u64 = 1 << 1;

/// An entry of the kernel's own.
pub struct Tlb1 {
    /// Its effective address.
    pub linear: u64,
    /// Its real address.
    pub real: u64,
    /// Its size in bytes: a power of four, 4 KiB or more.
    pub size: u64,
    /// What the kernel may do. Programs may do nothing.
    pub rights: Rights,
}

impl Tlb1 {
    /// The entry in the form of the MMU assist registers.
    pub fn encode(&self) -> Mas {
        let rights = match self.rights {
            Rights::ReadExecute => SX | SR,
            Rights::ReadOnly => SR,
            Rights::ReadWrite => SW | SR,
            Rights::Nothing => 0,
        };
        let kib = u64::from(self.size.ilog2() - 10);
        Mas {
            mas0: 0,
            mas1: V | IPROT | kib << TSIZE_SHIFT,
            mas2: self.linear | M,
            mas3: (self.real & 0xffff_f000) | rights,
            mas7: self.real >> 32,
        }
    }

    /// What the supervisor may do by an entry.
    pub fn rights(entry: &Mas) -> Rights {
        match entry.mas3 & (SX | SW | SR) {
            0 => Rights::Nothing,
            SR => Rights::ReadOnly,
            bits if bits & SW == 0 => Rights::ReadExecute,
            _ => Rights::ReadWrite,
        }
    }
}

/// The entry of devices' registers: neither cached nor reordered.
pub fn device(linear: u64, real: u64, size: u64) -> Mas {
    let entry = Tlb1 {
        linear,
        real,
        size,
        rights: Rights::ReadWrite,
    };
    let mas = entry.encode();
    Mas {
        mas2: mas.mas2 & !M | I | G,
        ..mas
    }
}

/// The frame that an entry of TLB0 leads to.
pub fn frame(entry: &Mas) -> FrameNo {
    FrameNo(((entry.mas7 << 32 | entry.mas3) >> PAGE_SHIFT) as u32)
}

/// The page within its segment that an entry of TLB0 is for.
fn page(entry: &Mas) -> Page {
    Page((entry.mas2 >> PAGE_SHIFT) as u32 & (SEGMENT_PAGES - 1))
}

/// The entry of TLB0 in `way` of the set that `page` of any segment is in: the lowest bits
/// of the page's number choose it.
pub fn entry(way: u64, page: Page) -> Mas {
    boot::read(way << 16, u64::from(page.0) << PAGE_SHIFT)
}

/// The valid entries of TLB0: set, way, and what is there.
pub fn valid() -> impl Iterator<Item = (u64, u64, Mas)> {
    let Geometry { entries, ways } = Geometry::of(0);
    let all = (0..entries / ways).flat_map(move |set| (0..ways).map(move |way| (set, way)));
    let read = all.map(|(set, way)| (set, way, entry(way, Page(set as u32))));
    read.filter(|(_, _, found)| found.mas1 & V != 0)
}

/// The PID that an entry is for.
pub fn pid(entry: &Mas) -> u64 {
    entry.mas1 >> 16 & 0x3fff
}

/// Takes every translation of `page` of a segment to `frame` out of TLB0. It has the same
/// number in every space that has the segment, so all are in one set, whatever their PID.
pub fn forget(of: FrameNo, at: Page) {
    for way in 0..Geometry::of(0).ways {
        let found = entry(way, at);
        if found.mas1 & V != 0 && frame(&found) == of && page(&found) == at {
            let gone = Mas {
                mas1: found.mas1 & !V,
                ..found
            };
            // SAFETY: TLB0 has programs' pages only, and this one's translation ends.
            unsafe { boot::write(&gone) };
        }
    }
}
