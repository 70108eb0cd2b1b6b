//! Pipes, and waiting for several descriptors at once.

use super::{Fd, Time};
use crate::Errno;
use linux_raw_sys::general::*;

/// A pipe's two ends.
#[derive(Clone, Copy, Debug)]
pub struct Pipe {
    /// Where to read.
    pub read: Fd,
    /// Where to write.
    pub write: Fd,
}

/// Makes a pipe: by `flags` O_NONBLOCK, O_CLOEXEC.
pub fn pipe2(flags: u32) -> Result<Pipe, Errno> {
    let mut ends = [0 as Fd; 2];
    // SAFETY: the kernel writes the two numbers.
    unsafe { super::call(__NR_pipe2, &[ends.as_mut_ptr() as usize, flags as usize]) }?;
    let [read, write] = ends;
    Ok(Pipe { read, write })
}

/// Makes a pipe.
pub fn pipe() -> Result<Pipe, Errno> {
    let mut ends = [0 as Fd; 2];
    // SAFETY: the kernel writes the two numbers.
    unsafe { super::call(__NR_pipe, &[ends.as_mut_ptr() as usize]) }?;
    let [read, write] = ends;
    Ok(Pipe { read, write })
}

impl Pipe {
    /// Closes both ends.
    pub fn close(self) -> Result<(), Errno> {
        super::close(self.read)?;
        super::close(self.write)
    }
}

/// What [`poll`] should look for.
pub fn interest(fd: Fd, events: u32) -> pollfd {
    pollfd {
        fd,
        events: events as i16,
        revents: 0,
    }
}

calls! {
    /// Waits up to `milliseconds`, for ever if negative, until one of `fds` is ready.
    /// How many are.
    poll(fds: &mut [pollfd], milliseconds: i32) -> usize
        = __NR_poll(fds.as_mut_ptr(), fds.len(), milliseconds);

    /// As [`poll`], with a time of nanoseconds, and a signal mask for as long.
    ppoll(fds: &mut [pollfd], time: Option<&Time>, mask: Option<&u64>) -> usize
        = __NR_ppoll(
            fds.as_mut_ptr(),
            fds.len(),
            time.map_or(0, |time| &raw const *time as usize),
            mask.map_or(0, |mask| &raw const *mask as usize),
            8
        );
}
