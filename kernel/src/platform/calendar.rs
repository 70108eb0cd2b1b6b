//! Days since 1970 from a date.

/// Seconds from 1970-01-01 00:00:00 to the given time of the Gregorian calendar,
/// both UTC. `month` and `day` count from 1. `None` before 1970.
pub fn seconds_since_1970([year, month, day, hour, minute, second]: [u32; 6]) -> Option<u64> {
    let years = u64::from(year.checked_sub(1970)?);
    // A year of the calendar's own: it begins in March, so that a leap day ends it.
    let (y, m) = if month > 2 {
        (1970 + years, month - 3)
    } else {
        (1969 + years, month + 9)
    };
    let in_year = (153 * u64::from(m) + 2) / 5 + u64::from(day) - 1;
    // 719,468 days lie between 0000-03-01 and 1970-01-01.
    let days = (y * 365 + y / 4 - y / 100 + y / 400 + in_year).checked_sub(719_468)?;
    Some(((days * 24 + u64::from(hour)) * 60 + u64::from(minute)) * 60 + u64::from(second))
}
