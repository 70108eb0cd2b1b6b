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
#[derive(Clone, Copy)]
pub struct Spans<'a> {
    first: UserSlice,
    others: &'a [UserSlice],
    len: u64,
}

/// What came of moving bytes.
#[derive(Clone, Copy, Debug)]
pub struct Moved {
    /// So many were.
    pub done: u64,
    /// Why the next ones were not, if they could not be.
    pub error: Option<Errno>,
}

impl Moved {
    const NOTHING: Moved = Moved {
        done: 0,
        error: None,
    };

    /// Notes what came of the next `len`, and whether that is the end.
    #[inline]
    fn stops(&mut self, moved: Result<usize, Errno>, len: usize) -> bool {
        match moved {
            Ok(moved) => self.done += moved as u64,
            Err(error) => self.error = Some(error),
        }
        moved != Ok(len)
    }

    /// How many were. If it failed after some, those count; the error is found again by the
    /// next call.
    ///
    /// # Errors
    /// None was.
    #[inline]
    pub fn some(self) -> Result<u64, Errno> {
        match self.error {
            Some(error) if self.done == 0 => Err(error),
            _ => Ok(self.done),
        }
    }
}

/// The ranges that the array of `count` iovecs at `at` names.
///
/// # Errors
/// EINVAL: too many, or too long together. EFAULT, ENOMEM.
pub fn read_vector(call: &mut Call, at: u64, count: u64) -> Result<Vec<UserSlice>, Errno> {
    const ENTRY: u64 = size_of::<iovec>() as u64;
    if count > u64::from(UIO_MAXIOV) {
        return Err(Errno::EINVAL);
    }
    let mut slices = Vec::with_capacity(count as usize);
    let mut sum = 0_u64;
    UserSlice::new(at, count * ENTRY)?;
    for entry in 0..count {
        let mut memory = call.memory();
        let start = memory.read_u64(Ea(at + entry * ENTRY))?;
        let len = memory.read_u64(Ea(at + entry * ENTRY + 8))?;
        let more = sum.checked_add(len).filter(|sum| *sum <= MOST);
        sum = more.ok_or(Errno::EINVAL)?;
        slices.push(UserSlice::new(start, len)?);
    }
    Ok(slices)
}

impl From<UserSlice> for Spans<'_> {
    #[inline]
    fn from(first: UserSlice) -> Self {
        let (others, len) = (&[][..], first.len());
        Spans { first, others, len }
    }
}

impl<'a> Spans<'a> {
    /// The `len` bytes at `start`.
    ///
    /// # Errors
    /// EFAULT: not all of them are a program's.
    #[inline]
    pub fn one(start: u64, len: u64) -> Result<Spans<'a>, Errno> {
        UserSlice::new(start, len).map(Spans::from)
    }

    /// These ranges.
    pub fn of(slices: &'a [UserSlice]) -> Spans<'a> {
        let (first, others) = match slices {
            [first, others @ ..] => (*first, others),
            [] => (UserSlice::EMPTY, slices),
        };
        let len = slices.iter().map(|slice| slice.len()).sum();
        Spans { first, others, len }
    }

    /// Its only range, if it has no more.
    #[inline]
    pub fn only(&self) -> Option<UserSlice> {
        self.others.is_empty().then_some(self.first)
    }

    /// Bytes in all.
    #[inline]
    pub fn len(&self) -> u64 {
        self.len
    }

    #[inline]
    fn slice(&self, n: usize) -> Option<UserSlice> {
        match n {
            0 => Some(self.first),
            _ => self.others.get(n - 1).copied(),
        }
    }

    /// Visits its bytes from `skip` up to `end`, in pieces of which each is in one page and
    /// has no more than `room` says of its first byte. `visit` is told how many came before,
    /// where the next ones are, and how many; it moves them as far as it can, and says how
    /// far. Stops where it cannot.
    #[inline(always)]
    pub fn each(
        &self,
        skip: u64,
        end: u64,
        room: impl Fn(u64) -> u64,
        mut visit: impl FnMut(u64, Ea, usize) -> Result<usize, Errno>,
    ) -> Moved {
        let mut moved = Moved::NOTHING;
        // Most often that is one piece.
        if skip < end.min(self.first.len()) {
            let (at, len) = piece(self.first, skip, room(skip).min(end - skip));
            if moved.stops(visit(0, at, len), len) || moved.done == end - skip {
                return moved;
            }
        }
        self.each_further(moved, skip, end, room, visit)
    }

    /// The same, after what is in `moved`.
    #[inline(never)]
    fn each_further(
        &self,
        mut moved: Moved,
        skip: u64,
        end: u64,
        room: impl Fn(u64) -> u64,
        mut visit: impl FnMut(u64, Ea, usize) -> Result<usize, Errno>,
    ) -> Moved {
        let (mut n, mut start) = (0, 0);
        // What is named may be all addresses: no page beyond the end is looked at.
        while skip + moved.done < end
            && let Some(slice) = self.slice(n)
        {
            let at = skip + moved.done;
            let inside = at - start;
            if inside < slice.len() {
                let (ea, len) = piece(slice, inside, room(at).min(end - at));
                if moved.stops(visit(moved.done, ea, len), len) {
                    break;
                }
            } else {
                (n, start) = (n + 1, start + slice.len());
            }
        }
        moved
    }

    /// Fills the memory, up to `end` bytes of it, with what `source` gives: it is told
    /// how many it has given and fills a buffer of at most a page, as far as it can.
    ///
    /// # Errors
    /// EFAULT, ENOMEM, and those of `source`: as for [`Moved::some`].
    #[inline]
    pub fn fill(
        &self,
        call: &mut Call,
        end: u64,
        mut source: impl FnMut(&mut Kernel, u64, &mut [u8]) -> Result<usize, Errno>,
    ) -> Result<u64, Errno> {
        let space = call.process().space();
        let mut buffer = call.kernel.take_buffer();
        let done = self.each(
            0,
            end,
            |_| PAGE_SIZE,
            |done, at, len| {
                let filled = source(call.kernel, done, &mut buffer[..len])?;
                if filled > 0 {
                    let mut memory = UserMemory::new(&mut call.kernel.vm, space);
                    let page = memory.page(at, filled, Access::Write)?;
                    page.copy_from_slice(&buffer[..filled]);
                }
                Ok(filled)
            },
        );
        call.kernel.buffer = buffer;
        done.some()
    }

    /// Hands the memory's bytes up to `end` to `sink`, as [`Spans::fill`] does the other
    /// way. Gives how many were taken.
    ///
    /// # Errors
    /// EFAULT, ENOMEM, and those of `sink`: as for [`Moved::some`].
    #[inline]
    pub fn drain(
        &self,
        call: &mut Call,
        end: u64,
        mut sink: impl FnMut(&mut Kernel, u64, &[u8]) -> Result<usize, Errno>,
    ) -> Result<u64, Errno> {
        let space = call.process().space();
        let mut buffer = call.kernel.take_buffer();
        let done = self.each(
            0,
            end,
            |_| PAGE_SIZE,
            |done, at, len| {
                let part = &mut buffer[..len];
                let mut memory = UserMemory::new(&mut call.kernel.vm, space);
                part.copy_from_slice(memory.page(at, len, Access::Read)?);
                sink(call.kernel, done, part)
            },
        );
        call.kernel.buffer = buffer;
        done.some()
    }
}

/// What of `slice` follows `inside` bytes, up to `most` and in one page: an address and how
/// many from there.
#[inline]
fn piece(slice: UserSlice, inside: u64, most: u64) -> (Ea, usize) {
    let ea = slice.start() + inside;
    let here = (PAGE_SIZE - ea % PAGE_SIZE).min(slice.len() - inside);
    (Ea(ea), here.min(most) as usize)
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
