//! The contents of a regular file: frames of a memory object.
//!
//! read, write and every mapping meet in the same frames. The object is made when
//! the contents are first used, so an empty file takes none. A page of it that
//! nobody wrote is a hole: it has no frame and reads as zero.
//!
//! A program that maps the last page can write after the file's end there. So those
//! bytes are made zero before a change of size would show them.

use crate::frame_bytes::frame_bytes;
use crate::heap;
use crate::state::Vm;
use crate::syscall::Errno;
use core::ops::Range;
use vm::{FrameNo, ObjectId, PAGE_SIZE};

/// The largest size of a file, in bytes: that of an object.
pub const MOST: u64 = 1 << 40;

/// Pages that a search for data or for a hole looks at.
const SEARCH: u64 = 1 << 16;

/// A regular file's contents.
#[derive(Default)]
pub struct File {
    size: u64,
    object: Option<ObjectId>,
    /// Open files that can write to it.
    pub writers: u32,
    /// Address spaces whose program it is; a fork's shares its parent's count.
    pub runners: u32,
}

/// What lseek looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stretch {
    /// SEEK_DATA.
    Data,
    /// SEEK_HOLE.
    Hole,
}

/// Splits `len` bytes at `offset` at the ends of pages: each part's page, its offset
/// in that, and its length.
fn parts(offset: u64, len: usize) -> impl Iterator<Item = (u64, usize, usize)> {
    let (mut at, end) = (offset, offset + len as u64);
    core::iter::from_fn(move || {
        let inside = at % PAGE_SIZE;
        let part = (PAGE_SIZE - inside).min(end - at);
        let result = (at / PAGE_SIZE, inside as usize, part as usize);
        at += part;
        (part > 0).then_some(result)
    })
}

fn pages(size: u64) -> u64 {
    size.div_ceil(PAGE_SIZE)
}

impl File {
    /// Bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The object that holds the contents, if they have been used.
    pub fn object_if_there(&self) -> Option<ObjectId> {
        self.object
    }

    /// The object that holds the contents.
    ///
    /// # Errors
    /// ENOSPC, ENOMEM.
    pub fn object(&mut self, vm: &mut Vm) -> Result<ObjectId, Errno> {
        if let Some(object) = self.object {
            return Ok(object);
        }
        if !heap::has_room_for_files() {
            return Err(Errno::ENOSPC);
        }
        let object = vm.create_object(pages(self.size))?;
        self.object = Some(object);
        Ok(object)
    }

    /// Frames that it takes.
    pub fn frames(&self, vm: &Vm) -> u64 {
        self.object.map_or(0, |object| vm.object_frames(object))
    }

    fn frame(&self, vm: &Vm, page: u64) -> Option<FrameNo> {
        vm.object_page_if_there(self.object?, page)
    }

    /// Copies what is at `offset` to `to`. Gives how much there was: none at the end.
    pub fn read(&self, vm: &mut Vm, offset: u64, to: &mut [u8]) -> usize {
        let len = self.size.saturating_sub(offset).min(to.len() as u64) as usize;
        let mut rest = &mut to[..len];
        for (page, at, len) in parts(offset, len) {
            let (part, after) = rest.split_at_mut(len);
            match self.frame(vm, page) {
                Some(frame) => part.copy_from_slice(&frame_bytes(vm, frame)[at..at + len]),
                None => part.fill(0),
            }
            rest = after;
        }
        len
    }

    /// Writes `from` at `offset`; the file grows if it must. Gives how much was
    /// written: less where the file cannot be larger or memory ends.
    ///
    /// # Errors
    /// EFBIG, ENOSPC, ENOMEM: nothing was written.
    pub fn write(&mut self, vm: &mut Vm, offset: u64, from: &[u8]) -> Result<usize, Errno> {
        let room = MOST.saturating_sub(offset);
        if from.is_empty() {
            return Ok(0);
        }
        if room == 0 {
            return Err(Errno::EFBIG);
        }
        let from = &from[..from.len().min(room.min(MOST) as usize)];
        let end = offset + from.len() as u64;
        let object = self.object(vm)?;
        if end > self.size {
            self.clear_tail(vm);
            vm.resize_object(object, pages(end))?;
        }
        let done = write_pages(vm, object, offset, from);
        let size = self.size.max(offset + done as u64);
        if end > self.size && done < from.len() {
            vm.resize_object(object, pages(if done > 0 { size } else { self.size }))?;
        }
        if done == 0 {
            return Err(Errno::ENOSPC);
        }
        self.size = size;
        Ok(done)
    }

    /// Makes the bytes after the end, in its page, zero.
    fn clear_tail(&self, vm: &mut Vm) {
        let at = (self.size % PAGE_SIZE) as usize;
        if at > 0
            && let Some(frame) = self.frame(vm, self.size / PAGE_SIZE)
        {
            frame_bytes(vm, frame)[at..].fill(0);
        }
    }

    /// Changes the size. What is cut off is gone, in every mapping too; what is added
    /// is a hole.
    ///
    /// # Errors
    /// EFBIG, ENOMEM.
    pub fn resize(&mut self, vm: &mut Vm, size: u64) -> Result<(), Errno> {
        if size > MOST {
            return Err(Errno::EFBIG);
        }
        if size > self.size {
            self.clear_tail(vm);
        }
        if let Some(object) = self.object {
            vm.resize_object(object, pages(size))?;
        }
        let shrinks = size < self.size;
        self.size = size;
        if shrinks {
            self.clear_tail(vm);
        }
        Ok(())
    }

    /// Gives every page that holds part of `range` a frame, and grows the file to
    /// `size` if it is smaller.
    ///
    /// # Errors
    /// EFBIG, ENOSPC, ENOMEM.
    pub fn allocate(&mut self, vm: &mut Vm, range: Range<u64>, size: u64) -> Result<(), Errno> {
        if range.end > MOST {
            return Err(Errno::EFBIG);
        }
        let wanted = range.start / PAGE_SIZE..pages(range.end);
        let free = u64::from(vm.frame_counts().free);
        let most = free + self.frames(vm);
        if wanted.end - wanted.start > most {
            return Err(Errno::ENOSPC);
        }
        let holes = wanted
            .clone()
            .filter(|page| self.frame(vm, *page).is_none());
        if holes.count() as u64 > free {
            return Err(Errno::ENOSPC);
        }
        let object = self.object(vm)?;
        if size > self.size {
            vm.resize_object(object, pages(size))?;
        }
        // Pages after the end get no frames: nothing could use them.
        let wanted = wanted.start..wanted.end.min(pages(size));
        let filled = wanted
            .into_iter()
            .try_for_each(|page| vm.object_page(object, page).map(drop));
        if filled.is_err() {
            vm.resize_object(object, pages(self.size))?;
            return Err(Errno::ENOSPC);
        }
        match size > self.size {
            true => self.resize(vm, size),
            false => Ok(()),
        }
    }

    /// Makes `range` zero, by holes where it covers whole pages. The size stays.
    pub fn punch(&mut self, vm: &mut Vm, range: Range<u64>) {
        let range = range.start.min(self.size)..range.end.min(self.size);
        let Some(object) = self.object.filter(|_| !range.is_empty()) else {
            return;
        };
        // What lies after the end in its page reads as zero anyhow.
        let last = if range.end == self.size {
            pages(range.end)
        } else {
            range.end / PAGE_SIZE
        };
        let first = pages(range.start);
        if first < last {
            vm.punch_object(object, first..last);
        }
        self.clear(vm, range.start..range.end.min(first * PAGE_SIZE));
        self.clear(vm, range.start.max(last * PAGE_SIZE)..range.end);
    }

    /// Makes `range`, which lies within one page, zero.
    fn clear(&self, vm: &mut Vm, range: Range<u64>) {
        if let Some(frame) = self.frame(vm, range.start / PAGE_SIZE)
            && !range.is_empty()
        {
            let at = (range.start % PAGE_SIZE) as usize;
            frame_bytes(vm, frame)[at..][..(range.end - range.start) as usize].fill(0);
        }
    }

    /// The next offset from `from`, which lies in the file, where there is data or a
    /// hole; the end of the file where there is none. The search goes so far only:
    /// what is beyond counts as data, as lseek(2) lets a file system say.
    pub fn seek(&self, vm: &Vm, from: u64, wanted: Stretch) -> u64 {
        let first = from / PAGE_SIZE;
        let end = pages(self.size).min(first + SEARCH);
        let found =
            (first..end).find(|page| self.frame(vm, *page).is_some() == (wanted == Stretch::Data));
        let offset = match (found, wanted) {
            (Some(page), _) => page * PAGE_SIZE,
            (None, Stretch::Data) => end * PAGE_SIZE,
            (None, Stretch::Hole) => self.size,
        };
        offset.max(from).min(self.size)
    }

    /// Gives the object back. It lives on while it is mapped.
    pub fn release(&mut self, vm: &mut Vm) {
        if let Some(object) = self.object.take() {
            vm.release_object(object);
        }
    }
}

/// Writes into pages that the object has. Stops where memory ends.
fn write_pages(vm: &mut Vm, object: ObjectId, offset: u64, from: &[u8]) -> usize {
    let mut done = 0;
    for (page, at, len) in parts(offset, from.len()) {
        let Ok(frame) = vm.object_page(object, page) else {
            break;
        };
        frame_bytes(vm, frame)[at..at + len].copy_from_slice(&from[done..done + len]);
        done += len;
    }
    done
}
