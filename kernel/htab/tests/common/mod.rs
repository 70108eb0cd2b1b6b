//! A machine for the host whose page table is the one in memory: a processor searches it
//! as the Power ISA says and sets R and C, an SLB forgets nothing by itself, and
//! frames have one word each.
#![allow(dead_code, reason = "each test file uses a part")]

use htab::{InMemory, PageTable, Stored, decode, noted};
use std::collections::BTreeMap;
use vm::*;
use zerocopy::byteorder::ByteOrder;

/// Groups in the smallest table.
pub const GROUPS: u32 = 1 << 11;

/// Memory for a table, nothing in it.
pub fn free_memory<O: ByteOrder>(groups: u32) -> Vec<Stored<O>> {
    vec![Stored::FREE; (groups * GROUP) as usize]
}

/// The machine's state.
pub struct Bench<O: ByteOrder> {
    pub memory: Vec<Stored<O>>,
    pub slb: BTreeMap<(SpaceId, Esid), SegmentEntry>,
    pub words: Vec<u64>,
}

impl<O: ByteOrder> Bench<O> {
    pub fn new(frames: u32) -> Self {
        Bench {
            memory: free_memory(GROUPS),
            slb: BTreeMap::new(),
            words: vec![0xDEAD; frames as usize],
        }
    }

    fn table(&mut self) -> InMemory<'_, O> {
        InMemory::new(&mut self.memory)
    }

    /// The entry of a page, by the ISA's own words (v3.0B, Book III, "Page Table Search"):
    /// written here from the manual's numbers, so that a mistake in the crate is not
    /// made twice.
    pub fn search(&mut self, vpn: Vpn) -> Option<&mut Stored<O>> {
        let (vsid, page) = (vpn.vsid().0, u64::from(vpn.page().0));
        let hash = vsid ^ page;
        let avpn_and_valid = vsid << 12 | (page >> 11) << 7 | 1;
        let groups = self.memory.len() as u64 / 8;
        let mut found = Vec::new();
        for (hash, v) in [(hash, avpn_and_valid), (!hash, avpn_and_valid | 2)] {
            let first = (hash % groups * 8) as usize;
            found.extend((first..first + 8).filter(|n| self.memory[*n].v.get() == v));
        }
        assert!(found.len() <= 1, "{vpn:?} stands in the table twice");
        Some(&mut self.memory[*found.first()?])
    }

    /// What an access finds: the frame, and R and C set for it; `None` if it faults.
    fn translate(&mut self, entry: &SegmentEntry, ea: Ea, access: Access) -> Option<FrameNo> {
        let stored = self.search(Vpn::new(entry.vsid, ea.page()))?;
        let r = stored.r.get();
        let allowed = match access {
            Access::Read => r & 3 != 0,
            Access::Write => r & 3 == 2 || r & 3 == 1 && entry.key == Key::Zero,
            Access::Fetch => r & 4 == 0 && entry.fetch == Fetch::Allowed,
        };
        let set = if access == Access::Write {
            0x180
        } else {
            0x100
        };
        allowed.then(|| {
            stored.r.set(r | set);
            FrameNo((r >> 12) as u32)
        })
    }
}

impl<O: ByteOrder> Machine for Bench<O> {
    fn groups(&self) -> u32 {
        self.memory.len() as u32 / GROUP
    }
    fn enter(&mut self, slot: PteSlot, pte: &Pte, hash: Hash) {
        self.table().enter(slot, pte, hash);
    }
    fn remove(&mut self, slot: PteSlot, vpn: Option<Vpn>) -> Noted {
        noted(self.table().remove(slot, vpn))
    }
    fn protect(&mut self, slot: PteSlot, vpn: Vpn, rights: Rights) {
        self.table().protect(slot, vpn, rights);
    }
    fn read(&self, slot: PteSlot) -> Option<(Pte, Noted)> {
        let Stored { v, r } = self.memory[slot.0 as usize];
        let (v, r) = (v.get(), r.get());
        decode(htab::Entry { v, r }, slot)
    }
    fn enter_space(&mut self, space: SpaceId, table: impl Iterator<Item = (Esid, SegmentEntry)>) {
        let table = table.map(|(esid, entry)| ((space, esid), entry));
        self.slb.extend(table);
    }
    fn set_segment(
        &mut self,
        space: SpaceId,
        esid: Esid,
        old: Option<SegmentEntry>,
        new: Option<SegmentEntry>,
    ) {
        let Some(held) = self.slb.get_mut(&(space, esid)) else {
            return;
        };
        assert_eq!(Some(*held), old, "what the SLB holds");
        match new {
            None => drop(self.slb.remove(&(space, esid))),
            Some(new) => *held = new,
        }
    }
    fn forget_space(&mut self, space: SpaceId) {
        self.slb.retain(|(other, _), _| *other != space);
    }
    fn check_lookaside(&self, slot: &dyn Fn(SpaceId, Esid) -> Option<SegmentEntry>) -> Vec<String> {
        let wrong = self
            .slb
            .iter()
            .filter(|((space, esid), held)| slot(*space, *esid) != Some(**held));
        wrong
            .map(|held| format!("the SLB holds {held:?}"))
            .collect()
    }
    fn zero(&mut self, frame: FrameNo) {
        self.words[frame.0 as usize] = 0;
    }
    fn copy(&mut self, from: FrameNo, to: FrameNo) {
        self.words[to.0 as usize] = self.words[from.0 as usize];
    }
    fn heap_is_low(&self) -> bool {
        false
    }
}

/// The kernel's frames: they must never be handed out.
pub const KERNEL_FRAMES: u32 = 3;

pub fn machine<O: ByteOrder>(frames: u32, fork: Fork) -> Vm<Bench<O>> {
    let all = frames + KERNEL_FRAMES;
    let mut vm = Vm::new(Bench::new(all), Limits::for_frames(all), fork);
    vm.give(KERNEL_FRAMES..all);
    vm
}

/// An access as the processor makes it: SLB, table, rights, and a fault if one of them
/// says no, until it succeeds.
pub fn access<O: ByteOrder>(
    vm: &mut Vm<Bench<O>>,
    space: SpaceId,
    ea: Ea,
    access: Access,
) -> Result<FrameNo, Fault> {
    for _ in 0..6 {
        let Some(entry) = vm.machine.slb.get(&(space, ea.esid())).copied() else {
            let entry = vm.segment_fault(space, ea)?;
            vm.machine.slb.insert((space, ea.esid()), entry);
            continue;
        };
        if let Some(frame) = vm.machine.translate(&entry, ea, access) {
            assert!(frame.0 >= KERNEL_FRAMES, "a kernel frame was given away");
            return Ok(frame);
        }
        vm.fault(space, ea, access)?;
    }
    panic!("{access:?} of {ea:?} makes no progress");
}

pub fn read<O: ByteOrder>(vm: &mut Vm<Bench<O>>, space: SpaceId, ea: Ea) -> Result<u64, Fault> {
    let frame = access(vm, space, ea, Access::Read)?;
    Ok(vm.machine.words[frame.0 as usize])
}

pub fn write<O: ByteOrder>(
    vm: &mut Vm<Bench<O>>,
    space: SpaceId,
    ea: Ea,
    word: u64,
) -> Result<(), Fault> {
    let frame = access(vm, space, ea, Access::Write)?;
    vm.machine.words[frame.0 as usize] = word;
    Ok(())
}

/// The auditor finds nothing.
#[track_caller]
pub fn assert_clean<O: ByteOrder>(vm: &mut Vm<Bench<O>>) {
    let findings = vm.audit();
    assert!(findings.is_empty(), "{findings:#?}");
}
