//! All of Quire's assembly, and nothing else.
//!
//! Here is what Rust cannot say: the first instructions of the kernel, the
//! interrupt vectors, the one path by which the kernel is entered and left, and
//! the handful of instructions (`slbmte`, `tlbwe`, `sc 1` …) that the rest needs as
//! functions. Every decision is made elsewhere, in Rust; the one exception is the
//! search for a translation on a processor that has none of its own
//! (`booke/miss.rs`).
//!
//! One folder a kind of processor; the target's vendor says which is built.
#![no_std]

#[macro_use]
mod macros;

#[cfg(target_vendor = "pseries")]
#[macro_use]
mod book3s;
#[cfg(target_vendor = "pseries")]
pub use book3s::*;

#[cfg(target_vendor = "ppce500")]
#[macro_use]
mod booke;
#[cfg(target_vendor = "ppce500")]
pub use booke::*;

mod float;
mod frame;
mod idle;
mod memory;
mod registers;
mod trap;

pub use float::{Float, load_float, save_float};
pub use frame::Frame;
pub use idle::idle;
pub use registers::{capture, msr, set_decrementer, set_frame, timebase};
pub use trap::{Registers, Resume, resume};
