//! How the machine ends.

use super::devices::devices;
use super::io::Big32;
use super::pvpanic;

/// The GPIO's registers (P2020 RM, chapter "General-Purpose I/O"): which pins are outputs,
/// and what they are set to. Pin 0 is the most significant bit.
const GPDIR: u64 = 0x00;
const GPDAT: u64 = 0x08;

/// The global utilities' reset control register, and its HRESET_REQ (RM, chapter "Global
/// Utilities", "Reset Control Register").
const RSTCR: u64 = 0xb0;
const HRESET_REQ: u32 = 2;

/// Ends the machine: QEMU exits with 0.
pub fn power_off() -> ! {
    let devices = devices();
    let pin = Big32::new(0x8000_0000 >> devices.power_pin);
    devices.gpio.write(GPDIR, pin);
    devices.gpio.write(GPDAT, pin);
    stay()
}

/// Starts the machine again; under `-no-reboot` QEMU exits with 0.
pub fn reboot() -> ! {
    devices().utilities.write(RSTCR, Big32::new(HRESET_REQ));
    stay()
}

/// Ends the machine in failure: prints `reason`, and QEMU, run with `-device pvpanic-pci
/// -action panic=exit-failure`, exits with 1.
pub fn fail(reason: &str) -> ! {
    println!("failed: {reason}");
    if let Err(why) = pvpanic::report() {
        println!("QEMU cannot be told, because {why}: the machine stands still");
    }
    stay()
}

/// The machine was told to end; whatever is left of it does nothing.
fn stay() -> ! {
    loop {
        core::hint::spin_loop();
    }
}
