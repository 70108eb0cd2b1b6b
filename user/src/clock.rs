//! What the clock counts.

use crate::sys;

/// Whether the same loop takes the same time, to 1 in 500, four times in a row:
/// only a clock that counts instructions does that. The loop is short against
/// the time between two ticks of the scheduler, and the best of a few counts.
pub fn counts_instructions() -> bool {
    let mut times = [0u64; 4];
    for time in &mut times {
        *time = (0..3).map(|_| spin()).min().unwrap_or(0);
    }
    let (least, most) = (times.iter().min(), times.iter().max());
    matches!((least, most), (Some(&a), Some(&b)) if b - a <= a / 500)
}

/// The time that a hundred thousand turns of a loop take.
fn spin() -> u64 {
    let start = sys::now();
    for i in 0..100_000u32 {
        core::hint::black_box(i);
    }
    sys::now() - start
}
