//! The runtime of Quire's user programs.
//!
//! It is what a C library would be, as far as these programs need one: the
//! entry point, system calls that return `Result`, printing, and a few helpers
//! to look at memory. There is no heap: what needs room maps it.
//!
//! Nothing here knows Quire. The programs speak Linux's system call ABI and run
//! on Linux too, where they find no `/proc/vm`.
#![no_std]

pub mod area;
pub mod args;
pub mod batch;
pub mod clock;
pub mod crowd;
pub mod errno;
pub mod exec;
pub mod fault;
pub mod float;
pub mod forktime;
mod panic;
pub mod print;
pub mod proc;
pub mod random;
pub mod sc;
pub mod shared;
mod start;
pub mod sys;
pub mod text;
pub mod timebase;
pub mod tlb;
pub mod tool;

pub use area::Area;
pub use args::Args;
pub use errno::Errno;
pub use linux_raw_sys::auxvec as linux_auxvec;
pub use linux_raw_sys::errno as errors;
pub use linux_raw_sys::general as linux;
pub use linux_raw_sys::ioctl as linux_ioctl;
pub use linux_raw_sys::prctl as linux_prctl;
pub use shared::Shared;
pub use text::Text;

/// Bytes in a page of Quire's, and of any Linux that these programs run on.
pub const PAGE: usize = 4096;
/// Bytes in a segment of the hashed page table.
pub const SEGMENT: usize = 256 << 20;
