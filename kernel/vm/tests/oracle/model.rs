//! What should be there: each page of each space by itself, copied at fork. It knows
//! nothing of segments, frames or aliases, and is slow and plain on purpose.
//!
//! Beside the words it counts how many frames a kernel needs that copies on write.
//! A private page has an **identity**: a new one when it is mapped and whenever it is
//! written, the same as its parent's after a fork. Pages of one identity can be one
//! frame. They need not be: a page that nobody had touched before the fork may be
//! filled for each that reads it later. So an identity needs no more frames than
//! spaces have it, and no more than were `made` for it. Mremap may make another, also
//! where it is refused in the end: it moves no page that others see too.

use std::collections::BTreeMap;
use std::ops::Range;
use vm::*;

use super::places::{count, pages};

/// What tells whether two pages can be one frame.
pub type Identity = usize;

/// Where a page comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Zero,
    /// A file's page, whoever maps it.
    Shared(ObjectId, u64),
    /// A file's page until it is written here.
    Private(ObjectId, u64),
}

impl Kind {
    /// The file and its page.
    pub fn file(&self) -> Option<(ObjectId, u64)> {
        match *self {
            Kind::Zero => None,
            Kind::Shared(file, page) | Kind::Private(file, page) => Some((file, page)),
        }
    }

    /// The kind of the page that lies `pages` after one of this kind.
    pub fn after(&self, pages: u64) -> Kind {
        match *self {
            Kind::Zero => Kind::Zero,
            Kind::Shared(file, page) => Kind::Shared(file, page + pages),
            Kind::Private(file, page) => Kind::Private(file, page + pages),
        }
    }
}

/// A page of a space.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    pub prot: Prot,
    pub flags: Flags,
    pub kind: Kind,
    /// The space's own word, for what is not shared.
    pub word: Option<u64>,
    pub identity: Identity,
    /// Whether the space, or its parent before the fork, has touched it.
    pub touched: bool,
}

/// A space: its pages by address.
pub type Space = BTreeMap<u64, Page>;

/// Whether a page that nobody touched may have a frame all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holes {
    Told,
    Hidden,
}

impl Holes {
    pub fn of(byte: u8) -> Holes {
        match byte % 2 {
            0 => Holes::Told,
            _ => Holes::Hidden,
        }
    }
}

/// A file: shared memory too.
#[derive(Debug)]
pub struct File {
    pub held: bool,
    pub pages: u64,
    pub holes: Holes,
    /// Pages that may have a frame, and their words.
    pub words: BTreeMap<u64, u64>,
}

/// Everything.
#[derive(Default)]
pub struct Model {
    pub spaces: Vec<Option<Space>>,
    /// What each space may map.
    pub bounds: Vec<Bounds>,
    pub files: BTreeMap<u32, File>,
    /// Frames that were made for each identity.
    made: Vec<u32>,
}

impl Model {
    pub fn space(&self, n: usize) -> &Space {
        self.spaces[n].as_ref().expect("a live space")
    }

    pub fn space_mut(&mut self, n: usize) -> &mut Space {
        self.spaces[n].as_mut().expect("a live space")
    }

    pub fn file(&self, id: ObjectId) -> &File {
        &self.files[&id.0]
    }

    pub fn file_mut(&mut self, id: ObjectId) -> &mut File {
        self.files.get_mut(&id.0).expect("a live file")
    }

    pub fn identity(&mut self) -> Identity {
        self.made.push(0);
        self.made.len() - 1
    }

    /// A page that nobody has touched.
    pub fn page(&mut self, prot: Prot, flags: Flags, kind: Kind) -> Page {
        Page {
            prot,
            flags,
            kind,
            word: None,
            identity: self.identity(),
            touched: false,
        }
    }

    /// What stands in a page, if it is not past the end of its file.
    pub fn word(&self, page: &Page) -> Result<u64, Fault> {
        match (page.word, page.kind.file()) {
            (Some(word), _) => Ok(word),
            (None, None) => Ok(0),
            (None, Some((file, at))) => self.file_word(file, at),
        }
    }

    pub fn file_word(&self, file: ObjectId, at: u64) -> Result<u64, Fault> {
        let file = self.file(file);
        if at >= file.pages {
            return Err(Fault::PastEnd);
        }
        Ok(file.words.get(&at).copied().unwrap_or(0))
    }

    /// What an access has to give: the word that stands there before it.
    pub fn access(&self, n: usize, ea: u64, access: Access) -> Result<u64, Fault> {
        let page = self.space(n).get(&ea).ok_or(Fault::NotMapped)?;
        let needed = match access {
            Access::Read => Prot::all(),
            Access::Write => Prot::WRITE,
            Access::Fetch => Prot::EXEC,
        };
        if !page.prot.intersects(needed) {
            return Err(Fault::NotPermitted);
        }
        self.word(page)
    }

    /// A page that can be read has been, or was tried to be.
    pub fn touch(&mut self, n: usize, ea: u64) {
        let page = *self.space(n).get(&ea).expect("a page");
        match page.kind.file() {
            Some((file, at)) if page.word.is_none() => {
                self.file_mut(file).words.entry(at).or_insert(0);
            }
            _ => self.make(n, ea),
        }
    }

    fn make(&mut self, n: usize, ea: u64) {
        let page = self.space_mut(n).get_mut(&ea).expect("a page");
        if !std::mem::replace(&mut page.touched, true) {
            let identity = page.identity;
            self.made[identity] += 1;
        }
    }

    /// A page that can be written has been. A hole of a file stays one where the page is
    /// private.
    pub fn write(&mut self, n: usize, ea: u64, word: u64) {
        let page = *self.space(n).get(&ea).expect("a page");
        if let Kind::Shared(file, at) = page.kind {
            self.file_mut(file).words.insert(at, word);
            return;
        }
        let identity = self.identity();
        self.made[identity] = 1;
        let page = self.space_mut(n).get_mut(&ea).expect("a page");
        (page.word, page.identity, page.touched) = (Some(word), identity, true);
    }

    /// Maps a range; `first` is what its first page is like.
    pub fn map(&mut self, n: usize, range: &Range<u64>, first: &Page) {
        for (at, ea) in pages(range).enumerate() {
            let page = self.page(first.prot, first.flags, first.kind.after(at as u64));
            self.space_mut(n).insert(ea, page);
        }
    }

    pub fn is_free(&self, n: usize, range: &Range<u64>) -> bool {
        self.space(n).range(range.clone()).next().is_none()
    }

    pub fn covers(&self, n: usize, range: &Range<u64>) -> bool {
        self.space(n).range(range.clone()).count() as u64 == count(range)
    }

    pub fn unmap(&mut self, n: usize, range: &Range<u64>) {
        self.space_mut(n).retain(|ea, _| !range.contains(ea));
    }

    pub fn protect(&mut self, n: usize, range: &Range<u64>, prot: Prot) {
        let pages = self.space_mut(n).range_mut(range.clone());
        pages.for_each(|(_, page)| page.prot = prot);
    }

    /// The child has what its parent has, but for what was said with madvise and mlock.
    pub fn fork(&mut self, parent: usize, child: usize) {
        let mut space = self.space(parent).clone();
        space.retain(|_, page| !page.flags.contains(Flags::DONT_FORK));
        for page in space.values_mut() {
            if page.flags.contains(Flags::WIPE_ON_FORK) {
                self.wipe(page);
            }
            page.flags.remove(Flags::LOCKED);
        }
        self.spaces[child] = Some(space);
        self.bounds[child] = self.bounds[parent];
    }

    /// The page is again as it was when it was mapped.
    fn wipe(&mut self, page: &mut Page) {
        *page = self.page(page.prot, page.flags, page.kind);
    }

    /// The same for those pages that `which` names.
    pub fn wipe_all(&mut self, n: usize, which: impl Fn(u64, &Page) -> bool) {
        let mut space = self.spaces[n].take().expect("a live space");
        let pages = space.iter_mut().filter(|(ea, page)| which(**ea, page));
        pages.for_each(|(_, page)| self.wipe(page));
        self.spaces[n] = Some(space);
    }

    pub fn set_flags(&mut self, n: usize, range: &Range<u64>, set: Flags, clear: Flags) {
        let pages = self.space_mut(n).range_mut(range.clone());
        pages.for_each(|(_, page)| page.flags = (page.flags - clear) | set);
    }

    /// The end of the region that `ea` lies in: where something differs.
    pub fn region_end(&self, n: usize, ea: u64) -> u64 {
        let first = self.space(n)[&ea];
        let like = |page: &Page| (page.prot, page.flags) == (first.prot, first.flags);
        let mut end = ea;
        for (at, page) in self.space(n).range(ea..) {
            let kind = first.kind.after((end - ea) / PAGE_SIZE);
            if *at != end || !like(page) || page.kind != kind {
                break;
            }
            end += PAGE_SIZE;
        }
        end
    }

    /// What a touch of `ea` makes the stack above it grow by, if there is one that may:
    /// not beyond `most` bytes in all, nor near to what else can be accessed (Linux,
    /// mm/vma.c, expand_downwards).
    pub fn growth(&self, n: usize, ea: u64, most: u64) -> Option<(Range<u64>, Page)> {
        const GAP: u64 = 256 * PAGE_SIZE;
        let (start, stack) = self.space(n).range(ea..).next()?;
        let below = self.space(n).range(..ea).next_back();
        let near = below.is_some_and(|(at, page)| {
            let gap = if page.prot.is_empty() { 0 } else { GAP };
            ea < at + PAGE_SIZE + gap
        });
        let fits = self.region_end(n, *start) - ea <= most;
        let grows = *start > ea && stack.flags.contains(Flags::GROWS_DOWN) && fits && !near;
        grows.then_some((ea..*start, *stack))
    }

    /// Those pages of a range that others share may have been copied.
    pub fn copied(&mut self, n: usize, range: &Range<u64>) {
        for ea in pages(range) {
            let identity = self.space(n)[&ea].identity;
            self.made[identity] += 1;
        }
    }

    /// Moves the pages of `from` to where `to` is mapped now.
    pub fn move_pages(&mut self, n: usize, from: &Range<u64>, to: u64) {
        for ea in pages(from) {
            let page = self.space(n)[&ea];
            self.space_mut(n).insert(ea - from.start + to, page);
        }
    }

    /// A file's pages from `end` on are gone, and all copies of them.
    pub fn cut_file(&mut self, file: ObjectId, end: u64) {
        self.file_mut(file).words.retain(|page, _| *page < end);
        for n in 0..self.spaces.len() {
            if self.spaces[n].is_some() {
                let gone = |page: &Page| matches!(page.kind, Kind::Private(of, at) if of == file && at >= end);
                self.wipe_all(n, |_, page| gone(page));
            }
        }
    }

    /// Files that nobody holds and nobody maps any more are no more.
    pub fn reap(&mut self) {
        if self.files.values().all(|file| file.held) {
            return;
        }
        let pages = self.spaces.iter().flatten().flat_map(BTreeMap::values);
        let mapped: Vec<ObjectId> = pages.filter_map(|page| Some(page.kind.file()?.0)).collect();
        self.files
            .retain(|id, file| file.held || mapped.contains(&ObjectId(*id)));
    }

    /// A kernel that made `more` copies of chains of shadows may have made as many
    /// further frames of any page.
    pub fn frames_needed(&self, more: u32) -> Frames {
        let mut spaces = vec![0; self.made.len()];
        for page in self.spaces.iter().flatten().flat_map(BTreeMap::values) {
            spaces[page.identity] += 1;
        }
        let made = self
            .made
            .iter()
            .map(|made| if *made > 0 { made + more } else { 0 });
        Frames {
            private: made
                .zip(&spaces)
                .map(|(made, spaces)| made.min(*spaces))
                .sum(),
            object: self
                .files
                .values()
                .map(|file| file.words.len() as u32)
                .sum(),
        }
    }
}

/// How many frames should do.
#[derive(Debug)]
pub struct Frames {
    pub private: u32,
    pub object: u32,
}
