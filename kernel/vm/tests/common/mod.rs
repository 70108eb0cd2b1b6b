//! A machine for the host: a table of a few groups, an SLB that forgets nothing
//! by itself, and frames of one word each.
#![allow(dead_code, reason = "each test file uses a part")]

use std::collections::BTreeMap;
use vm::*;

/// The machine's state, all of it visible to the tests.
pub struct Bench {
    pub table: Vec<Option<(Pte, Noted)>>,
    pub slb: BTreeMap<(SpaceId, Esid), SegmentEntry>,
    pub words: Vec<u64>,
    pub heap_is_low: bool,
}

impl Bench {
    fn group_of(&self, vpn: Vpn, hash: Hash) -> u32 {
        let value = vpn.vsid().0 ^ u64::from(vpn.page().0);
        let mask = u64::from(self.groups() - 1);
        (if hash == Hash::Primary {
            value & mask
        } else {
            !value & mask
        }) as u32
    }

    /// The word that an access finds without any fault; `None` where it would fault.
    pub fn look(&self, space: SpaceId, ea: Ea, access: Access) -> Option<u64> {
        let entry = self.slb.get(&(space, ea.esid()))?;
        let vpn = Vpn::new(entry.vsid, ea.page());
        let groups = [Hash::Primary, Hash::Secondary].map(|hash| self.group_of(vpn, hash));
        let slots = groups
            .into_iter()
            .flat_map(|n| &self.table[n as usize * 8..][..8]);
        let (pte, _) = slots.flatten().find(|(pte, _)| pte.vpn == vpn)?;
        allows(entry, &pte.rights, access).then(|| self.words[pte.frame.0 as usize])
    }

    /// What the hardware finds for a virtual page.
    fn translate(&mut self, vpn: Vpn) -> Option<&mut (Pte, Noted)> {
        let groups = [Hash::Primary, Hash::Secondary].map(|hash| self.group_of(vpn, hash));
        let slots = groups
            .into_iter()
            .flat_map(|group| group * 8..group * 8 + 8);
        let found: Vec<usize> = slots
            .map(|n| n as usize)
            .filter(|n| self.table[*n].is_some_and(|(pte, _)| pte.vpn == vpn))
            .collect();
        assert!(
            found.iter().all(|n| *n == found[0]),
            "{vpn:?} stands in the table twice"
        );
        self.table[*found.first()?].as_mut()
    }
}

impl Machine for Bench {
    fn groups(&self) -> u32 {
        self.table.len() as u32 / GROUP
    }
    fn enter(&mut self, slot: PteSlot, pte: &Pte, hash: Hash) {
        assert_eq!(
            slot.0 / GROUP,
            self.group_of(pte.vpn, hash),
            "{pte:?} in a wrong group"
        );
        let old = self.table[slot.0 as usize].replace((*pte, Noted::empty()));
        assert!(old.is_none(), "{slot:?} is taken by {old:?}");
    }
    fn remove(&mut self, slot: PteSlot, vpn: Option<Vpn>) -> Noted {
        let (pte, noted) = self.table[slot.0 as usize]
            .take()
            .expect("an entry to remove");
        assert!(
            vpn.is_none_or(|vpn| vpn == pte.vpn),
            "{pte:?} is not {vpn:?}"
        );
        noted
    }
    fn protect(&mut self, slot: PteSlot, vpn: Vpn, rights: Rights) {
        let (pte, _) = self.table[slot.0 as usize]
            .as_mut()
            .expect("an entry to protect");
        assert_eq!(pte.vpn, vpn);
        pte.rights = rights;
    }
    fn read(&self, slot: PteSlot) -> Option<(Pte, Noted)> {
        self.table[slot.0 as usize]
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
        let wrong = |((space, esid), held): &(&(SpaceId, Esid), &SegmentEntry)| {
            slot(*space, *esid) != Some(**held)
        };
        let wrong = self.slb.iter().filter(wrong);
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
        self.heap_is_low
    }
}

/// The kernel's frames in every test machine: they must never be handed out.
pub const KERNEL_FRAMES: u32 = 3;

pub fn machine_with(limits: Limits, groups: u32, fork: Fork) -> Vm<Bench> {
    let bench = Bench {
        table: vec![None; (groups * GROUP) as usize],
        slb: BTreeMap::new(),
        words: vec![0xDEAD; limits.frames as usize],
        heap_is_low: false,
    };
    let mut vm = Vm::new(bench, limits, fork);
    vm.give(KERNEL_FRAMES..limits.frames);
    vm
}

/// A machine with `frames` frames to give away and a table of 4 groups.
pub fn machine(frames: u32, fork: Fork) -> Vm<Bench> {
    machine_with(Limits::for_frames(frames + KERNEL_FRAMES), 4, fork)
}

/// Runs `test` under each strategy.
pub fn under_all(test: impl Fn(Fork)) {
    test(Fork::Shared);
    test(Fork::Lazy);
    test(Fork::Eager);
}

/// Runs `test` under the strategies that do nothing for a page.
pub fn under_both(test: impl Fn(Fork)) {
    test(Fork::Shared);
    test(Fork::Lazy);
}

/// An access as the processor makes it: SLB, table, rights, and a fault if one
/// of them says no, until it succeeds.
pub fn access(
    vm: &mut Vm<Bench>,
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
        if let Some((pte, noted)) = vm.machine.translate(Vpn::new(entry.vsid, ea.page()))
            && allows(&entry, &pte.rights, access)
        {
            noted.insert(Noted::REFERENCED);
            noted.set(
                Noted::CHANGED,
                access == Access::Write || noted.contains(Noted::CHANGED),
            );
            return Ok(pte.frame);
        }
        vm.fault(space, ea, access)?;
    }
    panic!("{access:?} of {ea:?} makes no progress");
}

/// Whether the table has an entry for the page.
pub fn is_entered(vm: &mut Vm<Bench>, space: SpaceId, ea: Ea) -> bool {
    let vsid = vm.machine.slb[&(space, ea.esid())].vsid;
    vm.machine.translate(Vpn::new(vsid, ea.page())).is_some()
}

fn allows(entry: &SegmentEntry, rights: &Rights, access: Access) -> bool {
    match access {
        Access::Read => true,
        Access::Write => match rights.pp {
            Pp::ByKey => entry.key == Key::Zero,
            Pp::ReadWrite => true,
            Pp::ReadOnly => false,
        },
        Access::Fetch => rights.fetch == Fetch::Allowed && entry.fetch == Fetch::Allowed,
    }
}

pub fn read(vm: &mut Vm<Bench>, space: SpaceId, ea: u64) -> Result<u64, Fault> {
    let frame = access(vm, space, Ea(ea), Access::Read)?;
    Ok(vm.machine.words[frame.0 as usize])
}

pub fn write(vm: &mut Vm<Bench>, space: SpaceId, ea: u64, word: u64) -> Result<(), Fault> {
    let frame = access(vm, space, Ea(ea), Access::Write)?;
    assert!(frame.0 >= KERNEL_FRAMES, "a kernel frame was given away");
    vm.machine.words[frame.0 as usize] = word;
    Ok(())
}

/// Private zero memory at a fixed place.
pub fn zero_at(ea: u64, pages: u64) -> Map {
    Map {
        place: Place::Fixed(Ea(ea)),
        len: pages * PAGE_SIZE,
        prot: Prot::READ | Prot::WRITE,
        flags: Flags::empty(),
        source: Source::Zero,
        label: Label::None,
    }
}

/// A shared mapping of an object's start.
pub fn object_at(ea: u64, pages: u64, object: ObjectId) -> Map {
    Map {
        source: Source::Shared { object, first: 0 },
        ..zero_at(ea, pages)
    }
}

/// Where most tests have their memory: the start of a segment.
pub const A: u64 = 0x1000_0000;
pub const PAGE: u64 = PAGE_SIZE;

/// A space with `pages` pages at [`A`], page n holding n + 100.
pub fn parent(vm: &mut Vm<Bench>, pages: u64) -> SpaceId {
    let space = vm.create_space().unwrap();
    vm.map(space, &zero_at(A, pages)).unwrap();
    for n in 0..pages {
        write(vm, space, A + n * PAGE, n + 100).unwrap();
    }
    space
}

#[track_caller]
pub fn assert_reads(vm: &mut Vm<Bench>, space: SpaceId, page: u64, word: u64) {
    assert_eq!(read(vm, space, A + page * PAGE), Ok(word));
}

/// The auditor finds nothing.
#[track_caller]
pub fn assert_clean(vm: &mut Vm<Bench>) {
    let findings = vm.audit();
    assert!(findings.is_empty(), "{findings:#?}");
}

/// Ends all these spaces; then every frame must be free again.
#[track_caller]
pub fn assert_all_comes_back(mut vm: Vm<Bench>, spaces: &[SpaceId]) {
    assert_clean(&mut vm);
    spaces.iter().for_each(|space| vm.destroy_space(*space));
    assert_clean(&mut vm);
    let counts = vm.frame_counts();
    assert_eq!(counts.free, counts.total - KERNEL_FRAMES, "{counts:?}");
    assert_eq!((counts.aliases, vm.htab_counts().live), (0, 0));
}
