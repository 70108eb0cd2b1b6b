//! Signals for threads, and for all of them at once.

use super::thread::{SEEN, STOP, SUM, spin, wait_for_ever};
use crate::harness::{Case, Outcome, soon};
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::*};
use quire_user::Errno;
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self, Context, Info, Status, Thread, Time};

/// More of suite thread.
pub const CASES: &[Case] = &[
    ("signal_for_one_thread", signal_for_one),
    ("signal_for_whoever_takes_it", signal_for_whoever),
    ("masks_are_each_threads_own", masks_are_own),
    ("kill_ends_all", kill_ends_all),
    ("stop_stops_all", stop_stops_all),
];

static TAKER: AtomicU32 = AtomicU32::new(0);

extern "C" fn note_taker(_: u32, _: &Info, _: &mut Context) {
    TAKER.store(sys::gettid() as u32, Relaxed);
}

/// Sleeps until told to stop.
extern "C" fn sleepy(blocked: usize) {
    let _ = sys::sigprocmask(SIG_SETMASK, Some(&(blocked as u64)), None);
    SEEN.fetch_add(1, Relaxed);
    while STOP.load(Relaxed) == 0 {
        let _ = sys::nanosleep(Time::from_ns(1_000_000));
    }
}

fn signal_for_one() -> Outcome {
    sys::handle(SIGUSR1, note_taker, SA_RESTART)?;
    let threads = [Thread::start(sleepy, 0)?, Thread::start(sleepy, 0)?];
    let pid = sys::getpid();
    for tid in [threads[1].tid(), threads[0].tid(), pid] {
        sys::tgkill(pid, tid, SIGUSR1)?;
        check!(soon(|| TAKER.load(Relaxed) == tid as u32));
    }
    check_eq!(sys::tgkill(pid + 1, threads[0].tid(), 0), Err(Errno(ESRCH)));
    STOP.store(1, Relaxed);
    threads.into_iter().try_for_each(Thread::join)?;
    Ok(())
}

fn signal_for_whoever() -> Outcome {
    sys::handle(SIGUSR1, note_taker, SA_RESTART)?;
    let all = sys::set(&[SIGUSR1]) as usize;
    let threads = [Thread::start(sleepy, all)?, Thread::start(sleepy, 0)?];
    sys::block(&[SIGUSR1])?;
    check!(soon(|| SEEN.load(Relaxed) == 2));
    sys::kill(sys::getpid(), SIGUSR1)?;
    let taker = threads[1].tid() as u32;
    check!(soon(|| TAKER.load(Relaxed) == taker));
    STOP.store(1, Relaxed);
    threads.into_iter().try_for_each(Thread::join)?;
    // With nobody to take it, it waits for the first who unblocks it.
    sys::kill(sys::getpid(), SIGUSR1)?;
    check_eq!(TAKER.load(Relaxed), taker);
    sys::unblock(&[SIGUSR1])?;
    check_eq!(TAKER.load(Relaxed), sys::getpid() as u32);
    Ok(())
}

extern "C" fn tell_mask(_: usize) {
    let mut mask = 0;
    let _ = sys::sigprocmask(SIG_SETMASK, Some(&0), Some(&mut mask));
    SUM.store(mask, Relaxed);
}

fn masks_are_own() -> Outcome {
    let set = sys::set(&[SIGUSR1, SIGTERM]);
    sys::block(&[SIGUSR1, SIGTERM])?;
    Thread::start(tell_mask, 0)?.join()?;
    // Inherited; what the thread then does with it is its own affair.
    check_eq!(SUM.load(Relaxed), set);
    check_eq!(sys::block(&[])?, set);
    Ok(())
}

fn kill_ends_all() -> Outcome {
    let child = sys::spawn(|| {
        let _threads = [(); 3].map(|()| Thread::start(wait_for_ever, 0));
        let _busy = Thread::start(spin, 0);
        loop {
            let _ = sys::pause();
        }
    })?;
    sys::nanosleep(Time::from_ns(3_000_000))?;
    sys::kill(child.0, SIGTERM)?;
    check_eq!(child.wait()?, Status::killed(SIGTERM));
    Ok(())
}

fn stop_stops_all() -> Outcome {
    let counter = quire_user::Shared::<AtomicU64>::new()?;
    SEEN.store(&raw const *counter as usize, Relaxed);
    extern "C" fn count(_: usize) {
        // SAFETY: the address of a counter that stays.
        let counter = unsafe { &*(SEEN.load(Relaxed) as *const AtomicU64) };
        loop {
            counter.fetch_add(1, Relaxed);
        }
    }
    let child = sys::spawn(|| {
        let _thread = Thread::start(count, 0);
        wait_for_ever(0);
        0
    })?;
    check!(soon(|| counter.load(Relaxed) > 0));
    sys::kill(child.0, SIGSTOP)?;
    check_eq!(sys::wait4(child.0, WUNTRACED)?.1.stopped(), Some(SIGSTOP));
    let still = counter.load(Relaxed);
    sys::nanosleep(Time::from_ns(20_000_000))?;
    check_eq!(counter.load(Relaxed), still);
    sys::kill(child.0, SIGCONT)?;
    check!(soon(|| counter.load(Relaxed) > still));
    sys::kill(child.0, SIGKILL)?;
    check_eq!(child.wait()?, Status::killed(SIGKILL));
    Ok(())
}
