//! The timebase and the decrementer.

use spin::Once;

struct Timer {
    hz: u64,
    /// The largest positive value of the decrementer.
    longest: u64,
}

static TIMER: Once<Timer> = Once::new();

/// Notes what firmware says: ticks a second, and the decrementer's width in bits.
pub fn set_up(hz: u64, decrementer_bits: u32) {
    TIMER.call_once(|| Timer {
        hz,
        longest: u64::MAX >> (65 - decrementer_bits),
    });
    stop_decrementer();
}

/// Timebase ticks since the machine started.
pub fn timebase() -> u64 {
    boot::timebase()
}

/// Timebase ticks in a second; 512 MHz, QEMU's, before firmware has been asked.
pub fn timebase_hz() -> u64 {
    TIMER.get().map_or(512_000_000, |timer| timer.hz)
}

/// Asks for one tick interrupt, `ticks` timebase ticks from now, instead of any
/// asked for before.
pub fn set_decrementer(ticks: u64) {
    boot::set_decrementer(ticks.min(longest()));
}

/// Asks for no tick. (One comes all the same when the decrementer has run down:
/// after 4 s where it has 32 bits.)
fn stop_decrementer() {
    boot::set_decrementer(longest());
}

fn longest() -> u64 {
    TIMER.get().map_or(i32::MAX as u64, |timer| timer.longest)
}
