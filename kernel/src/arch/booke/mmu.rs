//! The memory management unit as the virtual memory sees it: [`vm::Machine`].

use super::pids::Pids;
use super::segments::Segments;
use super::tlb;
use crate::arch::{PagesBy, Rights, bytes, linear_address};
use crate::boot_info::BootInfo;
use crate::heap;
use crate::memory_map::{Area, MemoryMap};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use htab::{Entry, InMemory, PageTable, Stored};
use vm::{Esid, FrameNo, GROUP, Hash, Machine, Noted, Pte, PteSlot, SegmentEntry, SpaceId, Vpn};
use zerocopy::byteorder::BigEndian;

/// The hashed page table in memory, this processor's TLB, and what leads to both.
pub struct Mmu {
    /// The real address of the page table.
    table: u64,
    groups: u32,
    pub(super) segments: Segments,
    pub(super) pids: Pids,
    /// The space whose segments the segment table holds.
    pub(super) loaded: Option<SpaceId>,
}

/// There is no room for the page table.
pub struct NoRoom {
    /// Its size in bytes.
    size: u64,
}

impl fmt::Display for NoRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kib = self.size >> 10;
        write!(f, "no {kib} KiB of memory in one piece for the page table")
    }
}

impl Mmu {
    /// An empty page table, in memory that is taken from what is free in `map`, and with
    /// no program's space loaded.
    pub fn new(info: &BootInfo, map: &mut MemoryMap) -> Result<Mmu, NoRoom> {
        let size = htab::size_for(info.ram());
        let range = map.find(info, size, size).ok_or(NoRoom { size })?;
        map.add(Area {
            range: range.clone(),
            name: "page table",
            rights: Rights::ReadWrite,
        });
        // SAFETY: the range is free, and the map now says that it is taken.
        unsafe { linear_address(range.start).write_bytes(0, size as usize) };
        let groups = (size / size_of::<[Stored<BigEndian>; GROUP as usize]>() as u64) as u32;
        Ok(Mmu {
            table: range.start,
            groups,
            segments: Segments::new(linear_address(range.start) as u64, groups),
            pids: Pids::new(),
            loaded: None,
        })
    }

    /// Says who fills and copies pages: there is nobody but the kernel.
    pub fn move_pages_by(&mut self, _: PagesBy) {}

    /// Answers a segment fault in `space` with the entry that the virtual memory gave.
    pub fn load(&mut self, space: SpaceId, esid: Esid, entry: SegmentEntry) {
        if self.loaded == Some(space) {
            self.segments.load(esid, entry);
        }
    }

    /// The page table's memory.
    pub(super) fn table(&self) -> InMemory<'_, BigEndian> {
        let first = linear_address(self.table).cast::<Stored<BigEndian>>();
        // SAFETY: `new` has taken this memory for the table; the slice lives as long as
        // one function of the table's, and what else reads and writes there, the search
        // after a TLB miss, runs only while programs do.
        let slots =
            unsafe { core::slice::from_raw_parts_mut(first, (self.groups * GROUP) as usize) };
        InMemory::new(slots)
    }

    /// What was an entry, or had other rights, is nowhere in the TLB any more. It never
    /// was without R, which every fill sets.
    fn forget(&self, slot: PteSlot, entry: Entry) {
        if let Some((pte, noted)) = htab::decode(entry, slot)
            && noted.contains(Noted::REFERENCED)
        {
            tlb::forget(pte.frame, pte.vpn.page());
        }
    }
}

impl Machine for Mmu {
    fn groups(&self) -> u32 {
        self.groups
    }

    fn enter(&mut self, slot: PteSlot, pte: &Pte, hash: Hash) {
        self.table().enter(slot, pte, hash);
    }

    fn remove(&mut self, slot: PteSlot, vpn: Option<Vpn>) -> Noted {
        let entry = self.table().remove(slot, vpn);
        self.forget(slot, entry);
        htab::noted(entry)
    }

    fn protect(&mut self, slot: PteSlot, vpn: Vpn, rights: vm::Rights) {
        self.table().protect(slot, vpn, rights);
        self.forget(slot, self.table().read(slot));
    }

    fn read(&self, slot: PteSlot) -> Option<(Pte, Noted)> {
        htab::decode(self.table().read(slot), slot)
    }

    fn enter_space(&mut self, space: SpaceId, table: impl Iterator<Item = (Esid, SegmentEntry)>) {
        if self.loaded != Some(space) {
            self.segments.clear();
            table.for_each(|(esid, entry)| self.segments.load(esid, entry));
            self.loaded = Some(space);
        }
        let pid = self.pids.give(space);
        if boot::pid() != pid {
            // SAFETY: what the TLB holds for it is this space's.
            unsafe { boot::set_pid(pid) };
        }
    }

    /// No instruction finds what the TLB has of one segment among what it has of a space:
    /// so all of that goes, but only when the old entry allowed what the new one does not.
    fn set_segment(
        &mut self,
        space: SpaceId,
        esid: Esid,
        old: Option<SegmentEntry>,
        new: Option<SegmentEntry>,
    ) {
        if self.loaded == Some(space) {
            self.segments.update(esid, new);
        }
        if old.is_some_and(|old| !old.only_allows_more(new))
            && let Some(pid) = self.pids.get(space)
        {
            boot::flush(pid);
        }
    }

    fn forget_space(&mut self, space: SpaceId) {
        if self.loaded == Some(space) {
            self.segments.clear();
            self.loaded = None;
        }
        self.pids.take_back(space);
    }

    fn check_lookaside(&self, slot: &dyn Fn(SpaceId, Esid) -> Option<SegmentEntry>) -> Vec<String> {
        self.audit(slot)
    }

    fn zero(&mut self, frame: FrameNo) {
        bytes::zero(frame);
    }

    fn copy(&mut self, from: FrameNo, to: FrameNo) {
        bytes::copy(from, to);
    }

    fn heap_is_low(&self) -> bool {
        heap::is_low()
    }
}
