//! Segments, their lists and their shadows: invariants 4 to 6.

use super::Findings;
use crate::addr::Vpn;
use crate::machine::Machine;
use crate::segment::{SegNo, Segment, Use};
use crate::shadow::DEEPEST;
use crate::vm::Vm;
use alloc::format;
use alloc::vec::Vec;

impl<M: Machine> Vm<M> {
    /// 4 and 5. References, lists and shadows of each segment.
    pub(super) fn check_segments(&self, findings: &mut Findings) {
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
    pub(super) fn for_each_segment<T: Clone>(&self, row: T) -> Option<Vec<T>> {
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
        let is_ours = |vpn: Vpn| vpn.vsid() == row.vsid && row.may_have(vpn.page());
        let ours = list().take(most).all(|id| is_ours(self.vpn(id)));
        findings.check(ours, || format!("{no:?}: lists a record that is not in it"));
    }

    /// `above` segments have this one as their shadow.
    fn check_shadow(&self, findings: &mut Findings, no: SegNo, row: &Segment, above: u32) {
        let depth = self.segments.chain(no).take(DEEPEST as usize + 2).count() - 1;
        findings.check(depth <= DEEPEST as usize, || {
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

    /// 6. Each page of a segment can be seen by somebody.
    pub(super) fn check_reachable(&self, findings: &mut Findings) {
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
