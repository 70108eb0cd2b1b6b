//! A program's page table entry: what `vm` says of it, in the architecture's words and
//! back.

use crate::bits::*;
use core::fmt;
use vm::{Fetch, FrameNo, GROUP, Hash, Noted, Page, Pp, Pte, PteSlot, Rights, Vpn, Vsid};

/// A page's bits above these are in the AVPN; these come from the hash.
pub(crate) const HASHED_BITS: u32 = 11;

/// The two doublewords of a page table entry, as registers hold them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The virtual half: B, AVPN, software bits, L, H, V.
    pub v: u64,
    /// The real half: RPN, LP, PP, N, WIMG, R, C.
    pub r: u64,
}

impl Entry {
    /// Whether anything is translated by it.
    pub const fn is_valid(self) -> bool {
        self.v & VALID != 0
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x} {:016x}", self.v, self.r)
    }
}

/// B and AVPN of a program's page: 4 KiB in a segment of 256 MiB.
pub const fn avpn(vpn: Vpn) -> u64 {
    let above = (vpn.page().0 >> HASHED_BITS) as u64;
    (vpn.vsid().0 << 5 | above) << AVPN_SHIFT
}

/// The group that a page's hash names in a table of `groups` (Power ISA v3.0B, Book III,
/// "Page Table Search", for a 256 MiB segment of 4 KiB pages).
pub const fn group(vpn: Vpn, hash: Hash, groups: u32) -> u32 {
    let primary = vpn.vsid().0 as u32 ^ vpn.page().0;
    let value = match hash {
        Hash::Primary => primary,
        Hash::Secondary => !primary,
    };
    value & (groups - 1)
}

/// The PP and N bits, placed as in the real half and as H_PROTECT wants them.
pub fn rights(rights: Rights) -> u64 {
    let fetch = match rights.fetch {
        Fetch::Allowed => 0,
        Fetch::Never => NO_EXECUTE,
    };
    rights.pp as u64 | fetch
}

/// A program's entry, with R and C clear.
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
        rights: Rights { pp, fetch },
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
