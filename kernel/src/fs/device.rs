//! Devices.

use super::random::fill_random;

/// A device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// /dev/console: what is typed, and what is shown.
    Console,
    /// /dev/tty: the console too.
    Tty,
    /// /dev/null: empty, and takes everything.
    Null,
    /// /dev/zero: zeros without end, and takes everything.
    Zero,
    /// /dev/full: zeros without end, and takes nothing.
    Full,
    /// /dev/random.
    Random,
    /// /dev/urandom: the same.
    Urandom,
}

impl Device {
    /// Every device with its name under /dev.
    pub const ALL: [(&'static str, Device); 7] = [
        ("console", Device::Console),
        ("tty", Device::Tty),
        ("null", Device::Null),
        ("zero", Device::Zero),
        ("full", Device::Full),
        ("random", Device::Random),
        ("urandom", Device::Urandom),
    ];

    /// Its number, as Linux has it: major × 256 + minor, for st_rdev.
    pub fn number(self) -> u64 {
        match self {
            Device::Null => 0x103,
            Device::Zero => 0x105,
            Device::Full => 0x107,
            Device::Random => 0x108,
            Device::Urandom => 0x109,
            Device::Tty => 0x500,
            Device::Console => 0x501,
        }
    }

    /// Whether it is what somebody types on.
    pub fn is_console(self) -> bool {
        matches!(self, Device::Console | Device::Tty)
    }

    /// Fills `to`, as a device does that has bytes at any time. False: it is empty.
    pub fn fill(self, to: &mut [u8]) -> bool {
        match self {
            Device::Zero | Device::Full => to.fill(0),
            Device::Random | Device::Urandom => fill_random(to),
            Device::Null | Device::Console | Device::Tty => return false,
        }
        true
    }
}
