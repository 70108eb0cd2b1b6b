//! Programs' memory, as the kernel reads and writes it.
//!
//! A program's pointer is never followed. It is split into pages; each page is
//! resolved to its frame exactly as the program's own access would be, with
//! copies made and rights checked; the frame's bytes are reached through the
//! kernel's linear map, at once, before anything else can move them. So there is
//! no address that a program could pass that does harm: whatever is wrong is
//! EFAULT.

use super::Errno;
use crate::frame_bytes::frame_bytes;
use crate::state::Vm;
use alloc::vec::Vec;
use vm::{Access, Ea, FrameNo, PAGE_SIZE, SpaceId, USER_END};

/// A range of a program's addresses: it lies below [`USER_END`]. Nothing else is
/// known of it before it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserSlice {
    start: Ea,
    len: u64,
}

impl UserSlice {
    /// No bytes.
    pub const EMPTY: UserSlice = UserSlice {
        start: Ea(0),
        len: 0,
    };

    /// The `len` bytes at `start`.
    ///
    /// # Errors
    /// EFAULT: not all of them are a program's.
    #[inline]
    pub fn new(start: u64, len: u64) -> Result<UserSlice, Errno> {
        match start.checked_add(len) {
            Some(end) if end <= USER_END.0 => Ok(UserSlice {
                start: Ea(start),
                len,
            }),
            _ => Err(Errno::EFAULT),
        }
    }

    /// Where it starts.
    #[inline]
    pub fn start(self) -> u64 {
        self.start.0
    }

    /// Its bytes.
    #[inline]
    pub fn len(self) -> u64 {
        self.len
    }

    /// Its bytes, by page: an address and how many from there, 1 to 4096.
    pub fn pages(self) -> impl Iterator<Item = (Ea, usize)> {
        let (mut at, end) = (self.start.0, self.start.0 + self.len);
        core::iter::from_fn(move || {
            let len = (PAGE_SIZE - at % PAGE_SIZE).min(end - at);
            let page = (Ea(at), len as usize);
            at += len;
            (len > 0).then_some(page)
        })
    }
}

/// A program's memory.
pub struct UserMemory<'a> {
    vm: &'a mut Vm,
    space: SpaceId,
    /// The page that was resolved last, for what, and its frame. Nothing has moved it: all
    /// that happens while this lives goes through here.
    last: Option<(Ea, Access, FrameNo)>,
}

impl<'a> UserMemory<'a> {
    /// The memory of `space`.
    pub fn new(vm: &'a mut Vm, space: SpaceId) -> UserMemory<'a> {
        UserMemory {
            vm,
            space,
            last: None,
        }
    }

    /// Fills `to` from the program's memory.
    ///
    /// # Errors
    /// EFAULT, OUT_OF_FRAMES. Part of `to` may then be filled.
    pub fn read(&mut self, from: Ea, to: &mut [u8]) -> Result<(), Errno> {
        let mut rest = to;
        for (at, len) in UserSlice::new(from.0, rest.len() as u64)?.pages() {
            let (part, after) = rest.split_at_mut(len);
            part.copy_from_slice(self.page(at, len, Access::Read)?);
            rest = after;
        }
        Ok(())
    }

    /// Copies `from` into the program's memory.
    ///
    /// # Errors
    /// EFAULT, OUT_OF_FRAMES. Part of `from` may then have been copied.
    pub fn write(&mut self, to: Ea, from: &[u8]) -> Result<(), Errno> {
        let mut rest = from;
        for (at, len) in UserSlice::new(to.0, rest.len() as u64)?.pages() {
            let (part, after) = rest.split_at(len);
            self.page(at, len, Access::Write)?.copy_from_slice(part);
            rest = after;
        }
        Ok(())
    }

    /// Lets `fill` write `N` bytes, which are zero at first, into the program's memory.
    ///
    /// # Errors
    /// EFAULT, OUT_OF_FRAMES. Some may then have been written.
    pub fn write_by<const N: usize>(
        &mut self,
        to: Ea,
        fill: impl FnOnce(&mut [u8; N]),
    ) -> Result<(), Errno> {
        UserSlice::new(to.0, N as u64)?;
        if to.offset() + N > PAGE_SIZE as usize {
            let mut bytes = [0; N];
            fill(&mut bytes);
            return self.write(to, &bytes);
        }
        if let Some(bytes) = self.page(to, N, Access::Write)?.first_chunk_mut() {
            bytes.fill(0);
            fill(bytes);
        }
        Ok(())
    }

    /// Lets `look` read `N` bytes of the program's memory.
    ///
    /// # Errors
    /// EFAULT, OUT_OF_FRAMES.
    pub fn read_by<const N: usize, T>(
        &mut self,
        from: Ea,
        look: impl FnOnce(&[u8; N]) -> T,
    ) -> Result<T, Errno> {
        UserSlice::new(from.0, N as u64)?;
        if from.offset() + N <= PAGE_SIZE as usize
            && let Some(bytes) = self.page(from, N, Access::Read)?.first_chunk()
        {
            return Ok(look(bytes));
        }
        let mut bytes = [0; N];
        self.read(from, &mut bytes)?;
        Ok(look(&bytes))
    }

    /// Makes sure that `len` bytes can be written at `to`, and writes nothing: for a call
    /// that must not find out only when it has done what it cannot do twice.
    ///
    /// # Errors
    /// EFAULT, OUT_OF_FRAMES.
    pub fn require_writable(&mut self, to: Ea, len: u64) -> Result<(), Errno> {
        for (at, len) in UserSlice::new(to.0, len)?.pages() {
            self.page(at, len, Access::Write)?;
        }
        Ok(())
    }

    /// Reads a 64-bit word.
    ///
    /// # Errors
    /// EFAULT, OUT_OF_FRAMES.
    pub fn read_u64(&mut self, from: Ea) -> Result<u64, Errno> {
        let mut bytes = [0; 8];
        self.read(from, &mut bytes)?;
        Ok(u64::from_ne_bytes(bytes))
    }

    /// Reads 64-bit words from `from` on as far as its page goes, but one in any case.
    /// Gives how many.
    ///
    /// # Errors
    /// EFAULT, OUT_OF_FRAMES.
    pub fn read_some_words(&mut self, from: Ea, words: &mut [u64]) -> Result<usize, Errno> {
        let here = (PAGE_SIZE as usize - from.offset()) / 8;
        if here == 0 {
            words[0] = self.read_u64(from)?;
            return Ok(1);
        }
        let count = here.min(words.len());
        UserSlice::new(from.0, 8 * count as u64)?;
        let bytes = self.page(from, 8 * count, Access::Read)?;
        for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
            *word = u64::from_ne_bytes(*bytes);
        }
        Ok(count)
    }

    /// Reads a 32-bit word.
    ///
    /// # Errors
    /// EFAULT, OUT_OF_FRAMES.
    pub fn read_u32(&mut self, from: Ea) -> Result<u32, Errno> {
        let mut bytes = [0; 4];
        self.read(from, &mut bytes)?;
        Ok(u32::from_ne_bytes(bytes))
    }

    /// Reads 64-bit words one after the other.
    ///
    /// # Errors
    /// EFAULT, OUT_OF_FRAMES.
    pub fn read_words<const N: usize>(&mut self, from: u64) -> Result<[u64; N], Errno> {
        let mut words = [0; N];
        for (at, word) in (from..).step_by(8).zip(&mut words) {
            *word = self.read_u64(Ea(at))?;
        }
        Ok(words)
    }

    /// Writes 64-bit words one after the other.
    ///
    /// # Errors
    /// EFAULT, OUT_OF_FRAMES.
    pub fn write_words(&mut self, to: u64, words: &[u64]) -> Result<(), Errno> {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        self.write(Ea(to), &bytes)
    }

    /// Reads the string at `from`, up to the 0 at its end.
    ///
    /// # Errors
    /// `too_long` if there is no 0 in the first `limit` bytes; EFAULT, OUT_OF_FRAMES.
    pub fn string(&mut self, from: u64, limit: usize, too_long: Errno) -> Result<Vec<u8>, Errno> {
        let mut string = Vec::new();
        self.append_string(from, limit, too_long, &mut string)?;
        Ok(string)
    }

    /// The same, to be added to `string`, which may have a part of it after an error.
    ///
    /// # Errors
    /// Those of [`string`](Self::string).
    pub fn append_string(
        &mut self,
        from: u64,
        limit: usize,
        too_long: Errno,
        string: &mut Vec<u8>,
    ) -> Result<(), Errno> {
        let reach = (limit as u64).min(USER_END.0.saturating_sub(from));
        for (at, len) in UserSlice::new(from, reach)?.pages() {
            let page = self.page(at, len, Access::Read)?;
            if let Some(end) = page.iter().position(|byte| *byte == 0) {
                string.extend_from_slice(&page[..end]);
                return Ok(());
            }
            string.extend_from_slice(page);
        }
        Err(if reach < limit as u64 {
            Errno::EFAULT
        } else {
            too_long
        })
    }

    /// The `len` bytes at `at`, which end no later than the page does.
    ///
    /// # Errors
    /// EFAULT, OUT_OF_FRAMES.
    pub fn page(&mut self, at: Ea, len: usize, access: Access) -> Result<&mut [u8], Errno> {
        let frame = match self.last {
            Some((page, known, frame)) if page == at.floor() && known == access => frame,
            _ => {
                self.last = None;
                let frame = self.vm.resolve(self.space, at, access)?;
                self.last = Some((at.floor(), access, frame));
                frame
            }
        };
        Ok(&mut frame_bytes(self.vm, frame)[at.offset()..at.offset() + len])
    }
}
