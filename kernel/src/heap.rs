//! The kernel's heap: one range of real memory, set aside at boot.
//!
//! Requests of programs are refused before the heap is used up: a **reserve** in one
//! piece is kept for what cannot be refused, such as an exit or a request that is half
//! done. An allocation that finds no room anywhere else takes the reserve apart;
//! the heap [is low](is_low) from then on, until the reserve can be had again. (A
//! number of free bytes would say little: they may be in pieces that fit nothing.)

mod cache;

use crate::arch;
use crate::boot_info::BootInfo;
use crate::lock::Lock;
use cache::{Cache, Size};
use core::alloc::{GlobalAlloc, Layout};
use core::ops::Range;
use core::ptr::NonNull;

#[global_allocator]
static HEAP: Heap = Heap(Lock::new(State {
    holes: linked_list_allocator::Heap::empty(),
    cache: Cache::new(),
    reserve: None,
    used: 0,
}));

/// What requests must leave, in one piece.
const RESERVE: Layout = match Layout::from_size_align(512 << 10, 16) {
    Ok(layout) => layout,
    Err(_) => unreachable!(),
};

struct Heap(Lock<State>);

struct State {
    /// All that is neither allocated nor cached nor the reserve.
    holes: linked_list_allocator::Heap,
    cache: Cache,
    reserve: Option<Reserve>,
    /// Bytes that were asked for and not given back.
    used: usize,
}

/// Memory of [`RESERVE`]'s layout that nobody uses.
struct Reserve(NonNull<u8>);

// SAFETY: nothing in it belongs to a processor.
unsafe impl Send for Reserve {}

// SAFETY: memory comes from an allocator, in a layout that the one asked for fits in, and
// goes back to it in the same. What is cached or in reserve is an allocation of its own
// that nobody has.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let memory = self.0.lock().allocate(layout);
        memory.map_or(core::ptr::null_mut(), NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if let Some(memory) = NonNull::new(pointer) {
            // SAFETY: the caller's.
            unsafe { self.0.lock().deallocate(memory, layout) }
        }
    }
}

impl State {
    fn allocate(&mut self, layout: Layout) -> Option<NonNull<u8>> {
        let size = Size::of(layout);
        let cached = size.and_then(|size| self.cache.take(size));
        let memory = cached.or_else(|| self.carve(size.map_or(layout, Size::layout)))?;
        self.used += layout.size();
        Some(memory)
    }

    /// # Safety
    /// It was allocated with this layout, and nobody uses it any more.
    unsafe fn deallocate(&mut self, memory: NonNull<u8>, layout: Layout) {
        self.used -= layout.size();
        let size = Size::of(layout);
        // SAFETY: the caller's.
        if !size.is_some_and(|size| unsafe { self.cache.keep(memory, size) }) {
            // SAFETY: the caller's; `allocate` had it carved in this layout.
            unsafe { self.give_back(memory, size.map_or(layout, Size::layout)) };
        }
    }

    /// Takes memory out of the holes; first of all what is cached becomes holes again if
    /// there is none, then the reserve.
    #[cold]
    #[inline(never)]
    fn carve(&mut self, layout: Layout) -> Option<NonNull<u8>> {
        self.carve_hole(layout)
            .or_else(|| self.empty_cache(layout))
            .or_else(|| self.take_reserve_apart(layout))
    }

    fn carve_hole(&mut self, layout: Layout) -> Option<NonNull<u8>> {
        self.holes.allocate_first_fit(layout).ok()
    }

    /// # Safety
    /// It was carved with this layout, and nobody uses it any more.
    #[inline(never)]
    unsafe fn give_back(&mut self, memory: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { self.holes.deallocate(memory, layout) }
    }

    fn empty_cache(&mut self, layout: Layout) -> Option<NonNull<u8>> {
        while let Some((block, size)) = self.cache.take_any() {
            // SAFETY: a cached block was carved with the layout of its size.
            unsafe { self.give_back(block, size.layout()) };
        }
        self.carve_hole(layout)
    }

    fn take_reserve_apart(&mut self, layout: Layout) -> Option<NonNull<u8>> {
        let Reserve(memory) = self.reserve.take()?;
        // SAFETY: it was carved with this layout, and is given back once.
        unsafe { self.give_back(memory, RESERVE) };
        self.carve_hole(layout)
    }

    /// False if it cannot be had.
    fn keep_reserve(&mut self) -> bool {
        self.reserve.is_some() || self.restore_reserve()
    }

    #[cold]
    #[inline(never)]
    fn restore_reserve(&mut self) -> bool {
        let memory = self.carve_hole(RESERVE);
        self.reserve = memory.or_else(|| self.empty_cache(RESERVE)).map(Reserve);
        self.reserve.is_some()
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
    let mut state = HEAP.0.lock();
    // SAFETY: the caller's.
    unsafe { state.holes.init(arch::linear_address(range.start), size) };
    state.keep_reserve();
}

/// Bytes in use: those that were asked for.
pub fn used() -> usize {
    HEAP.0.lock().used
}

/// Whether a file more may be made. No death gives back what files keep, so they leave
/// processes a part of the heap.
pub fn has_room_for_files() -> bool {
    let state = HEAP.0.lock();
    state.holes.free() + state.cache.bytes() > LEFT_BY_FILES
}

/// Whether there is so little left that what a program asks for must be refused.
pub fn is_low() -> bool {
    !HEAP.0.lock().keep_reserve()
}
