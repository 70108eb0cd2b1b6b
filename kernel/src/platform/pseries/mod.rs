//! QEMU's pseries: a machine behind a hypervisor (PAPR, the Power Architecture
//! Platform Reference).
//!
//! Devices here are hypervisor calls. Firmware (VOF or SLOF) says what there is;
//! it is asked once, at boot, and then overwritten.

mod console;
mod discover;
mod firmware;
pub mod hypervisor;
mod rtas;
mod timer;

pub use console::{console_read, console_write};
pub use discover::discover;
pub use rtas::{fail, power_off, reboot, time_of_day};
pub use timer::{set_decrementer, timebase, timebase_hz};
