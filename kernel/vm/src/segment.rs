//! Segments: 256 MiB of the virtual address space, each with a VSID of its own.

use crate::addr::{Page, Vpn, Vsid};
use crate::cuts::Cuts;
use crate::error::VmError;
use crate::record::RecordId;
use crate::region::ObjectId;
use crate::report::room;
use alloc::vec::Vec;

/// The number of a segment in its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SegNo(pub u32);

/// Whose memory a segment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// Nobody's: the row is free.
    Free,
    /// Private memory of the spaces in whose slots it is, and of its uppers.
    Private,
    /// A part of an object.
    Object(ObjectId),
}

/// A segment. The segments whose shadow this is, its **uppers**, are linked
/// through it, so that neither a fold nor an exit needs memory.
#[derive(Debug)]
pub(crate) struct Segment {
    pub vsid: Vsid,
    pub used: Use,
    /// Slots of address spaces that hold it.
    pub slots: u32,
    /// Segments whose shadow this is.
    pub uppers: u32,
    pub first_upper: Option<SegNo>,
    /// The neighbours among the uppers of the same shadow.
    pub sibling_prev: Option<SegNo>,
    pub sibling_next: Option<SegNo>,
    /// The frozen segment below: what is not here is looked up there.
    pub shadow: Option<SegNo>,
    /// The pages that do not see the shadow.
    pub cuts: Cuts,
    /// A right was taken away since the shadow was frozen, so that PTEs of the
    /// shadow may allow more than the regions do.
    pub lowered: bool,
    /// The list of its records.
    pub head: RecordId,
    /// Which pages may have one: bit n stands for all whose number ends in n, of 64.
    traces: u64,
    /// Frames that have their name here.
    pub names: u32,
    /// Aliases here that are held.
    pub held: u32,
    /// Aliases here that are derived.
    pub derived: u32,
}

impl Segment {
    fn new(vsid: Vsid, used: Use) -> Segment {
        Segment {
            vsid,
            used,
            slots: 0,
            uppers: 0,
            first_upper: None,
            sibling_prev: None,
            sibling_next: None,
            shadow: None,
            cuts: Cuts::default(),
            lowered: false,
            head: RecordId::NONE,
            traces: 0,
            names: 0,
            held: 0,
            derived: 0,
        }
    }

    /// All that refer to it: slots and uppers alike.
    #[inline]
    pub fn refs(&self) -> u32 {
        self.slots + self.uppers
    }

    /// Whether anybody else sees it, or it sees a shadow.
    #[inline]
    pub fn is_related(&self) -> bool {
        self.refs() > 1 || self.shadow.is_some()
    }

    /// Pages that are here, and nowhere else for those who refer to it.
    pub fn pages(&self) -> u32 {
        self.names + self.held
    }

    pub fn records(&self) -> u32 {
        self.pages() + self.derived
    }

    /// Whether there may be a record of `page`. A level of a chain of shadows has few, and
    /// is passed without a search for most pages.
    #[inline]
    pub fn may_have(&self, page: Page) -> bool {
        self.traces & trace(page) != 0
    }

    /// There is a record of `page` now.
    #[inline]
    pub fn has_got(&mut self, page: Page) {
        self.traces |= trace(page);
    }

    /// There is no record any more.
    #[inline]
    pub fn has_lost_all(&mut self) {
        self.traces = 0;
    }

    #[inline]
    pub fn vpn(&self, page: Page) -> Vpn {
        Vpn::new(self.vsid, page)
    }
}

fn trace(page: Page) -> u64 {
    1 << (page.0 % u64::BITS)
}

/// Bits of a VSID. 36 and the 28 of a segment's offset are 64 bits of virtual
/// address, within the 68 of every processor here (Power ISA v3.0B, Book III,
/// "Storage Addressing").
const VSID_BITS: u32 = 36;
/// Bits of a VSID that number the segment; the rest is its generation.
const NUMBER_BITS: u32 = 18;
/// An odd multiplier, the golden ratio of 2^36: neighbours among the numbers
/// start far apart in the HTAB, whatever its size.
const SCRAMBLE: u64 = 0x9_E377_9B97;
const UNSCRAMBLE: u64 = inverse(SCRAMBLE);
const VSID_MASK: u64 = (1 << VSID_BITS) - 1;

/// The inverse of an odd number modulo 2^64, by Newton's iteration.
const fn inverse(odd: u64) -> u64 {
    let mut x = odd;
    let mut n = 0;
    while n < 5 {
        x = x.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(x)));
        n += 1;
    }
    x
}

fn scramble(generation: u64, no: SegNo) -> Vsid {
    let counter = generation << NUMBER_BITS | no.0 as u64;
    Vsid(counter.wrapping_mul(SCRAMBLE) & VSID_MASK)
}

/// All segments, with the generation that each number is in.
pub(crate) struct SegmentTable {
    rows: Vec<(u64, Segment)>,
    free: Vec<SegNo>,
    /// Segments at the most.
    most: u32,
    /// Generations after which a number would give a VSID a second time.
    generations: u64,
}

impl SegmentTable {
    /// Both are at most what a VSID has room for; tests use fewer.
    pub fn new(segments: u32, generations: u64) -> SegmentTable {
        let most = 1 << (VSID_BITS - NUMBER_BITS);
        SegmentTable {
            rows: Vec::new(),
            free: Vec::new(),
            most: segments.min((1 << NUMBER_BITS) - 1),
            generations: generations.min(most),
        }
    }

    /// Whether the next segment needs no memory.
    pub fn has_room(&self) -> bool {
        self.has_room_for(1)
    }

    /// Whether the next `count` segments need no memory.
    pub fn has_room_for(&self, count: usize) -> bool {
        let rows = (self.rows.len() + count).saturating_sub(self.free.len());
        rows <= self
            .rows
            .capacity()
            .min(self.free.capacity())
            .min(self.most as usize)
    }

    /// Sees to it that the next `count` segments can be had.
    pub fn reserve(&mut self, count: usize) -> Result<(), VmError> {
        let more = count.saturating_sub(self.free.len());
        let rows = self.rows.len() + more;
        if rows > self.most as usize {
            return Err(VmError::NoMemory);
        }
        self.rows.try_reserve(more).map_err(|_| VmError::NoMemory)?;
        let free = rows - self.free.len();
        self.free.try_reserve(free).map_err(|_| VmError::NoMemory)
    }

    /// A fresh segment, in use from now on. The flag says that its VSID may
    /// have been used before: the caller must sweep the HTAB of dead PTEs.
    pub fn allocate(&mut self, used: Use) -> Result<(SegNo, Wrapped), VmError> {
        if let Some(no) = self.free.pop() {
            let (generation, row) = &mut self.rows[no.0 as usize - 1];
            *generation = (*generation + 1) % self.generations;
            let wrapped = if *generation == 0 {
                Wrapped::Yes
            } else {
                Wrapped::No
            };
            *row = Segment::new(scramble(*generation, no), used);
            return Ok((no, wrapped));
        }
        self.reserve(1)?;
        let no = SegNo(self.rows.len() as u32 + 1);
        self.rows.push((0, Segment::new(scramble(0, no), used)));
        Ok((no, Wrapped::No))
    }

    /// Takes back a segment without records, slots, uppers or shadow.
    pub fn release(&mut self, no: SegNo) {
        let row = self.get_mut(no);
        debug_assert!(row.records() == 0 && row.refs() == 0 && row.shadow.is_none());
        row.used = Use::Free;
        row.cuts = Cuts::default();
        self.free.push(no);
    }

    #[inline]
    pub fn get(&self, no: SegNo) -> &Segment {
        &self.rows[no.0 as usize - 1].1
    }

    #[inline]
    pub fn get_mut(&mut self, no: SegNo) -> &mut Segment {
        &mut self.rows[no.0 as usize - 1].1
    }

    /// Two different segments at once.
    pub fn pair(&mut self, a: SegNo, b: SegNo) -> (&mut Segment, &mut Segment) {
        let both = self
            .rows
            .get_disjoint_mut([a.0 as usize - 1, b.0 as usize - 1]);
        let [a, b] = both.expect("two different segments");
        (&mut a.1, &mut b.1)
    }

    /// The live segment of a VSID.
    pub fn by_vsid(&self, vsid: Vsid) -> Option<SegNo> {
        let counter = vsid.0.wrapping_mul(UNSCRAMBLE) & VSID_MASK;
        let no = SegNo((counter & ((1 << NUMBER_BITS) - 1)) as u32);
        let (_, row) = self.rows.get((no.0 as usize).checked_sub(1)?)?;
        (row.vsid == vsid && row.used != Use::Free).then_some(no)
    }

    /// Every segment in use.
    pub fn iter(&self) -> impl Iterator<Item = (SegNo, &Segment)> {
        let rows = self
            .rows
            .iter()
            .enumerate()
            .map(|(n, row)| (SegNo(n as u32 + 1), &row.1));
        rows.filter(|(_, segment)| segment.used != Use::Free)
    }

    /// Bytes of heap that the table holds.
    pub fn bytes(&self) -> usize {
        room(&self.rows) + room(&self.free)
    }

    /// Numbers of segments run from 1 to this.
    pub fn last(&self) -> u32 {
        self.rows.len() as u32
    }

    /// Puts `upper` above `shadow`.
    pub fn stack(&mut self, upper: SegNo, shadow: SegNo) {
        let next = self.get_mut(shadow).first_upper.replace(upper);
        self.get_mut(shadow).uppers += 1;
        if let Some(next) = next {
            self.get_mut(next).sibling_prev = Some(upper);
        }
        let row = self.get_mut(upper);
        row.shadow = Some(shadow);
        row.sibling_prev = None;
        row.sibling_next = next;
    }

    /// Takes `upper` off its shadow, and returns that.
    pub fn unstack(&mut self, upper: SegNo) -> Option<SegNo> {
        let row = self.get_mut(upper);
        let shadow = row.shadow.take()?;
        let (prev, next) = (row.sibling_prev.take(), row.sibling_next.take());
        match prev {
            None => self.get_mut(shadow).first_upper = next,
            Some(prev) => self.get_mut(prev).sibling_next = next,
        }
        if let Some(next) = next {
            self.get_mut(next).sibling_prev = prev;
        }
        self.get_mut(shadow).uppers -= 1;
        Some(shadow)
    }

    /// The uppers of a segment.
    pub fn uppers(&self, no: SegNo) -> impl Iterator<Item = SegNo> + '_ {
        core::iter::successors(self.get(no).first_upper, |no| self.get(*no).sibling_next)
    }

    /// A segment and its shadows, from the top down.
    pub fn chain(&self, no: SegNo) -> impl Iterator<Item = SegNo> + '_ {
        core::iter::successors(Some(no), |no| self.get(*no).shadow)
    }
}

/// Whether the generations of a number have begun again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrapped {
    No,
    Yes,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vsid_leads_back_to_its_segment() {
        let mut table = SegmentTable::new(9, 3);
        let (a, _) = table.allocate(Use::Private).unwrap();
        let (b, _) = table.allocate(Use::Private).unwrap();
        let old = table.get(b).vsid;
        assert_eq!(table.by_vsid(old), Some(b));
        assert_eq!(table.by_vsid(table.get(a).vsid), Some(a));
        table.release(b);
        assert_eq!(table.by_vsid(old), None);
        let (again, wrapped) = table.allocate(Use::Private).unwrap();
        assert_eq!((again, wrapped), (b, Wrapped::No));
        assert_ne!(table.get(b).vsid, old);
        table.release(b);
        assert_eq!(table.allocate(Use::Private).unwrap().1, Wrapped::No);
        table.release(b);
        assert_eq!(table.allocate(Use::Private).unwrap().1, Wrapped::Yes);
        assert_eq!(table.get(b).vsid, old);
    }
}
