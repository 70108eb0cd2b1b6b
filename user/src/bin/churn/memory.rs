//! All memory of a process: private tracts, which it changes as it likes, and pages that
//! all processes share.
//!
//! While children run, each of them looks at one page of what is shared, its own, and the
//! first process changes nothing. So nobody sees in which order they ran.

use crate::AT_ONCE;
use crate::tract::{PAGES, Page, Range, Tract};
use quire_user::area::RW;
use quire_user::linux::{MAP_PRIVATE, MAP_SHARED, MREMAP_FIXED, MREMAP_MAYMOVE};
use quire_user::random::Random;
use quire_user::{Area, Errno, PAGE, SEGMENT, sys};

/// Private tracts. The first is a private mapping of a file.
const TRACTS: usize = 4;
/// Pages of the file behind the children's own: those that the private mapping has.
const FILE_PAGES: usize = AT_ONCE + PAGES;
/// The first segment.
const BASE: usize = 1 << 42;
/// The most pages that one step changes.
const MOST: usize = 8;

/// A digest of bytes: FNV-1a, over words whose bytes are in a fixed order.
pub struct Digest(u64);

impl Digest {
    /// Of nothing.
    pub fn new() -> Digest {
        Digest(0xcbf2_9ce4_8422_2325)
    }

    /// Adds a number.
    pub fn add(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x0100_0000_01b3);
        // FNV adds bytes; of a word the upper bits would otherwise stay in the upper bits.
        self.0 ^= self.0 >> 29;
    }

    /// Adds the bytes of a page.
    pub fn add_page(&mut self, page: Area) {
        (0..page.len())
            .step_by(8)
            .for_each(|offset| self.add(u64::from_be(page.load_word(offset))));
    }

    /// The digest.
    pub fn value(&self) -> u64 {
        self.0
    }
}

/// Writes a word whose bytes are the same on every machine.
pub fn write(page: Area, random: &mut Random) {
    let offset = random.below(PAGE / 8) * 8;
    page.store_word(offset, random.next_u64().to_be());
}

/// The memory of this process.
pub struct Memory {
    tracts: [Tract; TRACTS],
    /// Anonymous, shared by all: a page for each child.
    shared: Area,
    /// The file, shared by all: a page for each child, and what the first tract was
    /// mapped from.
    file: Area,
}

impl Memory {
    /// Maps and writes all pages.
    pub fn new() -> Result<Memory, Errno> {
        let place = |n| BASE + n * SEGMENT;
        let fd = sys::memfd_create(c"churn", 0)?;
        sys::ftruncate(fd, (FILE_PAGES * PAGE) as i64)?;
        let behind = AT_ONCE * PAGE;
        let memory = Memory {
            tracts: [
                Tract::new(Area::file_at(
                    place(0),
                    fd,
                    behind,
                    PAGES * PAGE,
                    RW,
                    MAP_PRIVATE,
                )?),
                Tract::anonymous(place(1))?,
                Tract::anonymous(place(2))?,
                Tract::anonymous(place(3))?,
            ],
            shared: Area::map(Some(place(4)), AT_ONCE * PAGE, RW, MAP_SHARED)?,
            file: Area::file_at(place(5), fd, 0, FILE_PAGES * PAGE, RW, MAP_SHARED)?,
        };
        sys::close(fd)?;
        let mut random = Random::new(1);
        for page in pages(memory.shared).chain(pages(memory.file)) {
            write(page, &mut random);
        }
        for (n, tract) in memory.tracts.iter().enumerate() {
            // Of the file's half the pages, and all others.
            let apart = if n == 0 { 2 } else { 1 };
            let pages = (0..PAGES).step_by(apart);
            pages.for_each(|page| write(tract.page(page), &mut random));
        }
        Ok(memory)
    }

    /// How many pages it maps.
    pub fn pages(&self) -> usize {
        TRACTS * PAGES + self.shared.pages() + self.file.pages()
    }

    /// The digest of all that is there.
    pub fn digest(&self) -> u64 {
        let mut digest = Digest::new();
        self.tracts
            .iter()
            .for_each(|tract| tract.add_to(&mut digest));
        [self.shared, self.file]
            .into_iter()
            .flat_map(pages)
            .for_each(|page| digest.add_page(page));
        digest.value()
    }

    /// One change of a private tract, or a look at it.
    pub fn step(&mut self, random: &mut Random, seen: &mut Digest) -> Result<(), Errno> {
        let which = random.below(TRACTS);
        let tract = &mut self.tracts[which];
        let range = Range::any(random, MOST);
        match random.below(10) {
            0..=2 => tract.write(random, seen),
            3 | 4 => tract.look(random, seen),
            5 => tract.protect(range, random)?,
            6 => tract.renew(range, random)?,
            7 => tract.unmap(range.half())?,
            8 => tract.forget(range)?,
            _ => {
                tract.renew(range, random)?;
                let to = Range::long(random, range.len);
                self.carry((which, range), ((which + 1) % TRACTS, to))?;
            }
        }
        Ok(())
    }

    /// Moves pages from one tract to another, in place of what is there.
    fn carry(&mut self, from: (usize, Range), to: (usize, Range)) -> Result<(), Errno> {
        let place = self.tracts[to.0].part(to.1).base();
        let pages = self.tracts[from.0].part(from.1);
        pages.resize(pages.len(), MREMAP_MAYMOVE | MREMAP_FIXED, place)?;
        self.tracts[from.0].set(from.1, Page::Gone);
        self.tracts[to.0].set(to.1, Page::Writable);
        Ok(())
    }

    /// The first process writes to a page of what is shared; while it has no children.
    pub fn share(&self, random: &mut Random) {
        let all = self.shared.pages() + self.file.pages();
        let page = random.below(all);
        let page = pages(self.shared).chain(pages(self.file)).nth(page);
        page.into_iter().for_each(|page| write(page, random));
    }

    /// Child number `own` looks at its pages of what is shared, and writes there.
    pub fn share_own(&self, own: usize, random: &mut Random, seen: &mut Digest) {
        for area in [self.shared, self.file] {
            let page = area.part(own * PAGE, PAGE);
            seen.add_page(page);
            write(page, random);
        }
    }
}

fn pages(area: Area) -> impl Iterator<Item = Area> {
    (0..area.pages()).map(move |page| area.part(page * PAGE, PAGE))
}
