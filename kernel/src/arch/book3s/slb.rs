//! The segment lookaside buffer as a cache of address spaces' segment tables.
//!
//! Entry 0 is the kernel's; 1 and up are the running program's, filled in turn. We
//! keep a copy of what they hold, because an entry must be invalidated by its
//! address *before* another one takes its place: `slbmte` alone leaves what was
//! translated through the old one in the processor's lookaside buffers (Book III,
//! "SLB Management Instructions"), and `slbie` of an address that has no entry may do nothing.

use super::PageSize;
use super::bolted::KERNEL_VSID;
use alloc::vec::Vec;
use vm::{Esid, Fetch, Key, SegmentEntry, SpaceId};

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

/// Spaces whose entries are kept while others run.
const IMAGES: usize = 16;

/// One space's entries, as the buffer holds them, or held them when the space was left.
struct Image {
    space: Option<SpaceId>,
    held: [Option<(Esid, SegmentEntry)>; MOST],
    /// No entry from this one on has been used.
    end: usize,
    /// The entry that is replaced next: 1 to the processor's number of entries less 1.
    next: usize,
}

/// The buffer. What it held for a space is loaded again when the space is entered again:
/// a trap for each segment would cost several times as much.
pub struct Slb {
    /// Entries that the processor has, the kernel's included.
    size: usize,
    /// The space whose entries it holds.
    loaded: Option<SpaceId>,
    /// A space has its image at its number modulo [`IMAGES`], if no other has been entered
    /// since that would have it there.
    images: Vec<Image>,
}

impl Image {
    fn of(space: Option<SpaceId>) -> Image {
        Image {
            space,
            held: [None; MOST],
            end: 1,
            next: 1,
        }
    }

    fn held(&self) -> impl Iterator<Item = (usize, Esid, SegmentEntry)> + '_ {
        let used = self.held[..self.end].iter().enumerate();
        used.filter_map(|(n, held)| held.map(|(esid, entry)| (n, esid, entry)))
    }

    fn find(&self, esid: Esid) -> Option<usize> {
        let held = self.held[..self.end].iter();
        held.into_iter()
            .position(|held| held.is_some_and(|(at, _)| at == esid))
    }

    /// Makes `entry` the one for `esid`, whether there was one or not, in a buffer of `size`
    /// entries.
    fn load(&mut self, size: usize, esid: Esid, entry: SegmentEntry) {
        match self.find(esid) {
            Some(index) => self.replace(index, esid, Some(entry)),
            None => {
                let index = self.next;
                self.next = if index + 1 < size { index + 1 } else { 1 };
                self.end = self.end.max(index + 1);
                self.drop_entry(index);
                self.write(index, esid, entry);
            }
        }
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
        write(index, esid, entry);
        self.held[index] = Some((esid, entry));
    }
}

impl Slb {
    /// A buffer of `size` entries that holds none of a program's, and cannot before it has
    /// been given [images](Slb::take_memory).
    pub fn new(size: u32) -> Slb {
        Slb {
            size: size as usize,
            loaded: None,
            images: Vec::new(),
        }
    }

    /// Makes room for the images.
    pub fn take_memory(&mut self) {
        self.images.resize_with(IMAGES, || Image::of(None));
    }

    /// Entries that the processor has.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The entries that are held for the running space: their numbers, and what is in them.
    pub fn held(&self) -> impl Iterator<Item = (usize, Esid, SegmentEntry)> + '_ {
        let all = self.images.iter();
        let here = all.filter(|image| image.space.is_some() && image.space == self.loaded);
        here.flat_map(Image::held)
    }

    /// What is held, and what will be when a space is entered again.
    pub fn kept(&self) -> impl Iterator<Item = (SpaceId, Esid, SegmentEntry)> + '_ {
        self.images.iter().flat_map(|image| {
            let held = image.held();
            held.filter_map(|(_, esid, entry)| Some((image.space?, esid, entry)))
        })
    }

    /// The image of `space`, if there is one.
    fn image(&mut self, space: SpaceId) -> Option<&mut Image> {
        let image = &mut self.images[space.0 as usize % IMAGES];
        (image.space == Some(space)).then_some(image)
    }

    /// Holds the entries of `space` from now on.
    #[inline]
    pub fn enter(&mut self, space: SpaceId) {
        if self.loaded != Some(space) {
            self.change_to(space);
        }
    }

    fn change_to(&mut self, space: SpaceId) {
        // SAFETY: the kernel's entry is the first.
        unsafe { boot::slbia() };
        self.loaded = Some(space);
        match self.image(space) {
            Some(image) => {
                for (n, esid, entry) in image.held() {
                    write(n, esid, entry);
                }
            }
            None => self.images[space.0 as usize % IMAGES] = Image::of(Some(space)),
        }
    }

    /// Makes `entry` the one for `esid`, if `space` is the one that runs.
    pub fn load(&mut self, space: SpaceId, esid: Esid, entry: SegmentEntry) {
        let size = self.size;
        if self.loaded == Some(space)
            && let Some(image) = self.image(space)
        {
            image.load(size, esid, entry);
        }
    }

    /// If there is an entry for `esid`, makes it `entry`.
    pub fn update(&mut self, space: SpaceId, esid: Esid, entry: Option<SegmentEntry>) {
        let is_loaded = self.loaded == Some(space);
        let Some(image) = self.image(space) else {
            return;
        };
        if let Some(index) = image.find(esid) {
            match is_loaded {
                true => image.replace(index, esid, entry),
                false => image.held[index] = entry.map(|entry| (esid, entry)),
            }
        }
    }

    /// There is no such space any more.
    pub fn drop_space(&mut self, space: SpaceId) {
        if let Some(image) = self.image(space) {
            *image = Image::of(None);
        }
        if self.loaded == Some(space) {
            // SAFETY: the kernel's entry is the first.
            unsafe { boot::slbia() };
            self.loaded = None;
        }
    }
}

fn write(index: usize, esid: Esid, entry: SegmentEntry) {
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
