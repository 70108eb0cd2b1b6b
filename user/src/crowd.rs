//! Pages that all want the same page table entry group.
//!
//! A page's group is `(VSID xor page) mod groups` (Power ISA v3.0B, Book III, "Page
//! Table Search"). A program that knows the VSIDs of its segments, which Quire tells it,
//! can choose pages that collide: in many segments, one page or a few of each.

use crate::area::RW;
use crate::{Area, Errno, PAGE, SEGMENT, proc};
use linux_raw_sys::general::MAP_PRIVATE;

/// The most pages that [`Crowd::gather`] finds.
pub const MOST: usize = 64;
/// How many segments it looks for them in.
const SEGMENTS: usize = 128;
/// The first of those segments.
const BASE: usize = 1 << 44;
/// Pages in a segment.
const SEGMENT_PAGES: u64 = (SEGMENT / PAGE) as u64;

/// Pages of one group.
pub struct Crowd {
    /// The group's number.
    pub group: u64,
    /// How many groups the table has.
    pub groups: u64,
    pages: [Option<Area>; MOST],
    /// One page in each segment, so that it has a VSID.
    probes: [Option<Area>; SEGMENTS],
}

impl Crowd {
    /// Maps up to [`MOST`] pages whose first choice is one group. `None` where
    /// the kernel does not tell VSIDs.
    pub fn gather() -> Result<Option<Crowd>, Errno> {
        let Some(groups) = proc::lookup(c"/proc/vm/htab", "groups") else {
            return Ok(None);
        };
        let mut crowd = Crowd {
            group: 0,
            groups,
            pages: [None; MOST],
            probes: [None; SEGMENTS],
        };
        for (i, probe) in crowd.probes.iter_mut().enumerate() {
            let page = Area::map(Some(BASE + i * SEGMENT), PAGE, RW, MAP_PRIVATE)?;
            page.store(0, 1);
            *probe = Some(page);
        }
        let vsids = vsids()?;
        crowd.choose(&vsids);
        crowd.map(&vsids)?;
        Ok(Some(crowd))
    }

    /// The pages.
    pub fn pages(&self) -> impl Iterator<Item = Area> + '_ {
        self.pages.iter().flatten().copied()
    }

    /// Unmaps all of them.
    pub fn disperse(self) -> Result<(), Errno> {
        self.pages()
            .chain(self.probes.iter().flatten().copied())
            .try_for_each(Area::unmap)
    }

    /// Takes the group that most of these segments have pages for.
    fn choose(&mut self, vsids: &[Option<u64>; SEGMENTS]) {
        let groups = self.groups;
        let size = |group| {
            vsids
                .iter()
                .flatten()
                .map(|&vsid| colliding(vsid, group, groups).count())
                .sum::<usize>()
        };
        let wanted = vsids.iter().flatten().map(|vsid| (vsid ^ 1) & (groups - 1));
        self.group = wanted.max_by_key(|&group| size(group)).unwrap_or(0);
    }

    fn map(&mut self, vsids: &[Option<u64>; SEGMENTS]) -> Result<(), Errno> {
        let mut slot = 0;
        for (i, vsid) in vsids.iter().enumerate() {
            let (group, groups) = (self.group, self.groups);
            for page in vsid.iter().flat_map(|&vsid| colliding(vsid, group, groups)) {
                if slot < MOST {
                    let at = BASE + i * SEGMENT + page as usize * PAGE;
                    self.pages[slot] = Some(Area::map(Some(at), PAGE, RW, MAP_PRIVATE)?);
                    slot += 1;
                }
            }
        }
        Ok(())
    }
}

/// The pages of segment `vsid` whose hash is `group`. Page 0 is the probe's.
fn colliding(vsid: u64, group: u64, groups: u64) -> impl Iterator<Item = u64> {
    let first = (vsid ^ group) & (groups - 1);
    (first..SEGMENT_PAGES)
        .step_by(groups as usize)
        .filter(|&page| page != 0)
}

/// The VSIDs of the segments that the probes are in.
fn vsids() -> Result<[Option<u64>; SEGMENTS], Errno> {
    let mut buffer = [0; 32 << 10];
    let mut vsids = [None; SEGMENTS];
    for row in proc::segments(proc::read(c"/proc/self/segments", &mut buffer)?) {
        let i = row.esid.wrapping_sub((BASE / SEGMENT) as u64) as usize;
        if let Some(vsid) = vsids.get_mut(i) {
            *vsid = Some(row.vsid);
        }
    }
    Ok(vsids)
}
