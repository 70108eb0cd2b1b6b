//! A master on an I2C bus, polled (RM, chapter "I2C Interfaces", "Initialization/
//! Application Information").
//!
//! The bus's speed, I2CFDR, stays as it is: QEMU's bus has none.

use super::io::Device;
use super::timer::{timebase, timebase_hz};

/// I2CCR and its bits: module enable, master, transmit, no acknowledge, repeated START.
const CONTROL: u64 = 0x08;
const MEN: u8 = 1 << 7;
const MSTA: u8 = 1 << 5;
const MTX: u8 = 1 << 4;
const TXAK: u8 = 1 << 3;
const RSTA: u8 = 1 << 2;

/// I2CSR and its bits: bus busy, arbitration lost, a byte is over, nobody acknowledged it.
const STATUS: u64 = 0x0c;
const MBB: u8 = 1 << 5;
const MAL: u8 = 1 << 4;
const MIF: u8 = 1 << 1;
const RXAK: u8 = 1 << 0;

/// I2CDR.
const DATA: u64 = 0x10;

/// The least significant bit of the first byte: which way the others go.
const READ: u8 = 1;

/// The bus does not do what it must.
#[derive(Debug)]
pub struct Silent;

/// A transfer on the bus; when this is dropped, the bus is free again.
struct Transfer(Device);

/// Reads from `register` of the device at `address` on the bus of `controller` on.
pub fn read<const N: usize>(
    controller: Device,
    address: u8,
    register: u8,
) -> Result<[u8; N], Silent> {
    let transfer = Transfer::start(controller)?;
    transfer.send(address << 1)?;
    transfer.send(register)?;
    transfer.control(MSTA | MTX | RSTA);
    transfer.send(address << 1 | READ)?;
    transfer.receive()
}

impl Transfer {
    /// Takes the bus: START.
    fn start(controller: Device) -> Result<Transfer, Silent> {
        let transfer = Transfer(controller);
        transfer.control(0);
        transfer.wait(|status| status & MBB == 0)?;
        transfer.control(MSTA | MTX);
        Ok(transfer)
    }

    fn control(&self, bits: u8) {
        self.0.write(CONTROL, MEN | bits);
    }

    /// Waits, but not for ever, until the status is as it should be.
    fn wait(&self, until: impl Fn(u8) -> bool) -> Result<u8, Silent> {
        let end = timebase() + timebase_hz() / 100;
        loop {
            let status = self.0.read(STATUS);
            if until(status) {
                return Ok(status);
            }
            if timebase() > end {
                return Err(Silent);
            }
        }
    }

    /// Waits until a byte has been sent or received, and takes note of that.
    fn byte_is_over(&self) -> Result<u8, Silent> {
        let status = self.wait(|status| status & (MIF | MAL) != 0)?;
        self.0.write::<u8>(STATUS, 0);
        if status & MAL == 0 {
            Ok(status)
        } else {
            Err(Silent)
        }
    }

    fn send(&self, byte: u8) -> Result<(), Silent> {
        self.0.write(DATA, byte);
        if self.byte_is_over()? & RXAK == 0 {
            Ok(())
        } else {
            Err(Silent)
        }
    }

    /// Receives `N` bytes, at least two. To read one from I2CDR starts the next, so the one
    /// before the first is nothing, the last but one goes without acknowledgement, and
    /// before the last one is read no more are asked for.
    fn receive<const N: usize>(&self) -> Result<[u8; N], Silent> {
        self.control(MSTA);
        self.0.read::<u8>(DATA);
        let mut bytes = [0; N];
        for (i, byte) in bytes.iter_mut().enumerate() {
            self.byte_is_over()?;
            match N - i {
                2 => self.control(MSTA | TXAK),
                1 => self.control(MSTA | MTX),
                _ => {}
            }
            *byte = self.0.read(DATA);
        }
        Ok(bytes)
    }
}

impl Drop for Transfer {
    /// STOP, and the controller sleeps.
    fn drop(&mut self) {
        self.control(0);
        self.0.write::<u8>(CONTROL, 0);
    }
}
