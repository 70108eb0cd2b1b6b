//! The memory management unit as the virtual memory sees it: [`vm::Machine`].

use super::slb::Slb;
use super::table::HypervisorTable;
use crate::arch::{PagesBy, bytes};
use crate::boot_info::BootInfo;
use crate::heap;
use crate::memory_map::MemoryMap;
use crate::platform::hypervisor;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::convert::Infallible;
use htab::{PageTable, decode, noted};
use vm::{Esid, FrameNo, Hash, Machine, Noted, Pte, PteSlot, Rights, SegmentEntry, SpaceId, Vpn};

/// The hashed page table, kept by the hypervisor, and this processor's SLB.
pub struct Mmu {
    table: HypervisorTable,
    pub(super) slb: Slb,
    /// Who fills and copies pages.
    pages: PagesBy,
    /// The space whose entries the SLB holds.
    loaded: Option<SpaceId>,
}

impl Mmu {
    /// The MMU of the machine that `info` describes, with no program's space loaded.
    /// Its page table is the hypervisor's, so it takes no memory.
    pub fn new(info: &BootInfo, _: &mut MemoryMap) -> Result<Mmu, Infallible> {
        Ok(Mmu {
            table: HypervisorTable::new(info),
            slb: Slb::new(info.mmu.slb_size),
            pages: PagesBy::Kernel,
            loaded: None,
        })
    }

    /// Says who fills and copies pages. Where the hypervisor does not, it is the kernel all
    /// the same.
    pub fn move_pages_by(&mut self, who: PagesBy) {
        let can = hypervisor::moves_pages();
        self.pages = if can { who } else { PagesBy::Kernel };
    }

    /// Answers a segment fault in `space` with the entry that the virtual memory gave.
    pub fn load(&mut self, space: SpaceId, esid: Esid, entry: SegmentEntry) {
        if self.loaded == Some(space) {
            self.slb.load(esid, entry);
        }
    }
}

impl Machine for Mmu {
    fn groups(&self) -> u32 {
        self.table.groups()
    }

    #[inline(always)]
    fn enter(&mut self, slot: PteSlot, pte: &Pte, hash: Hash) {
        self.table.enter(slot, pte, hash);
    }

    fn remove(&mut self, slot: PteSlot, vpn: Option<Vpn>) -> Noted {
        noted(self.table.remove(slot, vpn))
    }

    #[inline]
    fn remove_all(
        &mut self,
        entries: impl Iterator<Item = (PteSlot, Option<Vpn>)>,
        mut take: impl FnMut(Noted),
    ) {
        self.table.remove_all(entries, |entry| take(noted(entry)));
    }

    fn protect(&mut self, slot: PteSlot, vpn: Vpn, rights: Rights) {
        self.table.protect(slot, vpn, rights);
    }

    fn read(&self, slot: PteSlot) -> Option<(Pte, Noted)> {
        decode(self.table.read(slot), slot)
    }

    #[inline]
    fn enter_space(&mut self, space: SpaceId, table: impl Iterator<Item = (Esid, SegmentEntry)>) {
        if self.loaded != Some(space) {
            self.slb.fill(table);
            self.loaded = Some(space);
        }
    }

    fn set_segment(
        &mut self,
        space: SpaceId,
        esid: Esid,
        _: Option<SegmentEntry>,
        new: Option<SegmentEntry>,
    ) {
        if self.loaded == Some(space) {
            self.slb.update(esid, new);
        }
    }

    fn forget_space(&mut self, space: SpaceId) {
        if self.loaded == Some(space) {
            self.slb.clear();
            self.loaded = None;
        }
    }

    fn check_lookaside(&self, slot: &dyn Fn(SpaceId, Esid) -> Option<SegmentEntry>) -> Vec<String> {
        let here = |esid| slot(self.loaded?, esid);
        let wrong = self
            .slb
            .held()
            .filter(|(_, esid, held)| here(*esid) != Some(*held));
        wrong
            .map(|held| format!("the SLB holds {held:x?}"))
            .collect()
    }

    fn zero(&mut self, frame: FrameNo) {
        match self.pages {
            // SAFETY: the frame is a program's, of which Rust knows nothing.
            PagesBy::Hypervisor => unsafe { hypervisor::zero_page(frame) },
            PagesBy::Kernel => bytes::zero(frame),
        }
    }

    fn copy(&mut self, from: FrameNo, to: FrameNo) {
        match self.pages {
            // SAFETY: as above.
            PagesBy::Hypervisor => unsafe { hypervisor::copy_page(from, to) },
            PagesBy::Kernel => bytes::copy(from, to),
        }
    }

    fn heap_is_low(&self) -> bool {
        heap::is_low()
    }
}
