//! QEMU's pvpanic device, by which a guest says that it has failed (QEMU,
//! docs/specs/pvpanic).

use super::pci::Card;

/// The card, `-device pvpanic-pci`.
const VENDOR: u16 = 0x1b36;
const DEVICE: u16 = 0x0011;

/// The only register: read, it says which events QEMU knows; written, one has happened.
const EVENTS: u64 = 0;
const PANICKED: u8 = 1 << 0;

/// Tells QEMU that the guest has failed. What QEMU does then is for its option `-action
/// panic=` to say; it may go on.
pub fn report() -> Result<(), &'static str> {
    let card = Card::find(VENDOR, DEVICE).ok_or("it was started without -device pvpanic-pci")?;
    let registers = card.map();
    if registers.read::<u8>(EVENTS) & PANICKED == 0 {
        return Err("its pvpanic device knows no panics");
    }
    registers.write(EVENTS, PANICKED);
    Ok(())
}
