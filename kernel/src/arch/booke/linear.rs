//! The kernel's linear map, and its way to devices, in TLB1.
//!
//! TLB1's entries have any size that is a power of four from 4 KiB on, and stay until they
//! are changed (IPROT). Each range of memory with rights of its own is cut into as few of
//! them as can be.

use super::features::Geometry;
use super::tlb::{self, Tlb1, V};
use crate::arch::Rights;
use crate::arch::linear::BASE;
use crate::boot_info::BootInfo;
use crate::memory_map::MemoryMap;
use crate::platform;
use arrayvec::ArrayVec;
use boot::Mas;
use core::convert::Infallible;
use core::fmt;
use vm::PteSlot;

/// Devices are at this effective address plus their real address.
const IO_BASE: u64 = 0xd000_0000_0000_0000;

/// The effective address of a device's register at real address `address`, which is in
/// [`platform::IO`].
pub fn io_address(address: u64) -> *mut u8 {
    (IO_BASE | address) as *mut u8
}

/// The kernel's map is not in the page table.
pub fn map_kernel(_: &BootInfo, _: &MemoryMap, _: impl FnMut(PteSlot)) -> Result<(), Infallible> {
    Ok(())
}

/// Entries that the map may take: one less than TLB1 has, which [`boot::load_map`] needs.
const MOST: usize = 63;

/// The map needs more entries than there are.
pub struct TooManyPieces;

impl fmt::Display for TooManyPieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = Geometry::of(1).entries;
        write!(
            f,
            "the kernel's memory is in more pieces than TLB1's {entries} entries can map"
        )
    }
}

/// Gives each part of the kernel and of memory the rights that `map` says.
///
/// # Safety
/// `map` gives the kernel what it needs.
pub unsafe fn mmu_on(info: &BootInfo, map: &MemoryMap) -> Result<(), TooManyPieces> {
    let mut entries = ArrayVec::<Mas, MOST>::new();
    let room = MOST.min(Geometry::of(1).entries as usize - 1);
    entries.push(tlb::device(
        IO_BASE | platform::IO,
        platform::IO,
        platform::IO_SIZE,
    ));
    for piece in pieces(info, map) {
        if entries.len() == room {
            return Err(TooManyPieces);
        }
        entries.push(piece.encode());
    }
    // SAFETY: the linear map's addresses are those that are used already, and the caller
    // vouches for the rights.
    unsafe { boot::load_map(&entries) };
    Ok(())
}

/// The entries of the linear map.
fn pieces<'a>(info: &'a BootInfo, map: &'a MemoryMap) -> impl Iterator<Item = Tlb1> + 'a {
    let all = info.memory().iter().flat_map(|ram| {
        let first = (ram.start < ram.end).then(|| piece(map, ram.start, ram.end));
        core::iter::successors(first, |last| {
            let at = last.real + last.size;
            (at < ram.end).then(|| piece(map, at, ram.end))
        })
    });
    all.filter(|piece| piece.rights != Rights::Nothing)
}

/// The largest entry at `at` that ends before `end` and before other rights begin.
fn piece(map: &MemoryMap, at: u64, end: u64) -> Tlb1 {
    let rights = map.rights_at(at);
    let edges = map
        .areas()
        .flat_map(|area| [area.range.start, area.range.end]);
    let others = edges.filter(|&edge| edge > at && edge < end && map.rights_at(edge) != rights);
    let room = others.min().unwrap_or(end) - at;
    let fits = |size: &u64| *size <= room && at.is_multiple_of(*size);
    // 4 KiB, 16 KiB … 16 GiB.
    let sizes = (12..=34).step_by(2).map(|shift| 1 << shift);
    Tlb1 {
        linear: BASE | at,
        real: at,
        size: sizes.filter(fits).max().unwrap_or(vm::PAGE_SIZE),
        rights,
    }
}

/// What the kernel may do at real address `address`, as the TLB has it.
pub fn linear_rights(_: &BootInfo, address: u64) -> Rights {
    let found = boot::search(BASE | address, 0);
    if found.mas1 & V == 0 {
        return Rights::Nothing;
    }
    Tlb1::rights(&found)
}
