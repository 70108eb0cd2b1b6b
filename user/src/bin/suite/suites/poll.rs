//! poll: who is ready, and for how long to wait.

use super::pipe::fill;
use crate::harness::{Case, Outcome, begin, finish};
use crate::scratch::{self, Scratch};
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self, Fd, Time, interest};
use quire_user::{Errno, PAGE};

/// The second part of suite pipe.
pub const CASES: &[Case] = &[
    ("poll_a_pipe", poll_a_pipe),
    ("poll_a_broken_pipe", poll_a_broken_pipe),
    ("poll_files_and_devices", poll_files_and_devices),
    ("poll_waits_as_long_as_told", poll_waits_as_long_as_told),
    ("poll_is_woken", poll_is_woken),
    ("poll_is_woken_by_the_end", poll_is_woken_by_the_end),
    ("poll_several", poll_several),
    ("several_wait_for_one_pipe", several_wait_for_one_pipe),
    ("poll_refused", poll_refused),
    ("ppoll", ppoll),
];

/// What poll finds of `fd` at once.
fn ready(fd: Fd, events: u32) -> Result<u32, Errno> {
    let mut fds = [interest(fd, events)];
    let n = sys::poll(&mut fds, 0)?;
    let found = fds[0].revents as u16 as u32;
    // The count says the same.
    if (n == 1) != (found != 0) {
        Ok(u32::MAX)
    } else {
        Ok(found)
    }
}

const BOTH: u32 = POLLIN | POLLOUT;

fn poll_a_pipe() -> Outcome {
    let pipe = sys::pipe()?;
    check_eq!(ready(pipe.read, BOTH), Ok(0));
    check_eq!(ready(pipe.write, BOTH), Ok(POLLOUT));
    sys::write(pipe.write, b"x")?;
    check_eq!(ready(pipe.read, BOTH), Ok(POLLIN));
    check_eq!(ready(pipe.read, 0), Ok(0));
    fill(pipe)?;
    check_eq!(ready(pipe.write, BOTH), Ok(0));
    let mut bytes = [0; 2 * PAGE];
    sys::read(pipe.read, &mut bytes)?;
    check_eq!(ready(pipe.write, BOTH), Ok(POLLOUT));
    Ok(())
}

fn poll_a_broken_pipe() -> Outcome {
    let pipe = sys::pipe()?;
    sys::write(pipe.write, b"x")?;
    sys::close(pipe.write)?;
    check_eq!(ready(pipe.read, POLLIN), Ok(POLLIN | POLLHUP));
    sys::read(pipe.read, &mut [0])?;
    check_eq!(ready(pipe.read, POLLIN), Ok(POLLHUP));
    check_eq!(ready(pipe.read, 0), Ok(POLLHUP));
    let pipe = sys::pipe()?;
    sys::close(pipe.read)?;
    check_eq!(ready(pipe.write, POLLOUT), Ok(POLLOUT | POLLERR));
    check_eq!(ready(pipe.write, 0), Ok(POLLERR));
    Ok(())
}

fn poll_files_and_devices() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"")?;
    check_eq!(ready(fd, BOTH), Ok(BOTH));
    check_eq!(ready(sys::open(c"/dev/null", O_RDWR)?, BOTH), Ok(BOTH));
    check_eq!(ready(sys::open(c"/dev/zero", O_RDWR)?, BOTH), Ok(BOTH));
    check_eq!(ready(99, BOTH), Ok(POLLNVAL));
    check_eq!(ready(-1, BOTH), Ok(0));
    Ok(())
}

fn poll_waits_as_long_as_told() -> Outcome {
    let pipe = sys::pipe()?;
    for ms in [0, 1, 20, 50] {
        let start = sys::now();
        check_eq!(sys::poll(&mut [interest(pipe.read, POLLIN)], ms), Ok(0));
        let waited = sys::now() - start;
        check!(waited >= ms as u64 * 1_000_000, "{ms} ms: {waited} ns");
    }
    // Of nothing at all: a way to sleep.
    let start = sys::now();
    check_eq!(sys::poll(&mut [], 5), Ok(0));
    check!(sys::now() - start >= 5_000_000);
    Ok(())
}

fn poll_is_woken() -> Outcome {
    let (pipe, back) = (sys::pipe()?, sys::pipe()?);
    let child = begin(|| {
        let mut fds = [interest(pipe.read, POLLIN)];
        check_eq!(sys::poll(&mut fds, -1), Ok(1));
        check_eq!(sys::read(pipe.read, &mut [0; 4]), Ok(1));
        fill(back)?;
        sys::write(pipe.write, b"full")?;
        check_eq!(
            sys::poll(&mut [interest(back.write, POLLOUT)], 10_000),
            Ok(1)
        );
        Ok(())
    })?;
    sys::nanosleep(Time::from_ns(5_000_000))?;
    sys::write(pipe.write, b"x")?;
    // Until it says that it has filled the other pipe.
    let mut seen = [0];
    while seen != *b"l" {
        sys::nanosleep(Time::from_ns(1_000_000))?;
        let mut fds = [interest(back.read, POLLIN)];
        if sys::poll(&mut fds, 0)? == 1 {
            sys::read(pipe.read, &mut seen)?;
        }
    }
    sys::read(back.read, &mut [0; 2 * PAGE])?;
    finish(child)
}

fn poll_is_woken_by_the_end() -> Outcome {
    let pipe = sys::pipe()?;
    let child = begin(|| {
        sys::close(pipe.write)?;
        let mut fds = [interest(pipe.read, POLLIN)];
        check_eq!(sys::poll(&mut fds, 10_000), Ok(1));
        check_eq!(fds[0].revents as u32, POLLHUP);
        Ok(())
    })?;
    sys::nanosleep(Time::from_ns(5_000_000))?;
    sys::close(pipe.write)?;
    finish(child)
}

fn poll_several() -> Outcome {
    let (a, b) = (sys::pipe()?, sys::pipe()?);
    sys::write(b.write, b"x")?;
    let mut fds = [
        interest(a.read, POLLIN),
        interest(b.read, POLLIN),
        interest(-7, POLLIN),
        interest(a.write, POLLOUT),
        interest(99, 0),
        interest(b.read, POLLIN),
    ];
    // What was there before is replaced.
    fds.iter_mut().for_each(|fd| fd.revents = 0x55);
    check_eq!(sys::poll(&mut fds, -1), Ok(4));
    let found = fds.map(|fd| fd.revents as u32);
    check_eq!(found, [0, POLLIN, 0, POLLOUT, POLLNVAL, POLLIN]);
    Ok(())
}

fn poll_refused() -> Outcome {
    let call = |at: usize, count: usize| {
        // SAFETY: the kernel cannot write there.
        unsafe { sys::call(__NR_poll, &[at, count, 0]) }
    };
    check_eq!(call(8, 1), Err(Errno(EFAULT)));
    check_eq!(call(8, usize::MAX), Err(Errno(EINVAL)));
    check_eq!(call(0, 0), Ok(0));
    Ok(())
}

/// Several readers of one pipe, while others poll another: none is forgotten.
fn several_wait_for_one_pipe() -> Outcome {
    let (here, there) = (sys::pipe()?, sys::pipe()?);
    let reader = || i32::from(sys::read(here.read, &mut [0]) != Ok(1));
    let poller = || i32::from(sys::poll(&mut [interest(there.read, POLLIN)], -1) != Ok(1));
    let readers = [
        sys::spawn(reader)?,
        sys::spawn(reader)?,
        sys::spawn(reader)?,
    ];
    let pollers = [sys::spawn(poller)?, sys::spawn(poller)?];
    // Until all of them wait.
    for _ in 0..20 {
        sys::sched_yield();
    }
    for _ in &readers {
        sys::write(here.write, &[0])?;
        sys::sched_yield();
    }
    for reader in readers {
        check_eq!(reader.wait()?.code(), Some(0));
    }
    sys::write(there.write, &[0])?;
    for poller in pollers {
        check_eq!(poller.wait()?.code(), Some(0));
    }
    Ok(())
}

fn ppoll() -> Outcome {
    let pipe = sys::pipe()?;
    let start = sys::now();
    let time = Time::from_ns(3_000_000);
    check_eq!(
        sys::ppoll(&mut [interest(pipe.read, POLLIN)], Some(&time), None),
        Ok(0)
    );
    check!(sys::now() - start >= 3_000_000);
    check_eq!(
        sys::ppoll(&mut [interest(pipe.write, POLLOUT)], None, Some(&0)),
        Ok(1)
    );
    let wrong = Time {
        seconds: 0,
        nanoseconds: -1,
    };
    check_eq!(sys::ppoll(&mut [], Some(&wrong), None), Err(Errno(EINVAL)));
    Ok(())
}
