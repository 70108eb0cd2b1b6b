//! Looking at the kernel from both sides of a fork, with nothing in between.

use crate::batch::Call;
use crate::sys::{self, Time};
use crate::{Area, Errno, PAGE, sc};
use core::ffi::CStr;
use linux_raw_sys::general::*;

/// What was seen.
pub struct Sample {
    /// The clock just before the fork, in ns.
    pub before: u64,
    /// The clock at the child's first instruction.
    pub child: u64,
    /// The files given, as the parent read them just before the fork.
    pub files_before: Area,
    /// The files given, as the child read them as its first act.
    pub files_child: Area,
}

/// Bytes kept for the text of one file in [`Sample::files_before`].
pub const FILE_ROOM: usize = 2 * PAGE;

/// The most files that [`look`] reads.
const MAX_FILES: usize = 2;
/// What wait4 takes for any child: -1.
const ANY_CHILD: usize = usize::MAX;
/// Calls for each file: open, read, close.
const PER_FILE: usize = 3;

impl Sample {
    /// The text of file `i` in one of the two areas.
    pub fn text(area: Area, i: usize, buffer: &mut [u8; FILE_ROOM]) -> &str {
        let part = area.part(i * FILE_ROOM, FILE_ROOM);
        for (offset, byte) in buffer.iter_mut().enumerate() {
            *byte = part.load(offset);
        }
        let end = buffer.iter().position(|&b| b == 0).unwrap_or(FILE_ROOM);
        core::str::from_utf8(&buffer[..end]).unwrap_or("")
    }
}

/// Forks once and takes the times.
pub fn measure() -> Result<Sample, Errno> {
    let sample = look(&[])?;
    sample.files_before.unmap()?;
    sample.files_child.unmap()?;
    Ok(sample)
}

/// Forks once; both sides read the clock and then `files`, at most two. The
/// child exits at once, and the parent, which must have no other, waits for it.
///
/// All results go to shared memory that was touched before, and the calls are
/// made in a row: between what the two sides read there is the fork, one read of
/// the clock, and the opening of a file. Nothing private is written, so there is
/// no copy.
pub fn look(files: &[&CStr]) -> Result<Sample, Errno> {
    assert!(files.len() <= MAX_FILES);
    let plan = Plan::new()?;
    // SAFETY: the plan's areas are its own, and its list is not running yet.
    unsafe { plan.write(files) };
    // SAFETY: the calls write to the plan's areas only; one way through the list
    // comes to its end, and the other exits.
    unsafe { sc::run(plan.calls() as *const Call) };
    plan.call(plan.fork_index(files)).result()?;
    plan.call(plan.fork_index(files) + 1).result()?;
    plan.sample()
}

/// Zero pages that both sides may write, touched already.
fn shared(len: usize) -> Result<Area, Errno> {
    let area = Area::shared(len)?;
    (0..len)
        .step_by(PAGE)
        .for_each(|offset| area.store_word(offset, 0));
    Ok(area)
}

/// The list of calls, and where their results go.
struct Plan {
    /// Page 0: the two times. Page 1: the calls, with what they return.
    table: Area,
    before: Area,
    child: Area,
    /// What open will return on both sides: the lowest free number.
    fd: usize,
}

impl Plan {
    fn new() -> Result<Plan, Errno> {
        let fd = sys::dup(2)?;
        sys::close(fd)?;
        Ok(Plan {
            table: shared(2 * PAGE)?,
            before: shared(MAX_FILES * FILE_ROOM)?,
            child: shared(MAX_FILES * FILE_ROOM)?,
            fd: fd as usize,
        })
    }

    /// What was seen, once the list has run.
    fn sample(self) -> Result<Sample, Errno> {
        let clock = |i: usize| {
            let at = self.table.part(i * size_of::<Time>(), size_of::<Time>());
            let (seconds, nanoseconds) = (at.load_word(0) as i64, at.load_word(8) as i64);
            Time {
                seconds,
                nanoseconds,
            }
            .ns()
        };
        let sample = Sample {
            before: clock(0),
            child: clock(1),
            files_before: self.before,
            files_child: self.child,
        };
        self.table.unmap()?;
        Ok(sample)
    }

    /// Where the calls are.
    fn calls(&self) -> usize {
        self.table.base() + PAGE
    }

    /// Which call the fork is.
    fn fork_index(&self, files: &[&CStr]) -> usize {
        files.len() * PER_FILE + 1
    }

    fn call(&self, i: usize) -> &Call {
        // SAFETY: `write` put a call at each place that is asked for.
        unsafe { &*(self.calls() as *const Call).add(i) }
    }

    /// Parent: read the files, clock 0, fork, wait for the child, end. It
    /// waits in the list, so that it writes nothing while the child looks, should
    /// the two take turns.
    /// Child: clock 1, read the files, exit.
    ///
    /// # Safety
    /// The list must not be running.
    unsafe fn write(&self, files: &[&CStr]) {
        let mut next = 0;
        let mut put = |call: Call| {
            // SAFETY: there is a page for the calls, and no more than 20 of 72 bytes.
            unsafe { (self.calls() as *mut Call).add(next).write(call) };
            next += 1;
        };
        files.iter().enumerate().for_each(|(i, file)| {
            self.read(file, self.before, i)
                .into_iter()
                .for_each(&mut put)
        });
        put(self.clock(0));
        let child_list = self.calls() + (self.fork_index(files) + 3) * size_of::<Call>();
        put(Call {
            on_zero: child_list as *const Call,
            ..Call::new(__NR_fork, &[])
        });
        put(Call::new(__NR_wait4, &[ANY_CHILD, 0, 0, 0]));
        put(Call::end());
        put(self.clock(1));
        files.iter().enumerate().for_each(|(i, file)| {
            self.read(file, self.child, i)
                .into_iter()
                .for_each(&mut put)
        });
        put(Call::new(__NR_exit_group, &[0]));
    }

    /// The calls that read one file into its place of `area`.
    fn read(&self, file: &CStr, area: Area, i: usize) -> [Call; PER_FILE] {
        let place = area.part(i * FILE_ROOM, FILE_ROOM).base();
        [
            Call::new(__NR_open, &[file.as_ptr() as usize, O_RDONLY as usize]),
            Call::new(__NR_read, &[self.fd, place, FILE_ROOM - 1]),
            Call::new(__NR_close, &[self.fd]),
        ]
    }

    /// The call that stores the time in place `i` of the clocks.
    fn clock(&self, i: usize) -> Call {
        let place = self.table.base() + i * size_of::<Time>();
        Call::new(__NR_clock_gettime, &[CLOCK_MONOTONIC as usize, place])
    }
}
