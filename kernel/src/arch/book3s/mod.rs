//! 64-bit Book3S processors with a hashed page table: traps, the SLB, the HTAB, and
//! the kernel's own map.

mod frame;
mod htab;
mod image;
mod linear;
mod mmu;
mod report;
mod slb;
mod trap;

pub use boot::{Frame, capture, resume};
pub use frame::{idle_frame, set_result, syscall_args, syscall_number, user_frame};
pub use image::{
    Rights, embedded_initrd, embedded_initrd_range, image, stacks, symbol_table, text,
};
pub use linear::{linear, linear_address, linear_rights, map_kernel, mmu_on, real};
pub use mmu::Mmu;
pub use report::{Cause, Report};
pub use trap::{Trap, decode, is_kernel, take_traps};
