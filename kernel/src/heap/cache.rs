//! Blocks that were given back and wait to be used again: a list for each size.
//!
//! The list of holes behind this is searched from its start, for an allocation as for
//! an end. Most of what the kernel allocates is small and comes again in the same sizes,
//! so a block that is given back is kept, and the next allocation of its size takes it
//! from the front. A list is kept short: what is beyond that goes back to the holes, so
//! that the heap does not stay cut in pieces after many things of one size have ended.

use core::alloc::Layout;
use core::ptr::NonNull;

/// Bytes by which the sizes differ.
const STEP: usize = 32;
/// How many there are: blocks of 32 bytes to 4 KiB.
const SIZES: usize = 128;
/// The address of every block is a multiple of this.
const ALIGN: usize = 16;
/// Blocks of one size that are kept.
const MOST: u8 = 64;

/// The size of a block, and so its list.
#[derive(Clone, Copy)]
pub struct Size(usize);

impl Size {
    /// The size of the blocks in which `layout` fits; `None` if it is too large.
    pub fn of(layout: Layout) -> Option<Size> {
        let size = Size(layout.size().div_ceil(STEP).wrapping_sub(1));
        (size.0 < SIZES && layout.align() <= ALIGN).then_some(size)
    }

    /// What a block is, to who allocates it.
    pub fn layout(self) -> Layout {
        // SAFETY: a power of 2; and no size is near the largest that there can be.
        unsafe { Layout::from_size_align_unchecked((self.0 + 1) * STEP, ALIGN) }
    }
}

/// A block that nobody uses.
struct Block {
    next: Option<NonNull<Block>>,
}

/// The blocks that nobody uses, by size.
pub struct Cache {
    first: [Option<NonNull<Block>>; SIZES],
    count: [u8; SIZES],
    bytes: usize,
}

// SAFETY: nothing in the blocks belongs to a processor.
unsafe impl Send for Cache {}

impl Cache {
    /// No blocks.
    pub const fn new() -> Cache {
        Cache {
            first: [None; SIZES],
            count: [0; SIZES],
            bytes: 0,
        }
    }

    /// Bytes in all of them.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// A block of this size, if there is one.
    pub fn take(&mut self, size: Size) -> Option<NonNull<u8>> {
        let block = self.first[size.0]?;
        // SAFETY: `keep` wrote it, and nobody has used it since.
        self.first[size.0] = unsafe { block.read() }.next;
        self.count[size.0] -= 1;
        self.bytes -= size.layout().size();
        Some(block.cast())
    }

    /// Keeps a block. False if there are enough of this size.
    ///
    /// # Safety
    /// The block has this size, was allocated with its layout, and nobody uses it.
    pub unsafe fn keep(&mut self, block: NonNull<u8>, size: Size) -> bool {
        if self.count[size.0] == MOST {
            return false;
        }
        let block = block.cast::<Block>();
        let next = self.first[size.0].replace(block);
        // SAFETY: the caller's; a block is aligned and large enough for a pointer.
        unsafe { block.write(Block { next }) };
        self.count[size.0] += 1;
        self.bytes += size.layout().size();
        true
    }

    /// Takes any block.
    pub fn take_any(&mut self) -> Option<(NonNull<u8>, Size)> {
        let size = Size(self.count.iter().position(|count| *count > 0)?);
        Some((self.take(size)?, size))
    }
}
