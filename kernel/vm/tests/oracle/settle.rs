//! The looks after an audit that settled what was pending: how many frames are in use,
//! and what the virtual memory says of files and of sharing.

use super::model::{Holes, Kind};
use super::player::Player;
use std::collections::BTreeMap;
use vm::*;

impl Player {
    /// Everything that is pending is done; then no frame may be left over.
    pub fn settle(&mut self) {
        let findings = self.vm.audit();
        assert!(findings.is_empty(), "{findings:#?}");
        self.look_at_frames();
        self.look_at_files();
        self.look_at_sharers();
        self.count_attachments();
    }

    /// No more frames are in use than are needed, or were filled or copied ahead.
    pub fn look_at_frames(&self) {
        let counts = self.vm.frame_counts();
        let needed = self.model.frames_needed(self.vm.stat.flattens as u32);
        let [filled, copied] = [self.vm.stat.filled_ahead, self.vm.stat.copied_ahead];
        let enough = u64::from(counts.private) <= u64::from(needed.private) + filled + copied
            && u64::from(counts.object) <= u64::from(needed.object) + filled;
        assert!(enough, "{counts:?}, but {needed:?}");
    }

    fn look_at_files(&self) {
        for (id, file) in &self.model.files {
            let id = ObjectId(*id);
            assert_eq!(self.vm.object_pages(id), file.pages, "{id:?}");
            let ahead = match file.holes {
                Holes::Told => 0,
                Holes::Hidden => self.vm.stat.filled_ahead,
            };
            let most = file.words.len() as u64 + ahead;
            assert!(self.vm.object_frames(id) <= most, "{id:?}");
            for (page, word) in &file.words {
                let frame = self.vm.object_page_if_there(id, *page);
                let there = frame.map_or(0, |frame| self.vm.machine.words[frame.0 as usize]);
                assert_eq!(there, *word, "{id:?}, page {page}");
            }
        }
    }

    /// Whoever shares a private page sees it, and is counted; so is what they share.
    fn look_at_sharers(&self) {
        let mut frames = BTreeMap::<u32, (u32, u32)>::new();
        for n in self.live() {
            for region in self.vm.regions(self.id(n)) {
                let visit = |page: &PageReport| -> Result<(), VmError> {
                    if !page.object {
                        let frame = frames.entry(page.record.frame.0).or_default();
                        (frame.0, frame.1) = (frame.0 + 1, page.sharers);
                    }
                    self.look_at_report(n, page);
                    Ok(())
                };
                self.vm
                    .pages(self.id(n), region, visit)
                    .expect("memory for a list");
            }
        }
        for (frame, (seen, sharers)) in &frames {
            assert_eq!(
                seen, sharers,
                "frame {frame} is seen, and said to be shared"
            );
        }
        assert_eq!(frames.len() as u32, self.vm.frame_counts().private);
    }

    fn look_at_report(&self, n: usize, page: &PageReport) {
        assert_eq!(self.vm.peek(self.id(n), page.ea), Some(page.record.frame));
        let kind = self.model.space(n)[&page.ea.0].kind;
        let backing = match kind {
            Kind::Shared(file, at) => Some((file, at)),
            _ => None,
        };
        assert_eq!(self.vm.backing(self.id(n), page.ea), backing);
    }

    /// Counts files that one space has by VSID and another by aliases just now.
    fn count_attachments(&mut self) {
        let files: Vec<u32> = self.model.files.keys().copied().collect();
        for file in files {
            let (by_vsid, by_aliases) = self.attachments(ObjectId(file));
            if by_vsid {
                self.seen.count("attached by VSID");
            }
            if by_vsid && by_aliases {
                self.seen.count("attached both ways at once");
            }
        }
    }

    /// Whether a space that shares a file from its start has it by VSID, and whether
    /// one has it by aliases.
    fn attachments(&self, object: ObjectId) -> (bool, bool) {
        let source = Source::Shared { object, first: 0 };
        let (mut by_vsid, mut by_aliases) = (false, false);
        for id in self.live().map(|n| self.id(n)) {
            let mut regions = self.vm.regions(id);
            let Some(region) = regions.find(|region| region.source == source) else {
                continue;
            };
            let mut slots = self.vm.segments(id);
            if let Some(slot) = slots.find(|slot| slot.esid == region.start.esid()) {
                by_vsid |= slot.object;
                by_aliases |= !slot.object;
            }
        }
        (by_vsid, by_aliases)
    }
}
