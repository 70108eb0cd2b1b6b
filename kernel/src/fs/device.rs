//! Devices.

/// A device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// The console: /dev/console, and /dev/tty.
    Console,
    /// /dev/null: empty, and takes everything.
    Null,
    /// /dev/zero: zeros without end, and takes everything.
    Zero,
}

impl Device {
    /// Its name under /dev and its number as Linux has it (major × 256 + minor).
    pub const ALL: [(&'static str, Device, u64); 4] = [
        ("dev/console", Device::Console, 0x501),
        ("dev/tty", Device::Console, 0x500),
        ("dev/null", Device::Null, 0x103),
        ("dev/zero", Device::Zero, 0x105),
    ];

    /// Its number, for st_rdev.
    pub fn number(self) -> u64 {
        let mut all = Device::ALL.iter();
        all.find(|(_, device, _)| *device == self)
            .map_or(0, |(_, _, number)| *number)
    }
}
