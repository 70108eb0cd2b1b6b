//! Run-time services (PAPR, chapter "Run-Time Abstraction Services"): power off, failure, reboot, time of day.

use super::hypervisor;
use crate::arch;
use crate::platform::calendar;
use spin::Once;

/// The numbers by which this machine calls its services.
#[derive(Clone, Copy)]
pub struct Tokens {
    /// power-off.
    pub power_off: u32,
    /// ibm,os-term.
    pub os_term: u32,
    /// system-reboot.
    pub reboot: u32,
    /// get-time-of-day, if there is one.
    pub time_of_day: Option<u32>,
}

/// QEMU's, good enough to report a failure before firmware has been asked.
const QEMU: Tokens = Tokens {
    power_off: 0x2003,
    os_term: 0x201f,
    reboot: 0x2004,
    time_of_day: None,
};

static TOKENS: Once<Tokens> = Once::new();

/// Notes the numbers that firmware gives.
pub fn set_up(tokens: Tokens) {
    TOKENS.call_once(|| tokens);
}

fn tokens() -> Tokens {
    TOKENS.get().copied().unwrap_or(QEMU)
}

/// Calls `token` with `arguments`. Returns its results, the first of which is its
/// status. Cells are 32 bits, big-endian.
fn call<const RESULTS: usize>(token: u32, arguments: &[u32]) -> Option<[u32; RESULTS]> {
    let mut cells = [0u32; 16];
    cells[..3].copy_from_slice(&[token, arguments.len() as u32, RESULTS as u32]);
    cells[3..][..arguments.len()].copy_from_slice(arguments);
    let mut cells = cells.map(u32::to_be);
    // SAFETY: the header says how many cells follow, and all fit.
    unsafe { hypervisor::rtas(arch::real(cells.as_mut_ptr())) }.ok()?;
    let results = &cells[3 + arguments.len()..][..RESULTS];
    Some(core::array::from_fn(|i| u32::from_be(results[i])))
}

/// Ends the machine: QEMU exits with 0.
pub fn power_off() -> ! {
    call::<1>(tokens().power_off, &[u32::MAX, u32::MAX]);
    stay()
}

/// Ends the machine in failure: QEMU prints `reason` and, run with
/// `-action panic=exit-failure`, exits with 1.
pub fn fail(reason: &str) -> ! {
    let mut text = [0u8; 128];
    let length = reason.len().min(text.len() - 1);
    text[..length].copy_from_slice(&reason.as_bytes()[..length]);
    // The kernel's stacks lie far below 4 GiB, so the address fits a cell.
    call::<1>(tokens().os_term, &[arch::real(text.as_mut_ptr()) as u32]);
    stay()
}

/// Starts the machine again; under `-no-reboot` QEMU exits with 0.
pub fn reboot() -> ! {
    call::<1>(tokens().reboot, &[]);
    stay()
}

/// Seconds since 1970, UTC, by the machine's clock, where it has one.
pub fn time_of_day() -> Option<u64> {
    let [status, year, month, day, hour, minute, second, _] =
        call::<8>(tokens().time_of_day?, &[])?;
    (status == 0).then_some(())?;
    calendar::seconds_since_1970([year, month, day, hour, minute, second])
}

/// The machine was told to end; whatever is left of it does nothing.
fn stay() -> ! {
    loop {
        core::hint::spin_loop();
    }
}
