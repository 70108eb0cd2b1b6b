//! The segment lookaside buffer as a cache of one address space's segment table.
//!
//! Entry 0 is the kernel's; 1 and up are the running program's, filled in turn. We
//! keep a copy of what they hold, because an entry must be invalidated by its
//! address *before* another one takes its place: `slbmte` alone leaves what was
//! translated through the old one in the processor's lookaside buffers (Book III,
//! "SLB Management Instructions"), and `slbie` of an address that has no entry may do nothing.

use super::PageSize;
use super::bolted::KERNEL_VSID;
use vm::{Esid, Fetch, Key, SegmentEntry};

const VALID: u64 = 1 << 27;
/// B = 1, in the virtual half: the segment has 1 TiB.
const ONE_TERABYTE: u64 = 1 << 62;
/// The key of the kernel, and that of programs.
const KS: u64 = 1 << 11;
const KP: u64 = 1 << 10;
const NO_EXECUTE: u64 = 1 << 9;
/// Entries that any processor may have (`ibm,slb-size` is at most this).
const MOST: usize = 64;

/// Puts the kernel's segment into entry 0 and empties all others. Key 0 for the
/// kernel, 1 for programs: no page of it has anything for key 1.
///
/// # Safety
/// The linear map of `page`s is in the page table, or translation is off.
pub unsafe fn load_kernel(base: u64, page: PageSize) {
    // SAFETY: the caller's.
    unsafe {
        boot::slbia();
        boot::slbmte(
            ONE_TERABYTE | KERNEL_VSID << 24 | KP | page.slb,
            base | VALID,
        );
    }
}

/// The running space's entries in the buffer.
pub struct Slb {
    /// Entries that the processor has, the kernel's included.
    size: usize,
    /// What is in the entries before `end`.
    held: [Option<(Esid, SegmentEntry)>; MOST],
    /// No entry from this one on is used.
    end: usize,
    /// The entry that is replaced next: 1 to `size` - 1.
    next: usize,
}

impl Slb {
    /// A buffer of `size` entries that holds none of a program's.
    pub fn new(size: u32) -> Slb {
        Slb {
            size: size as usize,
            held: [None; MOST],
            end: 1,
            next: 1,
        }
    }

    /// Entries that the processor has.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The entries that are held: their numbers, and what is in them.
    pub fn held(&self) -> impl Iterator<Item = (usize, Esid, SegmentEntry)> + '_ {
        let used = self.held[..self.end].iter().enumerate();
        used.filter_map(|(n, held)| held.map(|(esid, entry)| (n, esid, entry)))
    }

    /// Empties it of all but the kernel's entry.
    pub fn clear(&mut self) {
        // SAFETY: the kernel's entry is the first.
        unsafe { boot::slbia() };
        (self.end, self.next) = (1, 1);
    }

    /// Holds what it has room for of `table`, and nothing else. A trap for each segment
    /// would cost many times as much.
    #[inline(never)]
    pub fn fill(&mut self, table: impl Iterator<Item = (Esid, SegmentEntry)>) {
        self.clear();
        let free = self.held[..self.size].iter_mut().enumerate().skip(1);
        let mut end = 1;
        for ((index, held), (esid, entry)) in free.zip(table) {
            enter(index, esid, entry);
            *held = Some((esid, entry));
            end = index + 1;
        }
        self.end = end;
        self.next = if end < self.size { end } else { 1 };
    }

    /// Makes `entry` the one for `esid`, whether there was one or not.
    pub fn load(&mut self, esid: Esid, entry: SegmentEntry) {
        match self.find(esid) {
            Some(index) => self.replace(index, esid, Some(entry)),
            None => {
                let index = self.advance();
                self.drop_entry(index);
                self.write(index, esid, entry);
            }
        }
    }

    /// If there is an entry for `esid`, makes it `entry`.
    pub fn update(&mut self, esid: Esid, entry: Option<SegmentEntry>) {
        if let Some(index) = self.find(esid) {
            self.replace(index, esid, entry);
        }
    }

    /// The entry that is to be replaced.
    fn advance(&mut self) -> usize {
        let index = self.next;
        self.next = if index + 1 < self.size { index + 1 } else { 1 };
        if index >= self.end {
            self.held[index] = None;
            self.end = index + 1;
        }
        index
    }

    fn find(&self, esid: Esid) -> Option<usize> {
        let held = self.held[..self.end].iter();
        held.into_iter()
            .position(|held| held.is_some_and(|(at, _)| at == esid))
    }

    /// A processor may go on using an entry that allowed less: it then faults and
    /// looks again. One that allowed more, or led elsewhere, must go first.
    fn replace(&mut self, index: usize, esid: Esid, entry: Option<SegmentEntry>) {
        let old = self.held[index].map(|(_, old)| old);
        if old == entry {
            return;
        }
        let Some(new) = entry else {
            return self.drop_entry(index);
        };
        if !old.is_some_and(|old| old.only_allows_more(entry)) {
            self.drop_entry(index);
        }
        self.write(index, esid, new);
    }

    fn drop_entry(&mut self, index: usize) {
        if let Some((esid, _)) = self.held[index].take() {
            // SAFETY: it is a program's segment.
            unsafe { boot::slbie(esid.start().0) };
        }
    }

    fn write(&mut self, index: usize, esid: Esid, entry: SegmentEntry) {
        enter(index, esid, entry);
        self.held[index] = Some((esid, entry));
    }
}

/// Makes `entry` the buffer's entry `index`.
fn enter(index: usize, esid: Esid, entry: SegmentEntry) {
    // SAFETY: it is a program's segment, which Rust knows nothing of.
    unsafe { boot::slbmte(encode(entry), esid.start().0 | VALID | index as u64) };
}

/// The virtual half of a program's entry: 256 MiB, 4 KiB pages, Ks = Kp.
fn encode(entry: SegmentEntry) -> u64 {
    let key = match entry.key {
        Key::Zero => 0,
        Key::One => KS | KP,
    };
    let fetch = match entry.fetch {
        Fetch::Allowed => 0,
        Fetch::Never => NO_EXECUTE,
    };
    entry.vsid.0 << 12 | key | fetch
}
