//! Where the devices are.

use super::io::Device;
use spin::Once;

/// The devices that the kernel uses, besides the console.
#[derive(Clone, Copy)]
pub struct Devices {
    /// The global utilities ("guts").
    pub utilities: Device,
    /// The general-purpose outputs.
    pub gpio: Device,
    /// The output that switches the machine off.
    pub power_pin: u32,
    /// The PCI host bridge.
    pub pci: Device,
    /// The clock, where there is one.
    pub clock: Option<Clock>,
}

/// A clock on an I2C bus.
#[derive(Clone, Copy)]
pub struct Clock {
    /// The bus's controller.
    pub bus: Device,
    /// Its address on the bus.
    pub address: u8,
}

/// QEMU's (hw/ppc/e500.c), good enough to report a failure before the device tree is read.
// SAFETY: all are devices' registers; their drivers are below, and none of them starts
// a DMA.
const QEMU: Devices = unsafe {
    Devices {
        utilities: Device::new(0xf_e00e_0000..0xf_e00e_1000),
        gpio: Device::new(0xf_e00f_f000..0xf_e010_0000),
        power_pin: 0,
        pci: Device::new(0xf_e000_8000..0xf_e000_9000),
        clock: None,
    }
};

static DEVICES: Once<Devices> = Once::new();

/// Notes what the device tree says.
pub fn set_up(devices: Devices) {
    DEVICES.call_once(|| devices);
}

/// Where they are.
pub fn devices() -> Devices {
    DEVICES.get().copied().unwrap_or(QEMU)
}
