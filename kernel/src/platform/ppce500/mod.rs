//! QEMU's ppce500: a Freescale system on a chip, of QEMU's own make, without firmware.
//!
//! Its devices are those of the MPC8544E, whose reference manual is the one cited here
//! ("RM"), at registers in memory; a flattened device tree says where. What QEMU
//! does otherwise is in its hw/ppc/e500.c.

mod console;
mod devices;
mod discover;
mod i2c;
mod io;
mod pci;
mod power;
mod pvpanic;
mod rtc;
mod shape;
mod timer;
mod tree;

pub use console::{console_read, console_write};
pub use discover::discover;
pub use io::{IO, IO_SIZE};
pub use power::{fail, power_off, reboot};
pub use rtc::time_of_day;
pub use timer::{set_decrementer, timebase, timebase_hz};
