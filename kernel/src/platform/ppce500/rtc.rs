//! The time of day: a clock on the I2C bus, of the DS1338's kind (its data sheet,
//! "Clock and Calendar"; the PT7C4338 that the device tree names has the same registers).

use super::devices::devices;
use super::i2c;
use crate::platform::calendar;

/// In the seconds: the clock is stopped.
const STOPPED: u8 = 1 << 7;
/// In the hours: they are 1 to 12, and after noon.
const TWELVE_HOURS: u8 = 1 << 6;
const AFTER_NOON: u8 = 1 << 5;

/// Seconds since 1970, UTC, by the machine's clock, where it has one that answers.
pub fn time_of_day() -> Option<u64> {
    let clock = devices().clock?;
    // Registers 0 to 6. The clock notes them all at the START, so they belong together.
    let [seconds, minutes, hours, _weekday, day, month, year] =
        i2c::read(clock.bus, clock.address, 0).ok()?;
    (seconds & STOPPED == 0).then_some(())?;
    calendar::seconds_since_1970([
        2000 + decimal(year, 0..=99)?,
        decimal(month & 0x1f, 1..=12)?,
        decimal(day, 1..=31)?,
        hour(hours)?,
        decimal(minutes, 0..=59)?,
        decimal(seconds, 0..=59)?,
    ])
}

fn hour(register: u8) -> Option<u32> {
    if register & TWELVE_HOURS == 0 {
        return decimal(register, 0..=23);
    }
    let hour = decimal(register & 0x1f, 1..=12)? % 12;
    Some(if register & AFTER_NOON == 0 {
        hour
    } else {
        hour + 12
    })
}

/// The number whose decimal digits are those of `register`, if it is one of `allowed`.
fn decimal(register: u8, allowed: core::ops::RangeInclusive<u32>) -> Option<u32> {
    let (tens, ones) = (u32::from(register >> 4), u32::from(register & 0xf));
    let value = tens * 10 + ones;
    (tens <= 9 && ones <= 9 && allowed.contains(&value)).then_some(value)
}
