//! As much of PCI as it takes to reach one card: QEMU plays no firmware here, so nobody has
//! given the cards their addresses (RM, chapter "PCI Bus Interface").

use super::devices::devices;
use super::io::{Big32, Device, Little32};

/// Which register of which card CFG_DATA is. This one is the bridge's own, and
/// big-endian; what CFG_DATA shows is PCI's, and little-endian.
const CFG_ADDR: u64 = 0x0;
const CFG_DATA: u64 = 0x4;
const CFG_ENABLE: u32 = 1 << 31;

/// The first outbound window: its place on the bus, the address's upper half, its place
/// among the processor's real addresses, and its attributes. Addresses in pages of 4 KiB.
const POTAR1: u64 = 0xc20;
const POTEAR1: u64 = 0xc24;
const POWBAR1: u64 = 0xc28;
const POWAR1: u64 = 0xc30;
/// EN; RTT and WTT: memory is read and written; OWS: 2^(0xb + 1) bytes.
const POWAR_MEMORY_4K: u32 = 1 << 31 | 4 << 16 | 4 << 12 | 0xb;

/// Registers of every card (PCI Local Bus Specification 3.0, §6.1).
const ID: u32 = 0x00;
const COMMAND: u32 = 0x04;
const BAR0: u32 = 0x10;
/// In [`COMMAND`]: the card answers to addresses in memory.
const MEMORY_SPACE: u32 = 1 << 1;

/// Where on the bus the card is put: where QEMU's device tree lets memory begin there.
const ON_BUS: u32 = 0xe000_0000;
/// Where the kernel finds it: in what is mapped for devices, but nothing is there. QEMU has
/// its I/O ports below, and its table of processors that wait above.
const WINDOW: u64 = 0xf_e200_0000;

/// A card on bus 0: its place.
#[derive(Clone, Copy)]
pub struct Card(u32);

impl Card {
    /// The first card that is `device` of `vendor`.
    pub fn find(vendor: u16, device: u16) -> Option<Card> {
        let id = u32::from(device) << 16 | u32::from(vendor);
        (0..32).map(Card).find(|card| card.read(ID) == id)
    }

    /// Gives the card's first range of registers, of no more than 4 KiB, an address,
    /// and returns them. There is one such place: the card that had it loses it.
    pub fn map(self) -> Device {
        let bridge = devices().pci;
        let set = |register, value| bridge.write(register, Big32::new(value));
        set(POTAR1, ON_BUS >> 12);
        set(POTEAR1, 0);
        set(POWBAR1, (WINDOW >> 12) as u32);
        set(POWAR1, POWAR_MEMORY_4K);
        self.write(BAR0, ON_BUS);
        self.write(COMMAND, self.read(COMMAND) & 0xffff | MEMORY_SPACE);
        // SAFETY: the window shows this card's registers only, and no memory.
        unsafe { Device::new(WINDOW..WINDOW + 0x1000) }
    }

    fn read(self, register: u32) -> u32 {
        self.select(register).read::<Little32>(CFG_DATA).get()
    }

    fn write(self, register: u32, value: u32) {
        self.select(register).write(CFG_DATA, Little32::new(value));
    }

    /// Lets CFG_DATA be a register of this card. Returns the bridge.
    fn select(self, register: u32) -> Device {
        let bridge = devices().pci;
        let address = CFG_ENABLE | self.0 << 11 | register;
        bridge.write(CFG_ADDR, Big32::new(address));
        bridge
    }
}
