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
//! 7. A derived alias leads where a lookup leads without it. Nothing lies past the end
//!    of an object, and what maps it is counted.
//! 8. What lookaside buffers hold, slots and PTEs say too.

mod objects;
mod records;
mod segments;
mod spaces;

use crate::machine::Machine;
use crate::vm::Vm;
use alloc::string::String;
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
        let slot = |space, esid| {
            let (_, space) = self.live_spaces().find(|(id, _)| *id == space)?;
            Some(self.segment_entry(space.slot(esid)?))
        };
        findings.0.extend(self.machine.check_lookaside(&slot));
        findings.0
    }
}
