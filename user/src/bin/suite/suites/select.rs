//! select and pselect6: who is ready, by bits.

use super::pipe::fill;
use crate::harness::{Case, Outcome, begin, finish};
use quire_user::Errno;
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self, Fd, Time};

/// A part of suite pipe.
pub const CASES: &[Case] = &[
    ("select_a_pipe", select_a_pipe),
    ("select_waits_as_long_as_told", select_waits),
    ("select_is_woken", select_is_woken),
    ("select_refused", select_refused),
    ("pselect_masks", pselect_masks),
];

/// A set of one descriptor.
fn set(fd: Fd) -> [u64; 2] {
    let mut set = [0; 2];
    set[fd as usize / 64] = 1 << (fd % 64);
    set
}

/// pselect6 of 128 descriptors; a null pointer for what is not given.
fn pselect(
    sets: [Option<&mut [u64; 2]>; 3],
    time: Option<&mut Time>,
    mask: Option<&[usize; 2]>,
) -> Result<usize, Errno> {
    let [read, write, except] = sets.map(|set| set.map_or(0, |set| set.as_mut_ptr() as usize));
    let time = time.map_or(0, |time| &raw mut *time as usize);
    let mask = mask.map_or(0, |mask| mask.as_ptr() as usize);
    // SAFETY: the kernel changes the sets and the time only.
    unsafe { sys::call(__NR_pselect6, &[128, read, write, except, time, mask]) }
}

fn now() -> Time {
    Time::from_ns(0)
}

fn select_a_pipe() -> Outcome {
    let pipe = sys::pipe()?;
    let (mut read, mut write) = (set(pipe.read), set(pipe.write));
    let found = pselect(
        [Some(&mut read), Some(&mut write), None],
        Some(&mut now()),
        None,
    );
    check_eq!(found, Ok(1));
    check_eq!((read, write), ([0; 2], set(pipe.write)));
    sys::write(pipe.write, b"x")?;
    let (mut read, mut write, mut except) = (set(pipe.read), set(pipe.write), set(pipe.read));
    let sets = [Some(&mut read), Some(&mut write), Some(&mut except)];
    check_eq!(pselect(sets, None, None), Ok(2));
    check_eq!((read, write), (set(pipe.read), set(pipe.write)));
    check_eq!(except, [0; 2]);
    fill(pipe)?;
    let mut write = set(pipe.write);
    check_eq!(
        pselect([None, Some(&mut write), None], Some(&mut now()), None),
        Ok(0)
    );
    check_eq!(write, [0; 2]);
    // An end of the file can be read.
    sys::close(pipe.write)?;
    let mut read = set(pipe.read);
    check_eq!(pselect([Some(&mut read), None, None], None, None), Ok(1));
    Ok(())
}

fn select_waits() -> Outcome {
    let pipe = sys::pipe()?;
    let mut time = Time::from_ns(30_000_000);
    let started = sys::now();
    let mut read = set(pipe.read);
    check_eq!(
        pselect([Some(&mut read), None, None], Some(&mut time), None),
        Ok(0)
    );
    check!(sys::now() - started >= 30_000_000);
    check_eq!(time.ns(), 0);
    // Without sets it is a sleep; what is left is told in microseconds too.
    let mut time = [0, 20_000u64];
    // SAFETY: the kernel changes the time only.
    let found = unsafe { sys::call(__NR__newselect, &[0, 0, 0, 0, &raw mut time as usize]) };
    check_eq!((found, time), (Ok(0), [0, 0]));
    Ok(())
}

fn select_is_woken() -> Outcome {
    let pipe = sys::pipe()?;
    let child = begin(|| {
        let mut read = set(pipe.read);
        let mut time = Time::from_ns(60_000_000_000);
        check_eq!(
            pselect([Some(&mut read), None, None], Some(&mut time), None),
            Ok(1)
        );
        check_eq!(read, set(pipe.read));
        check!(time.ns() > 0 && time.ns() < 60_000_000_000, "{time:?}");
        Ok(())
    })?;
    sys::nanosleep(Time::from_ns(20_000_000))?;
    sys::write(pipe.write, b"x")?;
    finish(child)
}

fn select_refused() -> Outcome {
    let mut closed = set(99);
    check_eq!(
        pselect([Some(&mut closed), None, None], None, None),
        Err(Errno(EBADF))
    );
    check_eq!(closed, set(99));
    let mut wrong = Time {
        seconds: 0,
        nanoseconds: 1_000_000_000,
    };
    check_eq!(
        pselect([None, None, None], Some(&mut wrong), None),
        Err(Errno(EINVAL))
    );
    for bad in [
        [usize::MAX, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 8, 0],
        [1, 8, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 8],
    ] {
        // SAFETY: what is not there is not changed.
        let refused = unsafe { sys::call(__NR_pselect6, &bad) };
        let wanted = if bad[0] > 1 { EINVAL } else { EFAULT };
        check_eq!(refused, Err(Errno(wanted)));
    }
    Ok(())
}

fn pselect_masks() -> Outcome {
    let mask = 0u64;
    // The size of a mask is that of the kernel's.
    let wrong = [&raw const mask as usize, 4];
    check_eq!(
        pselect([None, None, None], Some(&mut now()), Some(&wrong)),
        Err(Errno(EINVAL))
    );
    let right = [&raw const mask as usize, 8];
    check_eq!(
        pselect([None, None, None], Some(&mut now()), Some(&right)),
        Ok(0)
    );
    check_eq!(
        pselect([None, None, None], Some(&mut now()), Some(&[0, 0])),
        Ok(0)
    );
    Ok(())
}
