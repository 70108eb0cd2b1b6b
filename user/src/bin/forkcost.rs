//! What a fork costs: from before the call in the parent to the child's first
//! instruction, with more and more memory touched.
//!
//! Parent and child read the clock by system calls in a row (see `batch`), with
//! no write of private memory in between, so nothing of what copy-on-write does
//! later is counted. Under `-icount shift=0` a nanosecond is an instruction.
#![no_std]
#![no_main]

use quire_user::forktime::{Sample, measure};
use quire_user::{Area, Args, Errno, PAGE, eprintln, println, proc, sys};

quire_user::program!(main);

const MIB: usize = 1 << 20;
/// Forks per size: the median is printed.
const RUNS: usize = 5;

fn main(_args: &Args) -> i32 {
    println!("One fork, from before the call to the child's first instruction; median of {RUNS}.");
    let mut results = [(0, 0); 5];
    let mut count = 0;
    for mib in [0, 1, 16, 64, 256] {
        if !fits(mib) {
            println!("fork with {mib} MiB touched: not tried, it does not fit in memory");
            continue;
        }
        match with_touched(mib * MIB) {
            Ok(ns) => results[count] = (mib, ns),
            Err(e) => {
                eprintln!("forkcost: {mib} MiB: {e}");
                return 1;
            }
        }
        println!("fork with {mib} MiB touched: {} ns", results[count].1);
        count += 1;
    }
    for (mib, ns) in &results[..count] {
        println!("forkcost mib={mib} ns={ns}");
    }
    0
}

/// Whether `mib` MiB and a little more are free.
fn fits(mib: usize) -> bool {
    let free = proc::free_frames().map(|frames| frames as usize * PAGE / MIB);
    free.is_none_or(|free| free > mib + 16)
}

/// The median time of a fork with `len` bytes touched, in nanoseconds.
fn with_touched(len: usize) -> Result<u64, Errno> {
    let area = if len > 0 {
        Some(Area::private(len)?)
    } else {
        None
    };
    area.inspect(|area| area.fill(1));
    let mut times = [0; RUNS];
    for time in &mut times {
        let Sample { before, child, .. } = measure()?;
        *time = child.saturating_sub(before);
        sys::sched_yield();
    }
    times.sort_unstable();
    area.map_or(Ok(()), Area::unmap)?;
    Ok(times[RUNS / 2])
}
