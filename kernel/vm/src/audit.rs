//! The auditor: every invariant of the virtual memory, checked from outside.
//!
//! It trusts nothing that is counted or linked, and derives it all again. It runs
//! after every test. What must hold, numbered as the checks below are:
//!
//! 1. Each live PTE belongs to one record, which points back at its slot, with the
//!    same frame and no more rights than region, key and N allow. The PTEs of dead
//!    segments are of no use to anybody.
//! 2. Each used frame has one name. Each alias is in its frame's chain, in its
//!    segment's list and in the hash index, and all counts agree.
//! 3. Free, named and kernel frames are all frames.
//! 4. What refers to a segment is counted. Spaces that hold one private segment have
//!    the same regions there.
//! 5. Shadows form a forest of bounded depth. A private segment that more than one
//!    refer to is in no slot with key 0.
//! 6. Each page of a private segment can be seen by somebody.

use crate::addr::{Ea, FrameNo, PAGE_SIZE, Page, SEGMENT_PAGES, Vpn};
use crate::error::Access;
use crate::htab::Owner;
use crate::machine::{Fetch, Key, Machine, Pp, Pte, PteSlot, Rights, SpaceId};
use crate::record::{Kind, RecordId};
use crate::region::{ObjectId, Region};
use crate::regions::Regions;
use crate::segment::{SegNo, Segment, Use};
use crate::shadow::MOST_SHADOWS;
use crate::space::{Slot, Space};
use crate::vm::Vm;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// Findings beyond this many are not worth the memory to list.
const MOST_FINDINGS: usize = 20;

/// What was found.
struct Findings(Vec<String>);

impl Findings {
    fn check(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds && self.0.len() < MOST_FINDINGS {
            self.0.push(otherwise());
        }
    }
}

impl<M: Machine> Vm<M> {
    /// Every invariant that does not hold, as a line of text. First all but the
    /// last are checked; then what is pending is done ([folds](crate::Stat::folds)
    /// and pages nobody sees any more), and all are checked.
    pub fn audit(&mut self) -> Vec<String> {
        let mut findings = Findings(self.check());
        self.reclaim();
        findings.0.extend(self.check());
        self.check_reachable(&mut findings);
        findings.0
    }

    /// Every invariant but the last that does not hold now. Changes nothing.
    pub fn check(&self) -> Vec<String> {
        let mut findings = Findings(Vec::new());
        self.check_table(&mut findings);
        self.check_records(&mut findings);
        self.check_frames(&mut findings);
        self.check_segments(&mut findings);
        self.check_spaces(&mut findings);
        self.check_objects(&mut findings);
        findings.0
    }

    /// 1. Each slot of the HTAB holds what its owner says, and nothing else.
    fn check_table(&self, findings: &mut Findings) {
        for (slot, owner) in self.htab.slots() {
            let pte = self.machine.read(slot).map(|(pte, _)| pte);
            match (owner, pte) {
                (Owner::Bolted, _) | (Owner::Free, None) => {}
                (Owner::Dead, Some(pte)) => {
                    let live = self.segments.by_vsid(pte.vpn.vsid()).is_some();
                    findings.check(!live, || format!("{slot:?}: dead, but {pte:?} is live"));
                }
                (Owner::Record(id), Some(pte)) => self.check_pte(findings, slot, id, &pte),
                _ => findings.check(false, || format!("{slot:?}: {owner:?} but holds {pte:?}")),
            }
        }
    }

    fn check_pte(&self, findings: &mut Findings, slot: PteSlot, id: RecordId, pte: &Pte) {
        let record = self.records.get(id);
        let frame = self.records.frame(id);
        let written = Pte {
            vpn: record.vpn,
            frame,
            rights: record.rights(),
        };
        findings.check(*pte == written && record.pte() == Some(slot), || {
            format!(
                "{slot:?}: holds {pte:?}, its record has {written:?} in {:?}",
                record.pte()
            )
        });
    }

    /// 2. Each record is found by its VPN, by its segment and by its frame.
    fn check_records(&self, findings: &mut Findings) {
        let names = self.records.frames.named().map(RecordId::name);
        let mut count = 0;
        for id in names.chain(self.records.aliases.iter().map(RecordId::alias)) {
            count += 1;
            let vpn = self.vpn(id);
            findings.check(self.records.find(vpn) == Some(id), || {
                format!("{vpn:?}: not found")
            });
            let pte = self.records.get(id).pte();
            let owned = pte.is_none_or(|slot| self.htab.owner(slot) == Owner::Record(id));
            findings.check(owned, || format!("{vpn:?}: {pte:?} is not its own"));
            if let Kind::Alias(no) = id.kind() {
                let frame = self.records.frame(id);
                let linked = self.aliases_of(frame).any(|other| other == id);
                findings.check(linked, || format!("{no:?}: not in the chain of {frame:?}"));
                self.check_held(findings, id);
            }
        }
        let indexed = self.records.indexed();
        findings.check(indexed == count, || {
            format!("{indexed} records indexed, not {count}")
        });
    }

    fn aliases_of(&self, frame: FrameNo) -> impl Iterator<Item = RecordId> + '_ {
        let next = |no: &crate::record::AliasNo| self.records.next_alias(*no);
        core::iter::successors(self.records.first_alias(frame), next).map(RecordId::alias)
    }

    /// A frame with a held alias can be written by nobody, and the held ones come
    /// first in its chain.
    fn check_held(&self, findings: &mut Findings, id: RecordId) {
        let frame = self.records.frame(id);
        if !self.records.get(id).is_held() {
            return;
        }
        let all = || self.aliases_of(frame).chain([RecordId::name(frame)]);
        let writable = |id: RecordId| {
            let record = self.records.get(id);
            record.pte().is_some() && record.rights().pp != Pp::ReadOnly
        };
        let kept = !all().any(writable) && self.records.first_held(frame).is_some();
        findings.check(kept, || {
            format!("{frame:?}: held by an alias, and writable")
        });
    }

    /// 3. Free, named and kernel frames are all frames; no free frame has a name.
    fn check_frames(&self, findings: &mut Findings) {
        let frames = &self.records.frames;
        let named = frames.named().count() as u32;
        let (free, kernel, total) = (frames.free_count(), frames.kernel_count(), frames.total());
        findings.check(free + named + kernel == total, || {
            format!("{free} free + {named} named + {kernel} kernel frames are not {total}")
        });
        let mut listed = 0;
        for frame in frames.free_frames() {
            listed += 1;
            let row = frames.row(frame);
            let bare = { row.record.vpn } == Vpn::NONE && self.records.first_alias(frame).is_none();
            findings.check(bare, || format!("{frame:?}: free, but named or aliased"));
        }
        findings.check(listed == free, || {
            format!("{listed} frames in the free list, not {free}")
        });
    }

    /// 4 and 5. References, lists and shadows of each segment.
    fn check_segments(&self, findings: &mut Findings) {
        let Some(mut counts) = self.for_each_segment((0, 0)) else {
            return findings.check(false, || "no memory to count references".into());
        };
        for slot in self.live_spaces().flat_map(|(_, space)| &space.slots) {
            counts[slot.segment.0 as usize].0 += 1;
        }
        for shadow in self.segments.iter().filter_map(|(_, row)| row.shadow) {
            counts[shadow.0 as usize].1 += 1;
        }
        for (no, row) in self.segments.iter() {
            let (held, above) = counts[no.0 as usize];
            findings.check(row.slots == held, || {
                format!("{no:?}: {held} slots hold it, {} counted", row.slots)
            });
            let found = self.segments.by_vsid(row.vsid) == Some(no);
            findings.check(found, || format!("{no:?}: {:?} leads elsewhere", row.vsid));
            self.check_list(findings, no, row);
            self.check_shadow(findings, no, row, above);
        }
    }

    /// A row for each number of a segment. There may be no memory for that many: then
    /// the audit says so. It must not be what ends the kernel.
    fn for_each_segment<T: Clone>(&self, row: T) -> Option<Vec<T>> {
        let mut rows = Vec::new();
        let len = self.segments.last() as usize + 1;
        rows.try_reserve_exact(len).ok()?;
        rows.resize(len, row);
        Some(rows)
    }

    fn check_list(&self, findings: &mut Findings, no: SegNo, row: &Segment) {
        let list = || self.records.of(row);
        let most = row.records() as usize + 1;
        let mut counts = (0, 0, 0);
        for id in list().take(most) {
            match (id.is_name(), self.records.holds(id)) {
                (true, _) => counts.0 += 1,
                (_, true) => counts.1 += 1,
                _ => counts.2 += 1,
            }
        }
        let counted = (row.names, row.held, row.derived);
        findings.check(counts == counted, || {
            format!("{no:?}: lists {counts:?} names, held and derived aliases, not {counted:?}")
        });
        let ours = list().take(most).all(|id| self.vpn(id).vsid() == row.vsid);
        findings.check(ours, || format!("{no:?}: lists another segment's record"));
    }

    /// `above` segments have this one as their shadow.
    fn check_shadow(&self, findings: &mut Findings, no: SegNo, row: &Segment, above: u32) {
        let depth = self
            .segments
            .chain(no)
            .take(MOST_SHADOWS as usize + 2)
            .count()
            - 1;
        findings.check(depth <= MOST_SHADOWS as usize, || {
            format!("{no:?}: {depth} shadows")
        });
        let uppers = self.segments.uppers(no).take(above as usize + 1);
        let listed = uppers.count() as u32;
        findings.check(above == listed && above == row.uppers, || {
            format!(
                "{no:?}: {above} uppers, {listed} listed, {} counted",
                row.uppers
            )
        });
        let private = row.used == Use::Private;
        findings.check(!private || row.refs() > 0, || {
            format!("{no:?}: nobody refers to it")
        });
        let bare = private || (row.uppers == 0 && row.shadow.is_none());
        findings.check(bare, || format!("{no:?}: an object's, with shadows"));
    }

    /// 1, 4 and 5 again, from the side of the spaces: rights, keys and regions.
    fn check_spaces(&self, findings: &mut Findings) {
        let Some(mut seen) = self.for_each_segment(None) else {
            return findings.check(false, || "no memory to compare spaces".into());
        };
        for (id, space) in self.live_spaces() {
            for slot in &space.slots {
                let row = self.segments.get(slot.segment);
                if row.used == Use::Private {
                    let hint = slot.key == Key::One || row.refs() == 1;
                    findings.check(hint, || {
                        format!("{id:?} {slot:?}: key 0, {} refs", row.refs())
                    });
                    let (first, other) = *seen[slot.segment.0 as usize].get_or_insert((id, slot));
                    let same = other.esid == slot.esid && self.same_regions(space, first, slot);
                    findings.check(same, || {
                        format!("{id:?}, {first:?}: regions differ at {slot:?}")
                    });
                }
                self.check_rights(findings, id, space, slot);
            }
        }
    }

    fn same_regions(&self, space: &Space, other: SpaceId, slot: &Slot) -> bool {
        let range = slot.esid.start()..slot.esid.end();
        let other = &self.space(other).regions;
        let clip = |region: &Region| region.clip(&range);
        Arc::ptr_eq(&space.regions, other)
            || space
                .regions
                .overlapping(&range)
                .iter()
                .map(clip)
                .eq(other.overlapping(&range).iter().map(clip))
    }

    /// Each page that a slot reaches has a region, and its PTE allows no more.
    fn check_rights(&self, findings: &mut Findings, id: SpaceId, space: &Space, slot: &Slot) {
        let row = self.segments.get(slot.segment);
        for record in self.records.of(row) {
            let ea = ea_of(slot, self.vpn(record).page());
            let region = space.regions.find(ea);
            let allowed = match (row.used, region) {
                (Use::Object(object), Some(region)) => {
                    self.object_slot_allows(slot, region, object)
                }
                // Another space may hold more of the object than this one maps.
                (Use::Object(_), None) => false,
                (_, Some(region)) => {
                    self.pte_allows(record, region) && self.leads_right(record, slot, region)
                }
                (_, None) => false,
            };
            findings.check(allowed, || {
                format!(
                    "{id:?} {ea:?}: {:?} under {region:?}",
                    self.records.get(record)
                )
            });
        }
    }

    fn object_slot_allows(&self, slot: &Slot, region: &Region, object: ObjectId) -> bool {
        let ours = region.source.object() == Some(object);
        let writable = region.source.is_shared() && region.allows(Access::Write);
        let key = slot.key == Key::One || writable;
        let fetch = slot.fetch == Fetch::Never || region.allows(Access::Fetch);
        ours && key && fetch
    }

    fn pte_allows(&self, id: RecordId, region: &Region) -> bool {
        let record = self.records.get(id);
        if record.pte().is_none() {
            return true;
        }
        let Rights { pp, fetch } = self.rights_of(id, region);
        let readable = region.allows(Access::Read);
        let writable = record.rights().pp == Pp::ReadOnly || record.rights().pp == pp;
        readable && writable && (record.rights().fetch == Fetch::Never || fetch == Fetch::Allowed)
    }

    /// A derived alias leads where a lookup would lead without it.
    fn leads_right(&self, id: RecordId, slot: &Slot, region: &Region) -> bool {
        if self.records.holds(id) || !self.is_private(slot.segment) {
            return true;
        }
        let page = self.vpn(id).page();
        let below = self.visible_below(slot.segment, page);
        let below = below.map(|(_, record)| self.records.frame(record));
        let source = || {
            let at = region.object_page(ea_of(slot, page))?;
            self.object_page_if_there(region.source.object()?, at)
        };
        below.or_else(source) == Some(self.records.frame(id))
    }

    /// Objects: their segments are theirs, nothing lies past their end, and what maps
    /// them is counted.
    fn check_objects(&self, findings: &mut Findings) {
        for (no, row) in self.segments.iter() {
            if let Use::Object(id) = row.used {
                let known = self.objects.get(id);
                let number = known.and_then(|object| object.number_of(no));
                findings.check(number.is_some(), || {
                    format!("{no:?}: {id:?} does not know it")
                });
                let first = number.unwrap_or(0) * u64::from(SEGMENT_PAGES);
                let inside = |id: RecordId| first + u64::from(self.vpn(id).page().0);
                let mut pages = self.records.of(row).map(inside);
                let end = known.map_or(0, |object| object.pages);
                findings.check(pages.all(|page| page < end), || {
                    format!("{id:?}: a page past its end, {end}")
                });
            }
        }
        for (id, object) in self.objects.iter() {
            let mapped = self.pages_mapped(id);
            findings.check(object.mapped == mapped, || {
                format!("{id:?}: {mapped} pages mapped, {} counted", object.mapped)
            });
        }
    }

    /// Pages of an object in all region maps, each counted once.
    fn pages_mapped(&self, id: ObjectId) -> u64 {
        let first = |(n, map): &(usize, &Arc<Regions>)| {
            let earlier = self.live_spaces().take(*n);
            !earlier
                .map(|(_, space)| &space.regions)
                .any(|other| Arc::ptr_eq(other, map))
        };
        let maps = self.live_spaces().map(|(_, space)| &space.regions);
        let maps = maps.enumerate().filter(first).map(|(_, map)| map);
        let pages = maps.map(|map| map.total(|region| region.source.object() == Some(id)));
        pages.sum::<u64>() / PAGE_SIZE
    }

    /// 6. Each page of a segment can be seen by somebody.
    fn check_reachable(&self, findings: &mut Findings) {
        for (no, row) in self
            .segments
            .iter()
            .filter(|(_, row)| row.used == Use::Private)
        {
            for id in self.records.of(row).filter(|id| self.records.holds(*id)) {
                let page = self.vpn(id).page();
                findings.check(self.is_seen(no, page), || {
                    format!("{no:?} {page:?}: nobody sees it")
                });
            }
        }
    }
}

fn ea_of(slot: &Slot, page: Page) -> Ea {
    Ea(slot.esid.start().0 + u64::from(page.0) * PAGE_SIZE)
}
