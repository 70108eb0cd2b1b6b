//! The processor: what all of them have in common, and one folder a kind of MMU.

mod bytes;
mod frame;
mod image;
mod linear;
mod report;
mod trap;

#[cfg(target_vendor = "pseries")]
mod book3s;
#[cfg(target_vendor = "pseries")]
pub use book3s::*;

#[cfg(target_vendor = "ppce500")]
mod booke;
#[cfg(target_vendor = "ppce500")]
pub use booke::*;

pub use boot::{Float, Frame, Registers, Resume, capture, load_float, resume, save_float};
pub use bytes::PagesBy;
pub use frame::{idle_frame, set_result, syscall_args, syscall_number, user_frame};
pub use image::{
    Rights, embedded_initrd, embedded_initrd_range, image, stacks, symbol_table, text,
};
pub use linear::{linear, linear_address, real};
pub use report::{Cause, Report};
pub use trap::{Trap, is_kernel};
