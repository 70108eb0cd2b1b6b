//! A window of address space to do anything with.
//!
//! An [`Area`] is addresses where no Rust object lives. So it may be mapped,
//! unmapped and protected at will, and its bytes may be read and written like a
//! device's: an access that is not allowed ends the process with a signal, which
//! is just what tests want to see.

use crate::fault::{self, Fault};
use crate::{Errno, PAGE, random, sys};
use linux_raw_sys::general::*;

/// Reading and writing.
pub const RW: u32 = PROT_READ | PROT_WRITE;

/// A range of addresses, whole pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    base: usize,
    len: usize,
}

impl Area {
    /// Private zero pages to read and write, wherever there is room.
    pub fn private(len: usize) -> Result<Area, Errno> {
        Self::map(None, len, RW, MAP_PRIVATE)
    }

    /// Zero pages to read and write, shared with children.
    pub fn shared(len: usize) -> Result<Area, Errno> {
        Self::map(None, len, RW, MAP_SHARED)
    }

    /// Anonymous pages at `at`, where nothing may be yet, or anywhere. `flags` is
    /// MAP_PRIVATE or MAP_SHARED.
    pub fn map(at: Option<usize>, len: usize, prot: u32, flags: u32) -> Result<Area, Errno> {
        let fixed = if at.is_some() { MAP_FIXED_NOREPLACE } else { 0 };
        // SAFETY: nothing is replaced.
        let base = unsafe {
            sys::mmap(
                at.unwrap_or(0),
                len,
                prot,
                flags | fixed | MAP_ANONYMOUS,
                -1,
                0,
            )
        }?;
        let area = Area { base, len };
        // Where MAP_FIXED_NOREPLACE is not known it is only a hint: see mmap(2).
        if at.is_some_and(|at| at != base) {
            area.unmap()?;
            return Err(Errno(linux_raw_sys::errno::EEXIST));
        }
        Ok(area)
    }

    /// The area where a System V segment of `len` bytes was attached.
    pub fn attach(id: i32, at: usize, len: usize, flags: u32) -> Result<Area, Errno> {
        sys::shmat(id, at, flags).map(|base| Area { base, len })
    }

    /// The addresses from `base`, whatever is there.
    pub fn over(base: usize, len: usize) -> Area {
        Area { base, len }
    }

    /// `len` bytes of the open file `fd` from `offset`, wherever there is room.
    pub fn file(
        fd: sys::Fd,
        offset: usize,
        len: usize,
        prot: u32,
        flags: u32,
    ) -> Result<Area, Errno> {
        // SAFETY: nothing is replaced.
        let base = unsafe { sys::mmap(0, len, prot, flags, fd, offset) }?;
        Ok(Area { base, len })
    }

    /// As [`file`](Self::file), at `at` in place of what is there.
    pub fn file_at(
        at: usize,
        fd: sys::Fd,
        offset: usize,
        len: usize,
        prot: u32,
        flags: u32,
    ) -> Result<Area, Errno> {
        // SAFETY: callers pass addresses where no Rust object is.
        let base = unsafe { sys::mmap(at, len, prot, flags | MAP_FIXED, fd, offset) }?;
        Ok(Area { base, len })
    }

    /// Advises the kernel about it.
    pub fn advise(self, advice: u32) -> Result<(), Errno> {
        // SAFETY: no Rust object is in an area.
        unsafe { sys::madvise(self.base, self.len, advice) }
    }

    /// Gives it another size, perhaps elsewhere: `flags` are of MREMAP_*.
    pub fn resize(self, len: usize, flags: u32, at: usize) -> Result<Area, Errno> {
        // SAFETY: no Rust object is in an area, nor where callers let it move.
        let base = unsafe { sys::mremap(self.base, self.len, len, flags, at) }?;
        Ok(Area { base, len })
    }

    /// Its bytes from `offset`, copied.
    pub fn copy<const N: usize>(self, offset: usize) -> [u8; N] {
        core::array::from_fn(|i| self.load(offset + i))
    }

    /// Stores `bytes` from `offset`.
    pub fn put(self, offset: usize, bytes: &[u8]) {
        bytes
            .iter()
            .enumerate()
            .for_each(|(i, byte)| self.store(offset + i, *byte));
    }

    /// Its first address.
    pub fn base(self) -> usize {
        self.base
    }

    /// Its bytes.
    pub fn len(self) -> usize {
        self.len
    }

    /// Whether it has no bytes.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// Its pages.
    pub fn pages(self) -> usize {
        self.len / PAGE
    }

    /// `len` bytes of it, from `offset`.
    pub fn part(self, offset: usize, len: usize) -> Area {
        assert!(offset + len <= self.len);
        Area {
            base: self.base + offset,
            len,
        }
    }

    /// New anonymous pages in place of what is there.
    pub fn remap(self, prot: u32, flags: u32) -> Result<(), Errno> {
        let flags = flags | MAP_ANONYMOUS | MAP_FIXED;
        // SAFETY: no Rust object is in an area.
        unsafe { sys::mmap(self.base, self.len, prot, flags, -1, 0) }.map(drop)
    }

    /// Takes its pages away.
    pub fn unmap(self) -> Result<(), Errno> {
        // SAFETY: no Rust object is in an area.
        unsafe { sys::munmap(self.base, self.len) }
    }

    /// Detaches a System V segment.
    pub fn detach(self) -> Result<(), Errno> {
        // SAFETY: no Rust object is in an area.
        unsafe { sys::shmdt(self.base) }
    }

    /// Changes what may be done with it.
    pub fn protect(self, prot: u32) -> Result<(), Errno> {
        // SAFETY: no Rust object is in an area.
        unsafe { sys::mprotect(self.base, self.len, prot) }
    }

    /// The byte at `offset`.
    pub fn load(self, offset: usize) -> u8 {
        assert!(offset < self.len);
        // SAFETY: inside the area; volatile, so that the access is made.
        unsafe { ((self.base + offset) as *const u8).read_volatile() }
    }

    /// Stores a byte at `offset`.
    pub fn store(self, offset: usize, byte: u8) {
        assert!(offset < self.len);
        // SAFETY: inside the area, where no Rust object is.
        unsafe { ((self.base + offset) as *mut u8).write_volatile(byte) }
    }

    /// The byte at `offset`, or the fault: see [`fault::watch`].
    pub fn try_load(self, offset: usize) -> Result<u8, Fault> {
        assert!(offset < self.len);
        fault::load(self.base + offset)
    }

    /// Stores a byte at `offset`, or tells the fault: see [`fault::watch`].
    pub fn try_store(self, offset: usize, byte: u8) -> Result<(), Fault> {
        assert!(offset < self.len);
        // SAFETY: inside the area, where no Rust object is.
        unsafe { fault::store(self.base + offset, byte) }
    }

    /// The word at `offset`, a multiple of 8.
    pub fn load_word(self, offset: usize) -> u64 {
        assert!(offset + 8 <= self.len && offset.is_multiple_of(8));
        // SAFETY: inside the area and aligned.
        unsafe { ((self.base + offset) as *const u64).read_volatile() }
    }

    /// Stores a word at `offset`, a multiple of 8.
    pub fn store_word(self, offset: usize, word: u64) {
        assert!(offset + 8 <= self.len && offset.is_multiple_of(8));
        // SAFETY: inside the area, where no Rust object is, and aligned.
        unsafe { ((self.base + offset) as *mut u64).write_volatile(word) }
    }

    /// Writes one word to each page: those that belong to `seed`. The word lies
    /// elsewhere in each page.
    pub fn fill(self, seed: u64) {
        for page in 0..self.pages() {
            self.store_word(place(page), random::word(seed, page));
        }
    }

    /// The first offset where [`fill`](Self::fill) with `seed` left something
    /// else; `None` if all is as written.
    pub fn differs(self, seed: u64) -> Option<usize> {
        (0..self.pages())
            .find(|&page| self.load_word(place(page)) != random::word(seed, page))
            .map(place)
    }

    /// The first offset with a byte that is not zero.
    pub fn not_zero(self) -> Option<usize> {
        (0..self.len)
            .step_by(8)
            .find(|&offset| self.load_word(offset) != 0)
    }

    /// Writes every word.
    pub fn fill_all(self, seed: u64) {
        for offset in (0..self.len).step_by(8) {
            self.store_word(offset, random::word(seed, offset));
        }
    }

    /// The first offset where [`fill_all`](Self::fill_all) left something else.
    pub fn differs_anywhere(self, seed: u64) -> Option<usize> {
        (0..self.len)
            .step_by(8)
            .find(|&offset| self.load_word(offset) != random::word(seed, offset))
    }

    /// Puts instructions at its start and makes it executable.
    ///
    /// On real hardware each cache block needs dcbst, sync, icbi, isync (Power
    /// ISA v3.0B, Book II, "Instruction Storage"); QEMU's caches are coherent.
    pub fn program(self, words: &[u32]) -> Result<(), Errno> {
        for (i, &word) in words.iter().enumerate() {
            assert!(i * 4 + 4 <= self.len);
            // SAFETY: inside the area, where no Rust object is, and aligned.
            unsafe { ((self.base + i * 4) as *mut u32).write_volatile(word) }
        }
        self.protect(PROT_READ | PROT_EXEC)
    }

    /// Calls what is at its start, with one argument.
    pub fn call(self, argument: usize) -> usize {
        // SAFETY: the words put there keep to the ABI, or end the process.
        let f: extern "C" fn(usize) -> usize = unsafe { core::mem::transmute(self.base) };
        f(argument)
    }
}

/// Where in page number `page` the word of [`Area::fill`] is.
fn place(page: usize) -> usize {
    page * PAGE + (page * 72) % PAGE
}
