//! The timebase and the decrementer.

use spin::Once;

static HZ: Once<u64> = Once::new();

/// Notes what the device tree says: ticks a second.
pub fn set_up(hz: u64) {
    HZ.call_once(|| hz);
}

/// Timebase ticks since the machine started.
pub fn timebase() -> u64 {
    boot::timebase()
}

/// Timebase ticks in a second; 400 MHz, QEMU's, before the device tree is read.
pub fn timebase_hz() -> u64 {
    HZ.get().copied().unwrap_or(400_000_000)
}

/// Asks for one tick interrupt, `ticks` timebase ticks from now, instead of any
/// asked for before.
///
/// The decrementer has 32 bits and interrupts when it comes to 0 from 1; set to 0 it does
/// not (Book III-E, "Decrementer"). The first bit stays 0: QEMU, whose code serves Book
/// III-S too, where such a value is negative, looks at it as a sign (hw/ppc/ppc.c,
/// `__cpu_ppc_store_decr`).
pub fn set_decrementer(ticks: u64) {
    // What was asked for before may come between the two, and is then a tick too many; the
    // other way round the new one could be lost.
    boot::acknowledge_decrementer();
    boot::set_decrementer(ticks.clamp(1, i32::MAX as u64));
}
