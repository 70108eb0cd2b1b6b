//! The kernel's linear map: effective address = 0xC000000000000000 | real address.
//!
//! One segment of 1 TiB in SLB entry 0, and bolted page table entries of the
//! largest size that lets text and data have rights of their own. Real mode ignores
//! the top four bits of an address, so the same addresses work before the MMU
//! is on.

use super::image::Rights;
use super::{htab, slb};
use crate::boot_info::BootInfo;
use crate::memory_map::MemoryMap;
use crate::platform::hypervisor::{self, Refused};
use vm::{FrameNo, PteSlot};

/// Where the map begins.
const BASE: u64 = 0xc000_0000_0000_0000;

/// The linear address of real address `address`.
pub fn linear_address(address: u64) -> *mut u8 {
    (BASE | address) as *mut u8
}

/// A frame's address in the linear map.
pub fn linear(frame: FrameNo) -> *mut u8 {
    linear_address(frame.ra())
}

/// The real address of something in the linear map.
pub fn real<T>(pointer: *const T) -> u64 {
    pointer.addr() as u64 & !BASE
}

/// Enters the whole map into the page table; passes each slot that it takes to
/// `bolted`. It does not turn the map on.
pub fn map_kernel(
    info: &BootInfo,
    map: &MemoryMap,
    mut bolted: impl FnMut(PteSlot),
) -> Result<(), Refused> {
    let page = info.linear_page;
    for range in info.memory() {
        for address in range.clone().step_by(1 << page.shift) {
            let rights = map.rights_at(address);
            if rights != Rights::Nothing {
                let entry = htab::LinearEntry {
                    address,
                    page,
                    rights,
                };
                bolted(entry.enter(htab::groups(info.htab_shift))?);
            }
        }
    }
    Ok(())
}

/// What the kernel may do at real address `address`, as the page table has it.
pub fn linear_rights(info: &BootInfo, address: u64) -> Rights {
    let page = info.linear_page;
    let start = address >> page.shift << page.shift;
    let found = htab::LinearEntry::find(start, page, htab::groups(info.htab_shift));
    found.unwrap_or(Rights::Nothing)
}

/// Turns translation on, and lets traps stay translated.
///
/// # Safety
/// [`map_kernel`] has succeeded, and the vectors are in place.
pub unsafe fn mmu_on(info: &BootInfo) -> Result<(), Refused> {
    // SAFETY: what lies in the linear map has the same address before and after.
    unsafe {
        slb::load_kernel(BASE, info.linear_page);
        boot::mmu_on();
    }
    hypervisor::interrupts_translated()
}
