//! All of Quire's assembly, and nothing else.
//!
//! Here is what Rust cannot say: the first instructions of the kernel, the
//! interrupt vectors, the one path by which the kernel is entered and left, and
//! the handful of instructions (`slbmte`, `sc 1`, `mtdec` …) that the rest needs as
//! functions. Every decision is made elsewhere, in Rust.
#![no_std]

#[macro_use]
mod macros;
mod entry;
mod firmware;
mod frame;
mod hcall;
mod idle;
mod registers;
mod slb;
mod trap;
mod vectors;

pub use firmware::call_firmware;
pub use frame::Frame;
pub use hcall::{Answer, hcall};
pub use idle::idle;
pub use registers::{capture, decrementer, mmu_on, msr, set_decrementer, set_frame, timebase};
pub use slb::{slbia, slbie, slbmte};
pub use trap::resume;
pub use vectors::{VECTORS_AIL3, copy_vectors};
