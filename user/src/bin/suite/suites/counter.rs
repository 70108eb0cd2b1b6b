//! eventfd and timerfd: files that count.

use crate::harness::{Case, Outcome, begin, finish};
use quire_user::Errno;
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self, Fd, Time, interest};

/// A part of suite pipe.
pub const CASES: &[Case] = &[
    ("event_counts", event_counts),
    ("event_as_semaphore", event_as_semaphore),
    ("event_is_full", event_is_full),
    ("event_wakes", event_wakes),
    ("event_refused", event_refused),
    ("timer_expires", timer_expires),
    ("timer_again_and_again", timer_again_and_again),
    ("timer_is_polled", timer_is_polled),
    ("timer_tells_what_is_left", timer_tells_what_is_left),
    ("timer_refused", timer_refused),
];

fn event(count: u32, flags: u32) -> Result<Fd, Errno> {
    // SAFETY: both are numbers.
    unsafe { sys::call(__NR_eventfd2, &[count as usize, flags as usize]) }.map(|fd| fd as Fd)
}

fn take(fd: Fd) -> Result<u64, Errno> {
    let mut bytes = [0; 8];
    match sys::read(fd, &mut bytes)? {
        8 => Ok(u64::from_ne_bytes(bytes)),
        _ => Err(Errno(EIO)),
    }
}

fn add(fd: Fd, value: u64) -> Result<usize, Errno> {
    sys::write(fd, &value.to_ne_bytes())
}

fn ready(fd: Fd) -> Result<u32, Errno> {
    let mut fds = [interest(fd, POLLIN | POLLOUT)];
    sys::poll(&mut fds, 0)?;
    Ok(fds[0].revents as u16 as u32)
}

fn event_counts() -> Outcome {
    let fd = event(3, EFD_NONBLOCK)?;
    check_eq!(ready(fd)?, POLLIN | POLLOUT);
    check_eq!(add(fd, 4), Ok(8));
    check_eq!(take(fd), Ok(7));
    check_eq!(take(fd), Err(Errno(EAGAIN)));
    check_eq!(ready(fd)?, POLLOUT);
    Ok(())
}

fn event_as_semaphore() -> Outcome {
    let fd = event(2, EFD_NONBLOCK | EFD_SEMAPHORE)?;
    check_eq!([take(fd), take(fd)], [Ok(1), Ok(1)]);
    check_eq!(take(fd), Err(Errno(EAGAIN)));
    Ok(())
}

fn event_is_full() -> Outcome {
    let fd = event(0, EFD_NONBLOCK)?;
    check_eq!(add(fd, u64::MAX - 1), Ok(8));
    check_eq!(ready(fd)?, POLLIN);
    check_eq!(add(fd, 1), Err(Errno(EAGAIN)));
    check_eq!(add(fd, 0), Ok(8));
    check_eq!(take(fd), Ok(u64::MAX - 1));
    Ok(())
}

fn event_wakes() -> Outcome {
    let (there, back) = (event(0, 0)?, event(0, 0)?);
    let child = begin(|| {
        for n in 1..=20 {
            check_eq!(take(there)?, n);
            add(back, n)?;
        }
        Ok(())
    })?;
    for n in 1..=20 {
        add(there, n)?;
        check_eq!(take(back)?, n);
    }
    finish(child)
}

fn event_refused() -> Outcome {
    check_eq!(event(0, 2), Err(Errno(EINVAL)));
    let fd = event(0, EFD_CLOEXEC)?;
    check_eq!(sys::fcntl(fd, F_GETFD, 0)?, FD_CLOEXEC as usize);
    check_eq!(sys::read(fd, &mut [0; 7]), Err(Errno(EINVAL)));
    check_eq!(sys::write(fd, &[0; 7]), Err(Errno(EINVAL)));
    check_eq!(add(fd, u64::MAX), Err(Errno(EINVAL)));
    Ok(())
}

fn timer(clock: u32, flags: u32) -> Result<Fd, Errno> {
    // SAFETY: both are numbers.
    unsafe { sys::call(__NR_timerfd_create, &[clock as usize, flags as usize]) }.map(|fd| fd as Fd)
}

/// Sets a timer: `first` and `interval` in nanoseconds.
fn set(fd: Fd, flags: u32, first: u64, interval: u64) -> Result<usize, Errno> {
    let times = [interval, first].map(Time::from_ns);
    let args = [fd as usize, flags as usize, times.as_ptr() as usize, 0];
    // SAFETY: the kernel only reads the times.
    unsafe { sys::call(__NR_timerfd_settime, &args) }
}

const MS: u64 = 1_000_000;

fn timer_expires() -> Outcome {
    let fd = timer(CLOCK_MONOTONIC, 0)?;
    let started = sys::now();
    set(fd, 0, 20 * MS, 0)?;
    check_eq!(take(fd), Ok(1));
    check!(sys::now() - started >= 20 * MS);
    // At a time that is past.
    set(fd, TFD_TIMER_ABSTIME, 1, 0)?;
    check_eq!(take(fd), Ok(1));
    Ok(())
}

fn timer_again_and_again() -> Outcome {
    let fd = timer(CLOCK_MONOTONIC, TFD_NONBLOCK)?;
    check_eq!(take(fd), Err(Errno(EAGAIN)));
    set(fd, 0, MS, MS)?;
    sys::nanosleep(Time::from_ns(20 * MS))?;
    let times = take(fd)?;
    check!(times >= 20, "{times}");
    set(fd, 0, 0, 0)?;
    check_eq!(take(fd), Err(Errno(EAGAIN)));
    Ok(())
}

fn timer_is_polled() -> Outcome {
    let fd = timer(CLOCK_REALTIME, TFD_NONBLOCK)?;
    let mut fds = [interest(fd, POLLIN)];
    check_eq!(sys::poll(&mut fds, 10), Ok(0));
    set(fd, 0, 20 * MS, 0)?;
    check_eq!(sys::poll(&mut fds, -1), Ok(1));
    check_eq!(take(fd), Ok(1));
    check_eq!(sys::poll(&mut fds, 0), Ok(0));
    Ok(())
}

fn timer_tells_what_is_left() -> Outcome {
    let fd = timer(CLOCK_MONOTONIC, 0)?;
    set(fd, 0, 100_000 * MS, 7 * MS)?;
    let mut times = [Time::default(); 2];
    let args = [fd as usize, times.as_mut_ptr() as usize];
    // SAFETY: the kernel writes the times.
    unsafe { sys::call(__NR_timerfd_gettime, &args) }?;
    check!(
        times[0].ns() >= 7 * MS && times[0].ns() < 8 * MS,
        "{times:?}"
    );
    check!(
        times[1].ns() > 0 && times[1].ns() <= 100_000 * MS,
        "{times:?}"
    );
    Ok(())
}

fn timer_refused() -> Outcome {
    check_eq!(timer(99, 0), Err(Errno(EINVAL)));
    check_eq!(timer(CLOCK_MONOTONIC, 1), Err(Errno(EINVAL)));
    let fd = timer(CLOCK_MONOTONIC, 0)?;
    check_eq!(set(fd, 8, 0, 0), Err(Errno(EINVAL)));
    check_eq!(add(fd, 1), Err(Errno(EINVAL)));
    check_eq!(sys::read(fd, &mut [0; 7]), Err(Errno(EINVAL)));
    check_eq!(set(event(0, 0)?, 0, 0, 0), Err(Errno(EINVAL)));
    check_eq!(set(99, 0, 0, 0), Err(Errno(EBADF)));
    let wrong = [0, 0, 0, 1_000_000_000u64];
    let args = [fd as usize, 0, wrong.as_ptr() as usize, 0];
    // SAFETY: the kernel only reads the times.
    let refused = unsafe { sys::call(__NR_timerfd_settime, &args) };
    check_eq!(refused, Err(Errno(EINVAL)));
    Ok(())
}
