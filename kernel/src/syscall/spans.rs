//! The memory that a call reads into or writes from: one range, or the several of an
//! iovec (readv(2)).

use super::{Call, Errno, UserMemory, UserSlice};
use crate::state::Kernel;
use alloc::boxed::Box;
use alloc::vec::Vec;
use linux_raw_sys::general::{UIO_MAXIOV, iovec};
use vm::{Access, Ea, PAGE_SIZE};

/// The most bytes that one call moves to or from what never makes it wait. A program
/// that asks for more gets less, as read(2) and write(2) allow, and asks again. So no
/// call keeps the processor for long.
pub const LIMIT: u64 = 8 << 20;

/// The most that Linux moves in one call, and the largest sum of an iovec's lengths.
const MOST: u64 = i64::MAX as u64;

/// Ranges of a program's memory, in order.
pub struct Spans {
    first: UserSlice,
    others: Vec<UserSlice>,
    len: u64,
}

impl Spans {
    /// The `len` bytes at `start`.
    ///
    /// # Errors
    /// EFAULT: not all of them are a program's.
    #[inline]
    pub fn one(start: u64, len: u64) -> Result<Spans, Errno> {
        Ok(Spans {
            first: UserSlice::new(start, len)?,
            others: Vec::new(),
            len,
        })
    }

    /// The ranges that the array of `count` iovecs at `at` names.
    ///
    /// # Errors
    /// EINVAL: too many, or too long together. EFAULT, ENOMEM.
    pub fn several(call: &mut Call, at: u64, count: u64) -> Result<Spans, Errno> {
        const ENTRY: u64 = size_of::<iovec>() as u64;
        if count > u64::from(UIO_MAXIOV) {
            return Err(Errno::EINVAL);
        }
        let mut spans = Spans {
            first: UserSlice::new(0, 0)?,
            others: Vec::with_capacity(count as usize),
            len: 0,
        };
        UserSlice::new(at, count * ENTRY)?;
        for entry in 0..count {
            let mut memory = call.memory();
            let start = memory.read_u64(Ea(at + entry * ENTRY))?;
            let len = memory.read_u64(Ea(at + entry * ENTRY + 8))?;
            let sum = spans.len.checked_add(len).filter(|sum| *sum <= MOST);
            spans.len = sum.ok_or(Errno::EINVAL)?;
            spans.others.push(UserSlice::new(start, len)?);
        }
        Ok(spans)
    }

    /// Bytes in all.
    #[inline]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Its bytes from `skip` up to `end`, by page: an address and how many from there,
    /// 1 to 4096.
    #[inline]
    fn pages(&self, skip: u64, end: u64) -> impl Iterator<Item = (Ea, usize)> {
        let (mut n, mut start, mut at) = (0, 0, skip);
        core::iter::from_fn(move || {
            // What is named may be all addresses: no page beyond the end is looked at.
            while at < end {
                let slice = self.slice(n)?;
                let inside = at - start;
                if inside < slice.len() {
                    let ea = slice.start() + inside;
                    let room = PAGE_SIZE - ea % PAGE_SIZE;
                    let len = room.min(slice.len() - inside).min(end - at);
                    at += len;
                    return Some((Ea(ea), len as usize));
                }
                (n, start) = (n + 1, start + slice.len());
            }
            None
        })
    }

    #[inline]
    fn slice(&self, n: usize) -> Option<UserSlice> {
        match n {
            0 => Some(self.first),
            _ => self.others.get(n - 1).copied(),
        }
    }

    /// Visits its bytes from `skip` up to `end`, by page. `visit` is told how many came
    /// before, where the next ones are, and how many; it moves them as far as it can, and
    /// says how far. Stops where it cannot. If it fails after some bytes have been moved,
    /// those count; the error is found again by the next call.
    ///
    /// # Errors
    /// Those of `visit`: nothing has been moved.
    #[inline]
    pub fn each(
        &self,
        skip: u64,
        end: u64,
        mut visit: impl FnMut(u64, Ea, usize) -> Result<usize, Errno>,
    ) -> Result<u64, Errno> {
        let mut done = 0;
        for (at, len) in self.pages(skip, end) {
            match visit(done, at, len) {
                Ok(moved) if moved == len => done += len as u64,
                Ok(moved) => return Ok(done + moved as u64),
                Err(error) if done == 0 => return Err(error),
                Err(_) => break,
            }
        }
        Ok(done)
    }

    /// Fills the memory, up to `end` bytes of it, with what `source` gives: it is told
    /// how many it has given and fills a buffer of at most a page, as far as it can.
    ///
    /// # Errors
    /// EFAULT, ENOMEM, and those of `source`: as for [`Spans::each`].
    #[inline]
    pub fn fill(
        &self,
        call: &mut Call,
        end: u64,
        mut source: impl FnMut(&mut Kernel, u64, &mut [u8]) -> Result<usize, Errno>,
    ) -> Result<u64, Errno> {
        let space = call.process().space();
        let mut buffer = call.kernel.take_buffer();
        let done = self.each(0, end, |done, at, len| {
            let filled = source(call.kernel, done, &mut buffer[..len])?;
            if filled > 0 {
                let mut memory = UserMemory::new(&mut call.kernel.vm, space);
                let page = memory.page(at, filled, Access::Write)?;
                page.copy_from_slice(&buffer[..filled]);
            }
            Ok(filled)
        });
        call.kernel.buffer = buffer;
        done
    }

    /// Hands the memory's bytes up to `end` to `sink`, as [`Spans::fill`] does the other
    /// way. Gives how many were taken.
    ///
    /// # Errors
    /// EFAULT, ENOMEM, and those of `sink`: as for [`Spans::each`].
    #[inline]
    pub fn drain(
        &self,
        call: &mut Call,
        end: u64,
        mut sink: impl FnMut(&mut Kernel, u64, &[u8]) -> Result<usize, Errno>,
    ) -> Result<u64, Errno> {
        let space = call.process().space();
        let mut buffer = call.kernel.take_buffer();
        let done = self.each(0, end, |done, at, len| {
            let part = &mut buffer[..len];
            let mut memory = UserMemory::new(&mut call.kernel.vm, space);
            part.copy_from_slice(memory.page(at, len, Access::Read)?);
            sink(call.kernel, done, part)
        });
        call.kernel.buffer = buffer;
        done
    }
}

impl Kernel {
    /// A page to copy through, to be put back.
    #[inline]
    fn take_buffer(&mut self) -> Box<[u8]> {
        match core::mem::take(&mut self.buffer) {
            none if none.is_empty() => alloc::vec![0; PAGE_SIZE as usize].into(),
            buffer => buffer,
        }
    }
}
