//! The memory management unit as the virtual memory sees it: [`vm::Machine`].

use super::htab;
use super::slb::Slb;
use crate::arch::bytes;
use crate::boot_info::BootInfo;
use crate::heap;
use crate::memory_map::MemoryMap;
use crate::platform::hypervisor::{self, H_AVPN, H_EXACT, Refused};
use core::convert::Infallible;
use vm::{
    Esid, FrameNo, Hash, Machine, Noted, Pte, PteSlot, Rights, SegmentEntry, SpaceId,
    Vpn,
};

/// The hashed page table, kept by the hypervisor, and this processor's SLB.
pub struct Mmu {
    groups: u32,
    pub(super) slb: Slb,
    /// The space whose entries the SLB holds.
    loaded: Option<SpaceId>,
}

impl Mmu {
    /// The MMU of the machine that `info` describes, with no program's space loaded.
    /// Its page table is the hypervisor's, so it takes no memory.
    pub fn new(info: &BootInfo, _: &mut MemoryMap) -> Result<Mmu, Infallible> {
        Ok(Mmu {
            groups: htab::groups(info.mmu.htab_shift),
            slb: Slb::new(info.mmu.slb_size),
            loaded: None,
        })
    }

    /// The program resumed next runs in `space`.
    pub fn enter_space(&mut self, space: SpaceId) {
        if self.loaded != Some(space) {
            self.slb.clear();
            self.loaded = Some(space);
        }
    }

    /// Answers a segment fault in `space` with the entry that the virtual memory gave.
    pub fn load(&mut self, space: SpaceId, esid: Esid, entry: SegmentEntry) {
        if self.loaded == Some(space) {
            self.slb.load(esid, entry);
        }
    }
}

/// The table slot that a call names is as [`Machine`] promises, so the hypervisor
/// has no reason to refuse.
fn done<T>(result: Result<T, Refused>, slot: PteSlot) -> T {
    match result {
        Ok(value) => value,
        Err(why) => panic!("slot {:#x} of the HTAB: {why}", slot.0),
    }
}

impl Machine for Mmu {
    fn groups(&self) -> u32 {
        self.groups
    }

    fn enter(&mut self, slot: PteSlot, pte: &Pte, hash: Hash) {
        // SAFETY: a program's entry; the kernel does not use its addresses.
        let entered = unsafe { hypervisor::enter(H_EXACT, slot.0.into(), htab::encode(pte, hash)) };
        done(entered, slot);
    }

    fn remove(&mut self, slot: PteSlot, vpn: Option<Vpn>) -> Noted {
        let (flags, avpn) = vpn.map_or((0, 0), |vpn| (H_AVPN, htab::avpn(vpn)));
        // SAFETY: as above.
        let removed = unsafe { hypervisor::remove(flags, slot.0.into(), avpn) };
        htab::noted(done(removed, slot))
    }

    fn protect(&mut self, slot: PteSlot, vpn: Vpn, rights: Rights) {
        let flags = H_AVPN | htab::rights(rights);
        // SAFETY: as above.
        let changed = unsafe { hypervisor::protect(flags, slot.0.into(), htab::avpn(vpn)) };
        done(changed, slot);
    }

    fn read(&self, slot: PteSlot) -> Option<(Pte, Noted)> {
        htab::decode(done(hypervisor::read(slot.0.into()), slot), slot)
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

    fn drop_space(&mut self, space: SpaceId) {
        if self.loaded == Some(space) {
            self.slb.clear();
            self.loaded = None;
        }
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
