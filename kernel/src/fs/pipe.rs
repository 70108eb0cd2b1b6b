//! A pipe: 64 KiB of bytes on their way, in the frames of a memory object (pipe(7)).

use crate::state::Vm;
use crate::syscall::Errno;
use core::cell::Cell;
use vm::{FrameNo, ObjectId, PAGE_SIZE};

/// A pipe.
pub struct Pipe {
    object: ObjectId,
    /// Where in the object the first byte is.
    start: u64,
    len: u64,
    /// The page of the object that was used last, and its frame: it is often used again. An
    /// object's page stays where it is for as long as the object has it.
    last: Cell<Option<(u64, FrameNo)>>,
    /// Open files that read from it.
    pub readers: u32,
    /// Open files that write to it.
    pub writers: u32,
    /// How often it has been opened by its name, to be read.
    pub read_openings: u32,
    /// How often, to be written.
    pub write_openings: u32,
}

impl Pipe {
    /// Bytes that fit in: Linux's default.
    pub const SIZE: u64 = 64 << 10;

    /// An empty pipe that nobody has open. It takes frames as it is filled.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn new(vm: &mut Vm) -> Result<Pipe, Errno> {
        Ok(Pipe {
            object: vm.create_object(Pipe::SIZE / PAGE_SIZE)?,
            start: 0,
            len: 0,
            last: Cell::new(None),
            readers: 0,
            writers: 0,
            read_openings: 0,
            write_openings: 0,
        })
    }

    /// Bytes in it.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Bytes that it has room for.
    pub fn room(&self) -> u64 {
        Pipe::SIZE - self.len
    }

    /// Where the byte is that comes `skip` after the first: a frame, and an offset in it.
    ///
    /// # Errors
    /// ENOMEM: there is no frame for bytes that have not been in the pipe before.
    #[inline]
    pub fn place(&self, vm: &mut Vm, skip: u64) -> Result<(FrameNo, usize), Errno> {
        let at = (self.start + skip) % Pipe::SIZE;
        let frame = self.frame(vm, at / PAGE_SIZE)?;
        Ok((frame, (at % PAGE_SIZE) as usize))
    }

    /// How many bytes follow in that frame, with that one.
    #[inline]
    pub fn in_a_row(&self, skip: u64) -> u64 {
        PAGE_SIZE - (self.start + skip) % PAGE_SIZE
    }

    /// The frame of a page of the object.
    #[inline]
    fn frame(&self, vm: &mut Vm, page: u64) -> Result<FrameNo, Errno> {
        match self.last.get() {
            Some((last, frame)) if last == page => Ok(frame),
            _ => self.look_up(vm, page),
        }
    }

    #[inline(never)]
    fn look_up(&self, vm: &mut Vm, page: u64) -> Result<FrameNo, Errno> {
        let frame = vm.object_page(self.object, page)?;
        self.last.set(Some((page, frame)));
        Ok(frame)
    }

    /// The first `count` bytes have been read.
    pub fn consume(&mut self, count: u64) {
        self.len -= count;
        // An empty pipe begins anew: little traffic then stays within one frame.
        self.start = match self.len {
            0 => 0,
            _ => (self.start + count) % Pipe::SIZE,
        };
    }

    /// An end has been closed: what is in a pipe goes with the last (fifo(7)).
    pub fn settle(&mut self) {
        if self.readers == 0 && self.writers == 0 {
            self.consume(self.len);
        }
    }

    /// The `count` bytes after the last are in it from now on.
    pub fn add(&mut self, count: u64) {
        self.len += count;
    }

    /// Gives the object back.
    pub fn release(&self, vm: &mut Vm) {
        vm.release_object(self.object);
    }
}
