//! Out of memory: one process dies, and the others lose nothing.

use crate::harness::{Case, Outcome, needs_vm, soon};
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst};
use quire_user::linux::*;
use quire_user::sys::{self, Child, Thread};
use quire_user::{Area, Errno, PAGE, Shared, proc};

/// The suite.
pub const CASES: &[Case] = &[
    ("largest_dies_for_a_fault", largest_dies_for_a_fault),
    ("largest_dies_for_a_call", largest_dies_for_a_call),
    ("who_needs_too_much_dies", who_needs_too_much_dies),
    ("dies_with_its_threads", dies_with_its_threads),
];

/// Touches so much that about `left` frames are free.
fn take_all_but(left: usize) -> Result<Area, Errno> {
    let free = proc::free_frames().unwrap_or(0) as usize;
    let len = free.saturating_sub(left).max(1) * PAGE;
    let prot = PROT_READ | PROT_WRITE;
    let area = Area::map(None, len, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)?;
    area.fill(1);
    Ok(area)
}

/// A child that takes all but `left` frames, says so, and sleeps.
fn hog(left: usize, ready: &AtomicU32) -> Result<Child, Errno> {
    sys::spawn(|| {
        if take_all_but(left).is_err() {
            return 1;
        }
        ready.store(1, SeqCst);
        let _ = sys::nanosleep(sys::Time::from_ns(100_000_000_000));
        0
    })
}

/// Frames that are left: less than what the cases then need.
const LEFT: usize = 300;

fn largest_dies_for_a_fault() -> Outcome {
    needs_vm()?;
    let ready = Shared::<AtomicU32>::new()?;
    let child = hog(LEFT, &ready)?;
    check!(soon(|| ready.load(SeqCst) == 1));
    let area = Area::private(2 * LEFT * PAGE)?;
    area.fill(7);
    check_eq!(area.differs(7), None);
    check_eq!(child.wait()?.signal(), Some(SIGKILL));
    Ok(())
}

/// The kernel itself needs the page, to write a result to it.
fn largest_dies_for_a_call() -> Outcome {
    needs_vm()?;
    let ready = Shared::<AtomicU32>::new()?;
    let child = hog(LEFT, &ready)?;
    check!(soon(|| ready.load(SeqCst) == 1));
    let area = Area::private(2 * LEFT * PAGE)?;
    for page in 0..2 * LEFT {
        let at = area.base() + page * PAGE;
        // SAFETY: the call writes to the area.
        unsafe { sys::call(__NR_clock_gettime, &[CLOCK_MONOTONIC as usize, at]) }?;
        area.store(page * PAGE + 100, 1);
    }
    check_eq!(child.wait()?.signal(), Some(SIGKILL));
    Ok(())
}

fn who_needs_too_much_dies() -> Outcome {
    needs_vm()?;
    let small = sys::spawn(|| {
        let _ = sys::nanosleep(sys::Time::from_ns(300_000_000));
        5
    })?;
    let child = sys::spawn(|| {
        while take_all_but(0).is_ok() {}
        0
    })?;
    check_eq!(child.wait()?.signal(), Some(SIGKILL));
    check_eq!(small.wait()?.code(), Some(5));
    Ok(())
}

static BASE: AtomicUsize = AtomicUsize::new(0);

extern "C" fn wait_for_ever(_: usize) {
    let word = AtomicU32::new(0);
    let _ = sys::futex_wait(&word, 0, None, 0);
}

extern "C" fn take(_: usize) {
    while let Ok(area) = take_all_but(0) {
        BASE.store(area.base(), SeqCst);
    }
}

fn dies_with_its_threads() -> Outcome {
    needs_vm()?;
    let child = sys::spawn(|| {
        for body in [wait_for_ever, take] {
            if Thread::start(body, 0).is_err() {
                return 1;
            }
        }
        wait_for_ever(0);
        0
    })?;
    check_eq!(child.wait()?.signal(), Some(SIGKILL));
    Ok(())
}
