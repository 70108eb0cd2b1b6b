//! A private stretch of pages, and what has been done to each.

use crate::memory::{Digest, write};
use quire_user::area::RW;
use quire_user::fault::Fault;
use quire_user::linux::{MADV_DONTNEED, MAP_PRIVATE, PROT_READ};
use quire_user::random::Random;
use quire_user::{Area, Errno, PAGE};

/// Pages in a tract: more than half of a small TLB.
pub const PAGES: usize = 512;
/// Pages that a look touches.
const GLANCES: usize = 64;

/// What this process may do with a page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// Read and write.
    Writable,
    /// Read.
    ReadOnly,
    /// Nothing is mapped there.
    Gone,
}

/// Pages of a tract.
#[derive(Clone, Copy)]
pub struct Range {
    first: usize,
    /// How many.
    pub len: usize,
}

impl Range {
    /// Up to `most` pages, anywhere.
    pub fn any(random: &mut Random, most: usize) -> Range {
        let len = 1 + random.below(most);
        Range::long(random, len)
    }

    /// `len` pages, anywhere.
    pub fn long(random: &mut Random, len: usize) -> Range {
        let first = random.below(PAGES - len + 1);
        Range { first, len }
    }

    /// The first half of it, rounded up.
    pub fn half(self) -> Range {
        let len = self.len.div_ceil(2);
        Range { len, ..self }
    }
}

/// A private tract.
pub struct Tract {
    area: Area,
    state: [Page; PAGES],
}

impl Tract {
    /// An area of that many pages, which may be read and written.
    pub fn new(area: Area) -> Tract {
        Tract {
            area,
            state: [Page::Writable; PAGES],
        }
    }

    /// Zero pages.
    pub fn anonymous(at: usize) -> Result<Tract, Errno> {
        Area::map(Some(at), PAGES * PAGE, RW, MAP_PRIVATE).map(Tract::new)
    }

    /// The addresses of a range.
    pub fn part(&self, range: Range) -> Area {
        self.area.part(range.first * PAGE, range.len * PAGE)
    }

    /// The addresses of a page.
    pub fn page(&self, page: usize) -> Area {
        self.area.part(page * PAGE, PAGE)
    }

    /// Notes what has been done.
    pub fn set(&mut self, range: Range, state: Page) {
        self.state[range.first..][..range.len].fill(state);
    }

    fn has_all(&self, range: Range) -> bool {
        let state = &self.state[range.first..][..range.len];
        !state.contains(&Page::Gone)
    }

    /// Adds all that is there.
    pub fn add_to(&self, digest: &mut Digest) {
        for (page, state) in self.state.iter().enumerate() {
            digest.add(*state as u64);
            if *state != Page::Gone {
                digest.add_page(self.page(page));
            }
        }
    }

    /// Writes to some page, or sees why not.
    pub fn write(&self, random: &mut Random, seen: &mut Digest) {
        let page = random.below(PAGES);
        match self.state[page] {
            Page::Writable => write(self.page(page), random),
            _ => add_fault(seen, self.page(page).try_store(1, 1)),
        }
    }

    /// Looks at a whole page, and at a byte of many.
    pub fn look(&self, random: &mut Random, seen: &mut Digest) {
        let page = random.below(PAGES);
        if self.state[page] != Page::Gone {
            seen.add_page(self.page(page));
        }
        for _ in 0..GLANCES {
            let offset = random.below(self.area.len());
            match self.area.try_load(offset) {
                Ok(byte) => seen.add(byte.into()),
                fault => add_fault(seen, fault.map(drop)),
            }
        }
    }

    /// Makes pages read-only, or writable again.
    pub fn protect(&mut self, range: Range, random: &mut Random) -> Result<(), Errno> {
        let (rights, state) = match random.below(2) {
            0 => (RW, Page::Writable),
            _ => (PROT_READ, Page::ReadOnly),
        };
        if self.has_all(range) {
            self.part(range).protect(rights)?;
            self.set(range, state);
        }
        Ok(())
    }

    /// New pages in place of what is there, each with a word in it.
    pub fn renew(&mut self, range: Range, random: &mut Random) -> Result<(), Errno> {
        self.part(range).remap(RW, MAP_PRIVATE)?;
        self.set(range, Page::Writable);
        (range.first..range.first + range.len).for_each(|page| write(self.page(page), random));
        Ok(())
    }

    /// Unmaps pages.
    pub fn unmap(&mut self, range: Range) -> Result<(), Errno> {
        self.part(range).unmap()?;
        self.set(range, Page::Gone);
        Ok(())
    }

    /// Forgets what was written: zeros again, or the file's bytes.
    pub fn forget(&self, range: Range) -> Result<(), Errno> {
        match self.has_all(range) {
            true => self.part(range).advise(MADV_DONTNEED),
            false => Ok(()),
        }
    }
}

/// What an access did that is not allowed.
fn add_fault(seen: &mut Digest, outcome: Result<(), Fault>) {
    match outcome {
        Ok(()) => seen.add(0),
        Err(fault) => seen.add(fault.signal.into()),
    }
}
