//! The kernel's heap: one range of real memory, set aside at boot.
//!
//! Requests of programs are refused before the heap is used up: a **reserve** in one
//! piece is kept for what cannot be refused, such as an exit or a request that is half
//! done. An allocation that finds no room anywhere else takes the reserve apart;
//! the heap [is low](is_low) from then on, until the reserve can be had again. (A
//! number of free bytes would say little: they may be in pieces that fit nothing.)

use crate::arch;
use crate::boot_info::BootInfo;
use core::alloc::{GlobalAlloc, Layout};
use core::ops::Range;
use core::ptr::NonNull;
use linked_list_allocator::LockedHeap;
use spin::Mutex;

#[global_allocator]
static HEAP: Heap = Heap {
    all: LockedHeap::empty(),
    reserve: Mutex::new(None),
};

/// What requests must leave, in one piece.
const RESERVE: Layout = match Layout::from_size_align(512 << 10, 16) {
    Ok(layout) => layout,
    Err(_) => unreachable!(),
};

struct Heap {
    all: LockedHeap,
    reserve: Mutex<Option<Reserve>>,
}

/// Memory of [`RESERVE`]'s layout that nobody uses.
struct Reserve(NonNull<u8>);

// SAFETY: nothing in it belongs to a processor.
unsafe impl Send for Reserve {}

// SAFETY: all is passed on to an allocator. The reserve is an allocation of its own
// that is never handed out, only given back.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's.
        let first = unsafe { self.all.alloc(layout) };
        if !first.is_null() || !self.take_reserve_apart() {
            return first;
        }
        // SAFETY: the caller's.
        unsafe { self.all.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { self.all.dealloc(pointer, layout) }
    }
}

impl Heap {
    /// False if there is none.
    fn take_reserve_apart(&self) -> bool {
        let Some(Reserve(memory)) = self.reserve.lock().take() else {
            return false;
        };
        // SAFETY: it was allocated with this layout, and is given back once.
        unsafe { self.all.dealloc(memory.as_ptr(), RESERVE) };
        true
    }

    /// False if it cannot be had.
    fn keep_reserve(&self) -> bool {
        let mut reserve = self.reserve.lock();
        if reserve.is_none() {
            // SAFETY: the layout's size is not 0.
            *reserve = NonNull::new(unsafe { self.all.alloc(RESERVE) }).map(Reserve);
        }
        reserve.is_some()
    }
}

/// Bytes that the virtual memory's tables need for each frame of RAM: a row of the frame
/// table (32), an alias (40), and one anchor of the hash index or two (4 each).
const PER_FRAME: u64 = 80;
/// Bytes beside each slot of the hashed page table.
const PER_SLOT: u64 = 4;
/// The least that is left for processes, regions, files …, in bytes.
const LEAST: u64 = 8 << 20;

/// What files leave of that, in bytes.
const LEFT_BY_FILES: usize = LEAST as usize / 2;

/// How many bytes of heap this machine needs, with so many groups in its page table, in
/// whole 64 KiB.
pub fn size_for(info: &BootInfo, groups: u32) -> u64 {
    let frames = info.memory_end() >> vm::PAGE_SHIFT;
    let slots = u64::from(groups) * u64::from(vm::GROUP);
    let dynamic = LEAST.max(info.ram() / 32);
    (frames * PER_FRAME + slots * PER_SLOT + dynamic).next_multiple_of(64 << 10)
}

/// Gives the heap its memory, as real addresses.
///
/// # Safety
/// Called once; nobody else uses the range, ever.
pub unsafe fn set_up(range: Range<u64>) {
    let size = (range.end - range.start) as usize;
    // SAFETY: the caller's.
    unsafe {
        HEAP.all
            .lock()
            .init(arch::linear_address(range.start), size)
    };
    HEAP.keep_reserve();
}

/// Bytes in use, the reserve not counted.
pub fn used() -> usize {
    let reserved = if HEAP.reserve.lock().is_some() {
        RESERVE.size()
    } else {
        0
    };
    HEAP.all.lock().used() - reserved
}

/// Whether a file more may be made. No death gives back what files keep, so they leave
/// processes a part of the heap.
pub fn has_room_for_files() -> bool {
    HEAP.all.lock().free() > LEFT_BY_FILES
}

/// Whether there is so little left that what a program asks for must be refused.
pub fn is_low() -> bool {
    !HEAP.keep_reserve()
}
