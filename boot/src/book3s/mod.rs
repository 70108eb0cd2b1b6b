//! 64-bit Book III-S processors below a hypervisor.

#[macro_use]
mod macros;
mod entry;
mod firmware;
mod float;
mod hcall;
mod mmu;
mod page;
mod slb;
mod vectors;

pub use firmware::call_firmware;
pub use hcall::{Answer, hcall};
pub use mmu::mmu_on;
pub use page::{copy_page, zero_page};
pub use slb::{slbia, slbie, slbmte};
pub use vectors::{VECTORS_AIL3, copy_vectors};
