//! The HTAB, the records and the frames: invariants 1 to 3.

use super::Findings;
use crate::addr::{FrameNo, Vpn};
use crate::htab::Owner;
use crate::machine::{Machine, Pp, Pte, PteSlot};
use crate::record::{Kind, RecordId};
use crate::vm::Vm;
use alloc::format;

impl<M: Machine> Vm<M> {
    /// 1. Each slot of the HTAB holds what its owner says, and nothing else.
    pub(super) fn check_table(&self, findings: &mut Findings) {
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
    pub(super) fn check_records(&self, findings: &mut Findings) {
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
    pub(super) fn check_frames(&self, findings: &mut Findings) {
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
}
