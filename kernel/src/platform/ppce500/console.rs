//! The console: the first UART (RM, chapter "DUART"), polled.
//!
//! It is used as reset leaves it, with its FIFOs off: QEMU takes what is typed from its
//! first moment on, and to switch the FIFOs on forgets the byte that has come before
//! (hw/char/serial.c, `serial_ioport_write`). So a byte waits at a time, and QEMU may take
//! until the next poll to send another; it sends 32 at once where `-serial` says `mon:` or
//! a device with `mux=on`. The line's speed, which a driver would set, is nothing
//! to QEMU.

use super::io::Device;
use crate::lock::Lock;
use core::ptr::NonNull;
use uart_16550::Uart16550;
use uart_16550::backend::MmioBackend;

enum Uart {
    /// Nobody has looked whether it is there.
    Untried(Device),
    Ready(Uart16550<MmioBackend>),
    /// QEMU was started without it: `-serial none`.
    Absent,
}

/// QEMU's first UART until the device tree has been read: `MPC8544_SERIAL0_REGS_OFFSET`.
// SAFETY: a UART's registers.
static UART: Lock<Uart> = Lock::new(Uart::Untried(unsafe {
    Device::new(0xf_e000_4500..0xf_e000_4600)
}));

/// From now on the console is `device`, a UART of the 16550's kind.
pub fn set_up(device: Device) {
    *UART.lock() = Uart::Untried(device);
}

/// Writes all bytes.
pub fn console_write(bytes: &[u8]) {
    with(|uart| {
        for byte in bytes {
            // One at a time, because the FIFOs are off. It spins until the byte is taken.
            uart.send_bytes_exact(core::slice::from_ref(byte));
        }
    });
}

/// Reads what has been typed, without waiting; returns how many bytes: 0 for none.
pub fn console_read(bytes: &mut [u8]) -> usize {
    with(|uart| uart.receive_bytes(bytes)).unwrap_or(0)
}

/// Does something with the UART if it is there.
fn with<T>(action: impl FnOnce(&mut Uart16550<MmioBackend>) -> T) -> Option<T> {
    // It is held only by one who has panicked in the middle of this, and who could say
    // nothing this way.
    let mut state = UART.try_lock()?;
    if let Uart::Untried(device) = *state {
        *state = open(device).map_or(Uart::Absent, Uart::Ready);
    }
    match &mut *state {
        Uart::Ready(uart) => Some(action(uart)),
        _ => None,
    }
}

fn open(device: Device) -> Option<Uart16550<MmioBackend>> {
    let address = NonNull::new(device.address())?;
    // SAFETY: a `Device` is mapped, and this one only used here; its registers are bytes.
    let mut uart = unsafe { Uart16550::new_mmio(address, 1) }.ok()?;
    uart.check_present().then_some(uart)
}
