//! Pipes: what a reader gets that has waited while it came.

use crate::harness::{Case, Outcome, begin, finish};
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self, Pipe, Time};
use quire_user::{Area, Errno, PAGE};

/// A part of suite pipe.
pub const CASES: &[Case] = &[
    ("who_waited_leaves_the_rest", leaves_the_rest),
    ("who_waited_in_vain_loses_nothing", loses_nothing),
    (
        "who_waited_gets_it_in_pages_of_its_own",
        in_pages_of_its_own,
    ),
    ("who_waited_for_less_lets_the_writer_go_on", writer_goes_on),
    ("who_is_stopped_gets_nothing", stopped),
];

/// Lets the other process come to where it waits: at least it has had the time.
fn pause() -> Outcome {
    Ok(sys::nanosleep(Time::from_ns(5_000_000))?)
}

/// All that is in the pipe.
fn rest<const N: usize>(pipe: Pipe) -> Result<([u8; N], usize), Errno> {
    let mut bytes = [0; N];
    let n = sys::read(pipe.read, &mut bytes)?;
    Ok((bytes, n))
}

fn leaves_the_rest() -> Outcome {
    let pipe = sys::pipe()?;
    let reader = begin(|| {
        check_eq!(rest::<2>(pipe)?, (*b"ab", 2));
        Ok(())
    })?;
    pause()?;
    check_eq!(sys::write(pipe.write, b"abcde"), Ok(5));
    finish(reader)?;
    check_eq!(rest::<3>(pipe)?, (*b"cde", 3));
    Ok(pipe.close()?)
}

fn loses_nothing() -> Outcome {
    let pipe = sys::pipe()?;
    let reader = begin(|| {
        // SAFETY: the kernel cannot write to address 8.
        let result = unsafe { sys::read_at(pipe.read, 8, 3) };
        check_eq!(result, Err(Errno(EFAULT)));
        Ok(())
    })?;
    pause()?;
    check_eq!(sys::write(pipe.write, b"abc"), Ok(3));
    finish(reader)?;
    check_eq!(rest::<3>(pipe)?, (*b"abc", 3));
    Ok(pipe.close()?)
}

/// Two pages that the writer, the reader's parent, has as well, until they are written.
fn in_pages_of_its_own() -> Outcome {
    let pipe = sys::pipe()?;
    let area = Area::private(2 * PAGE)?;
    let at = PAGE - 2;
    area.put(at, b"old!");
    let reader = begin(|| {
        // SAFETY: no Rust object is in an area.
        let result = unsafe { sys::read_at(pipe.read, area.base() + at, 4) };
        check_eq!(result, Ok(4));
        check_eq!(&area.copy::<4>(at), b"new!");
        Ok(())
    })?;
    pause()?;
    check_eq!(sys::write(pipe.write, b"new!"), Ok(4));
    finish(reader)?;
    check_eq!(&area.copy::<4>(at), b"old!");
    area.unmap()?;
    Ok(pipe.close()?)
}

/// The reader reads once. There is room then for all that the writer has left.
fn writer_goes_on() -> Outcome {
    const MORE: usize = 65536 + PAGE;
    let pipe = sys::pipe()?;
    let reader = begin(|| {
        let mut bytes = [0; PAGE];
        check_eq!(sys::read(pipe.read, &mut bytes), Ok(PAGE));
        Ok(())
    })?;
    pause()?;
    check_eq!(sys::write(pipe.write, &[1; MORE]), Ok(MORE));
    finish(reader)?;
    Ok(pipe.close()?)
}

fn stopped() -> Outcome {
    let pipe = sys::pipe()?;
    let reader = begin(|| {
        check_eq!(rest::<1>(pipe)?, (*b"b", 1));
        Ok(())
    })?;
    pause()?;
    sys::kill(reader.0, SIGSTOP)?;
    check_eq!(sys::wait4(reader.0, WUNTRACED)?.1.stopped(), Some(SIGSTOP));
    check_eq!(sys::write(pipe.write, b"a"), Ok(1));
    check_eq!(rest::<1>(pipe)?, (*b"a", 1));
    sys::kill(reader.0, SIGCONT)?;
    check_eq!(sys::write(pipe.write, b"b"), Ok(1));
    finish(reader)?;
    Ok(pipe.close()?)
}
