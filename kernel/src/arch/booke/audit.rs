//! What the TLB and the segment table hold, compared with what they are caches of.

use super::mmu::Mmu;
use super::segments::rights;
use super::tlb::{self, UR, UW, UX};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use boot::Mas;
use htab::{PageTable, decode, group};
use vm::{Ea, Esid, GROUP, Hash, Noted, Pte, PteSlot, SegmentEntry, SpaceId, Vpn};

/// What a space's segment table has.
type Slot<'a> = &'a dyn Fn(SpaceId, Esid) -> Option<SegmentEntry>;

impl Mmu {
    /// What is held that must not be, a line each.
    pub(super) fn audit(&self, slot: Slot<'_>) -> Vec<String> {
        let here = |esid| slot(self.loaded?, esid);
        let segments = self
            .segments
            .held()
            .filter(|(esid, held)| here(*esid) != Some(*held));
        let segments = segments.map(|held| format!("the segment table holds {held:x?}"));
        let entries = tlb::valid().filter_map(|(set, way, entry)| {
            let why = self.wrong(&entry, slot)?;
            Some(format!("TLB0, set {set}, way {way}: {why}: {entry:x?}"))
        });
        segments.chain(entries).collect()
    }

    /// What is wrong with an entry of TLB0.
    fn wrong(&self, entry: &Mas, slot: Slot<'_>) -> Option<&'static str> {
        let Some(space) = self.pids.owner(tlb::pid(entry)) else {
            return Some("nobody has its PID");
        };
        let ea = Ea(entry.mas2).floor();
        let Some(segment) = slot(space, ea.esid()) else {
            return Some("the space has no such segment");
        };
        let Some((pte, noted)) = self.search(Vpn::new(segment.vsid, ea.page())) else {
            return Some("there is no PTE");
        };
        let bits = u64::from(htab::rights(pte.rights) as u8);
        let mut allowed = rights(segment) >> (8 * bits);
        if !noted.contains(Noted::CHANGED) {
            allowed &= !UW;
        }
        let found = entry.mas3 & (UR | UW | UX);
        if tlb::frame(entry) != pte.frame {
            Some("the PTE has another frame")
        } else if !noted.contains(Noted::REFERENCED) {
            Some("the PTE has no R")
        } else if found & !allowed != 0 {
            Some("it allows more than the PTE and the key")
        } else {
            None
        }
    }

    /// What a page's PTE says, found as after a TLB miss.
    fn search(&self, vpn: Vpn) -> Option<(Pte, Noted)> {
        let table = self.table();
        let groups = [Hash::Primary, Hash::Secondary].map(|hash| group(vpn, hash, table.groups()));
        let mut slots = groups
            .into_iter()
            .flat_map(|n| n * GROUP..(n + 1) * GROUP)
            .map(PteSlot);
        slots.find_map(|slot| decode(table.read(slot), slot).filter(|(pte, _)| pte.vpn == vpn))
    }
}
