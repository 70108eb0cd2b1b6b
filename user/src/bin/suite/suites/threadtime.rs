//! The processor time of a process: that of all its threads, whatever becomes of them.

use crate::harness::{Case, Outcome};
use quire_user::linux::*;
use quire_user::sys::{self, Thread, Time};
use quire_user::{Errno, exec};

/// The third part of the suite.
pub const CASES: &[Case] = &[
    ("time_of_those_that_have_ended_counts", time_counts),
    ("time_before_exec_by_a_thread_counts", time_before_exec),
];

/// Nanoseconds of processor time.
const BURNT: u64 = 2_000_000;

fn used(clock: u32) -> Result<u64, Errno> {
    sys::clock_gettime(clock).map(Time::ns)
}

extern "C" fn burn(_: usize) {
    while used(CLOCK_THREAD_CPUTIME_ID).is_ok_and(|used| used < BURNT) {}
}

fn time_counts() -> Outcome {
    let before = used(CLOCK_PROCESS_CPUTIME_ID)?;
    for n in 1..=3 {
        Thread::start(burn, 0)?.join()?;
        check!(used(CLOCK_PROCESS_CPUTIME_ID)? - before >= n * BURNT);
        // Each has its own.
        check!(used(CLOCK_THREAD_CPUTIME_ID)? < used(CLOCK_PROCESS_CPUTIME_ID)?);
    }
    Ok(())
}

/// Who asks for its own time is charged just then: so this one asks for the time of day.
extern "C" fn burn_and_exec(_: usize) {
    let now = || used(CLOCK_MONOTONIC).unwrap_or(u64::MAX);
    let start = now();
    while now() - start < BURNT {}
    exec::replace(c"/bin/true", &[c"true"], &[]);
    sys::exit(exec::NOT_FOUND);
}

/// Microseconds that the children waited for so far have used.
fn used_by_children() -> Result<u64, Errno> {
    let mut usage = core::mem::MaybeUninit::<rusage>::zeroed();
    let who = RUSAGE_CHILDREN as usize;
    // SAFETY: the kernel writes a struct rusage there, and zeros are one too.
    let usage = unsafe {
        sys::call(__NR_getrusage, &[who, usage.as_mut_ptr() as usize])?;
        usage.assume_init()
    };
    let times = [usage.ru_utime, usage.ru_stime];
    Ok(times
        .map(|t| t.tv_sec as u64 * 1_000_000 + t.tv_usec as u64)
        .iter()
        .sum())
}

/// The thread that calls exec gets the number of the first one. Nobody else runs meanwhile.
fn time_before_exec() -> Outcome {
    for _ in 0..3 {
        let before = used_by_children()?;
        sys::spawn(|| {
            let _new = Thread::start(burn_and_exec, 0);
            loop {
                let _ = sys::pause();
            }
        })?
        .wait()?;
        let used = used_by_children()? - before;
        check!(used >= BURNT / 1000, "{used} microseconds");
    }
    Ok(())
}
