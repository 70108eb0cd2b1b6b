//! 1, 4, 5 and 7 again, from the side of the spaces: rights, keys and regions.

use super::Findings;
use crate::error::Access;
use crate::machine::{Fetch, Key, Machine, Pp, Rights, SpaceId};
use crate::record::RecordId;
use crate::region::{ObjectId, Region};
use crate::segment::Use;
use crate::space::{Slot, Space};
use crate::vm::Vm;
use alloc::format;
use alloc::sync::Arc;

impl<M: Machine> Vm<M> {
    /// 1, 4 and 5 again, from the side of the spaces: rights, keys and regions.
    pub(super) fn check_spaces(&self, findings: &mut Findings) {
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
            let ea = slot.esid.at(self.vpn(record).page());
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
        ours && key && fetch && region.allows(Access::Read)
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
            let at = region.object_page(slot.esid.at(page))?;
            self.object_page_if_there(region.source.object()?, at)
        };
        below.or_else(source) == Some(self.records.frame(id))
    }
}
