//! The machine around the processor: one folder a machine.

mod calendar;
mod device_tree;

#[cfg(target_vendor = "pseries")]
mod pseries;
#[cfg(target_vendor = "pseries")]
pub use pseries::*;

#[cfg(target_vendor = "ppce500")]
mod ppce500;
#[cfg(target_vendor = "ppce500")]
pub use ppce500::*;
