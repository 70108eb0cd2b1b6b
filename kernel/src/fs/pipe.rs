//! A pipe: 64 KiB of bytes on their way, in the frames of a memory object (pipe(7)).

use crate::frame_bytes::frame_bytes;
use crate::state::Vm;
use crate::syscall::Errno;
use vm::{ObjectId, PAGE_SIZE};

/// A pipe.
pub struct Pipe {
    object: ObjectId,
    /// Where in the object the first byte is.
    start: u64,
    len: u64,
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

    /// Copies what is in it, from the byte `skip` on, to `to`, which is no longer
    /// than that. It stays in the pipe.
    pub fn peek(&self, vm: &mut Vm, skip: u64, to: &mut [u8]) {
        let mut rest = to;
        let mut at = self.start + skip;
        while !rest.is_empty() {
            let (page, inside, room) = place(at);
            let (part, after) = rest.split_at_mut(rest.len().min(room));
            match vm.object_page_if_there(self.object, page) {
                Some(frame) => {
                    part.copy_from_slice(&frame_bytes(vm, frame)[inside..][..part.len()]);
                }
                None => part.fill(0),
            }
            at += part.len() as u64;
            rest = after;
        }
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

    /// Puts `from`, for which there is room, `skip` bytes after the last byte. It is in the
    /// pipe when it has been [added](Pipe::add).
    ///
    /// # Errors
    /// ENOMEM.
    pub fn put(&self, vm: &mut Vm, skip: u64, from: &[u8]) -> Result<(), Errno> {
        let (mut rest, mut at) = (from, self.start + self.len + skip);
        while !rest.is_empty() {
            let (page, inside, room) = place(at);
            let (part, after) = rest.split_at(rest.len().min(room));
            let frame = vm.object_page(self.object, page)?;
            frame_bytes(vm, frame)[inside..][..part.len()].copy_from_slice(part);
            at += part.len() as u64;
            rest = after;
        }
        Ok(())
    }

    /// The next `count` bytes have been put there.
    pub fn add(&mut self, count: u64) {
        self.len += count;
    }

    /// Gives the object back.
    pub fn release(&self, vm: &mut Vm) {
        vm.release_object(self.object);
    }
}

/// The page of the object that the byte `at` is in, its place there, and how many
/// bytes follow in that page.
fn place(at: u64) -> (u64, usize, usize) {
    let (at, inside) = (at % Pipe::SIZE, at % PAGE_SIZE);
    (
        at / PAGE_SIZE,
        inside as usize,
        (PAGE_SIZE - inside) as usize,
    )
}
