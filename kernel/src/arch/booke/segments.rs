//! The segment table that a TLB miss is answered from: a cache of the running space's
//! slots, as the SLB is where there is one.
//!
//! Nothing becomes invalid when an entry is replaced by another segment's: the TLB goes on
//! with what it has, and a miss finds no segment.

use boot::{SEGMENTS, Segment};
use core::cell::UnsafeCell;
use vm::{Esid, Fetch, Key, SegmentEntry};

use super::tlb::{UR, UW, UX};

/// PTE, virtual half: it is valid. The VSID is above the page's bits.
const VALID: u64 = 1;
const VSID_SHIFT: u32 = 12;
/// log2 of the bytes in a group.
const GROUP_SHIFT: u32 = 7;

/// What the search for a translation reads.
struct Table(UnsafeCell<[Segment; SEGMENTS]>);

// SAFETY: one processor; the search only reads it, and only while programs run.
unsafe impl Sync for Table {}

static TABLE: Table = Table(UnsafeCell::new([Segment::NONE; SEGMENTS]));

/// Where `esid` is, if it is there.
fn index(esid: Esid) -> usize {
    esid.0 as usize % SEGMENTS
}

/// Whether the segment of an address is there.
pub fn holds(esid: Esid) -> bool {
    // SAFETY: nobody writes while the kernel reads.
    unsafe { (*TABLE.0.get())[index(esid)].esid == esid.0 }
}

/// The running space's segments.
pub struct Segments {
    /// The linear address of the page table, a multiple of its size.
    base: u64,
    /// Groups in it.
    groups: u32,
    /// What [`TABLE`] says.
    held: [Option<(Esid, SegmentEntry)>; SEGMENTS],
}

impl Segments {
    /// No segments, over the page table at linear address `base`.
    pub fn new(base: u64, groups: u32) -> Segments {
        // SAFETY: the table is a static; what `write` puts there leads into the page
        // table at `base`.
        unsafe { boot::set_segments(TABLE.0.get()) };
        Segments {
            base,
            groups,
            held: [None; SEGMENTS],
        }
    }

    /// All that are here.
    pub fn held(&self) -> impl Iterator<Item = (Esid, SegmentEntry)> + '_ {
        self.held.iter().flatten().copied()
    }

    /// Puts `esid` here, in place of whatever is in its place.
    pub fn load(&mut self, esid: Esid, entry: SegmentEntry) {
        let segment = self.encode(esid, entry);
        self.put(index(esid), segment, Some((esid, entry)));
    }

    /// If `esid` is here, its entry is now `new`.
    pub fn update(&mut self, esid: Esid, new: Option<SegmentEntry>) {
        if self.held[index(esid)].is_none_or(|(held, _)| held != esid) {
            return;
        }
        match new {
            Some(entry) => self.load(esid, entry),
            None => self.put(index(esid), Segment::NONE, None),
        }
    }

    /// Nothing is here any more.
    pub fn clear(&mut self) {
        for n in 0..SEGMENTS {
            if self.held[n].is_some() {
                self.put(n, Segment::NONE, None);
            }
        }
    }

    fn put(&mut self, n: usize, segment: Segment, held: Option<(Esid, SegmentEntry)>) {
        // SAFETY: one processor, and the search does not run while the kernel does.
        unsafe { (*TABLE.0.get())[n] = segment };
        self.held[n] = held;
    }

    fn encode(&self, esid: Esid, entry: SegmentEntry) -> Segment {
        let mask = u64::from(self.groups - 1) << GROUP_SHIFT;
        Segment {
            esid: esid.0,
            pte: entry.vsid.0 << VSID_SHIFT | VALID,
            group: self.base | (entry.vsid.0 << GROUP_SHIFT & mask),
            mask,
            rights: rights(entry),
        }
    }
}

/// For each value of N and PP what the TLB's entry allows: a byte each.
pub fn rights(entry: SegmentEntry) -> u64 {
    let bytes = core::array::from_fn(|bits| {
        let (no_execute, pp) = (bits >> 2 == 1, bits & 3);
        let write = match (pp, entry.key) {
            (0b01, Key::Zero) | (0b10, _) => UW,
            _ => 0,
        };
        let fetch = match entry.fetch {
            Fetch::Allowed if !no_execute => UX,
            _ => 0,
        };
        if pp == 0b00 {
            0
        } else {
            (UR | write | fetch) as u8
        }
    });
    u64::from_le_bytes(bytes)
}
