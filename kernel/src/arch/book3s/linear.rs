//! The kernel's linear map, as the hashed page table has it.
//!
//! One segment of 1 TiB in SLB entry 0, and bolted page table entries of the
//! largest size that lets text and data have rights of their own. Real mode ignores
//! the top four bits of an address, so the same addresses work before the MMU
//! is on.

use super::bolted::LinearEntry;
use super::slb;
use super::table::groups;
use crate::arch::Rights;
use crate::arch::linear::BASE;
use crate::boot_info::BootInfo;
use crate::memory_map::MemoryMap;
use crate::platform::hypervisor::{self, Refused};
use vm::PteSlot;

/// Enters the whole map into the page table; passes each slot that it takes to
/// `bolted`. It does not turn the map on.
pub fn map_kernel(
    info: &BootInfo,
    map: &MemoryMap,
    mut bolted: impl FnMut(PteSlot),
) -> Result<(), Refused> {
    let page = info.mmu.linear_page;
    for range in info.memory() {
        for address in range.clone().step_by(1 << page.shift) {
            let rights = map.rights_at(address);
            if rights != Rights::Nothing {
                let entry = LinearEntry {
                    address,
                    page,
                    rights,
                };
                bolted(entry.enter(groups(info.mmu.htab_shift))?);
            }
        }
    }
    Ok(())
}

/// What the kernel may do at real address `address`, as the page table has it.
pub fn linear_rights(info: &BootInfo, address: u64) -> Rights {
    let page = info.mmu.linear_page;
    let start = address >> page.shift << page.shift;
    let found = LinearEntry::find(start, page, groups(info.mmu.htab_shift));
    found.unwrap_or(Rights::Nothing)
}

/// Turns translation on, and lets traps stay translated.
///
/// # Safety
/// [`map_kernel`] has succeeded, and the vectors are in place.
pub unsafe fn mmu_on(info: &BootInfo, _: &MemoryMap) -> Result<(), Refused> {
    // SAFETY: what lies in the linear map has the same address before and after.
    unsafe {
        slb::load_kernel(BASE, info.mmu.linear_page);
        boot::mmu_on();
    }
    hypervisor::interrupts_translated()
}
