//! Objects: invariant 7.

use super::Findings;
use crate::addr::{PAGE_SIZE, SEGMENT_PAGES};
use crate::machine::Machine;
use crate::record::RecordId;
use crate::region::ObjectId;
use crate::regions::Regions;
use crate::segment::Use;
use crate::vm::Vm;
use alloc::format;
use alloc::sync::Arc;

impl<M: Machine> Vm<M> {
    /// Objects: their segments are theirs, nothing lies past their end, and what maps
    /// them is counted.
    pub(super) fn check_objects(&self, findings: &mut Findings) {
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
        let held = self.objects.iter().filter(|(_, object)| object.held);
        let kept: u64 = held.map(|(id, _)| self.object_frames(id)).sum();
        findings.check(kept == u64::from(self.kept), || {
            format!("{kept} frames of held objects, {} counted", self.kept)
        });
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
}
