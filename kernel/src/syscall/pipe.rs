//! Pipes: pipe, pipe2, and how they are read and written (pipe(7)).

use super::spans::Spans;
use super::{Call, Errno, Outcome, Stop};
use crate::fs::{Ino, Mode, OnExec, OpenFile, Pipe, Role};
use crate::process::{Code, Info, Signal, Target as SentTo, Wait};
use linux_raw_sys::general::{O_CLOEXEC, O_NONBLOCK, PIPE_BUF};
use vm::Ea;

/// pipe(2).
pub fn pipe(call: &mut Call) -> Outcome {
    make(call, 0)
}

/// pipe2(2). O_DIRECT, packets, is EINVAL.
pub fn pipe2(call: &mut Call) -> Outcome {
    make(call, call.bits(1))
}

fn make(call: &mut Call, flags: u32) -> Outcome {
    if flags & !(O_CLOEXEC | O_NONBLOCK) != 0 {
        return Err(Errno::EINVAL.into());
    }
    call.kernel.afford()?;
    call.process().files.require_room(2)?;
    let at = call.arg(0);
    // So that what cannot be told is not made.
    let mut numbers = [0; 8];
    call.memory()
        .require_writable(Ea(at), numbers.len() as u64)?;
    let now = call.kernel.file_time();
    let ino = call.kernel.tree.make_pipe(&mut call.kernel.vm, now)?;
    let ends = [(Role::Reader, Mode::Read), (Role::Writer, Mode::Write)];
    for (n, (role, mode)) in ends.into_iter().enumerate() {
        let hold = call.kernel.tree.hold(ino, role);
        let file = OpenFile::new(hold, mode, flags & O_NONBLOCK);
        let fd = call
            .process_mut()
            .files
            .add(file, OnExec::from_flags(flags))?;
        numbers[4 * n..4 * n + 4].copy_from_slice(&fd.to_ne_bytes());
    }
    call.memory().write(Ea(at), &numbers)?;
    Ok(0)
}

fn state<'a>(call: &'a mut Call, ino: Ino) -> Result<&'a mut Pipe, Errno> {
    call.kernel.tree.pipe(ino).ok_or(Errno::EINVAL)
}

/// The caller waits for the pipe to change, unless it will not.
fn wait(ino: Ino, flags: u32) -> Stop {
    match flags & O_NONBLOCK {
        0 => Stop::Wait(Wait::Pipe(ino)),
        _ => Errno::EAGAIN.into(),
    }
}

/// What is there, without waiting for more.
#[inline]
pub fn read_pipe(call: &mut Call, ino: Ino, to: &Spans, flags: u32) -> Outcome {
    let pipe = state(call, ino)?;
    let (len, writers) = (pipe.len(), pipe.writers);
    if to.len() == 0 {
        return Ok(0);
    }
    if len == 0 {
        return match writers {
            0 => Ok(0),
            _ => Err(wait(ino, flags)),
        };
    }
    let done = to.fill(call, len, |kernel, done, buffer| {
        if let Some(pipe) = kernel.tree.pipe(ino) {
            let pipe: &Pipe = pipe;
            pipe.peek(&mut kernel.vm, done, buffer);
        }
        Ok(buffer.len())
    })?;
    state(call, ino)?.consume(done);
    call.kernel.pipe_changed(ino);
    Ok(done)
}

/// Up to PIPE_BUF bytes go in together or not at all. More go in as there is room, and
/// the caller waits until all have: how many have is noted in the meantime.
#[inline]
pub fn write_pipe(call: &mut Call, ino: Ino, from: &Spans, flags: u32) -> Outcome {
    let pipe = state(call, ino)?;
    let (room, readers) = (pipe.room(), pipe.readers);
    let (len, before) = (from.len(), progress(call));
    if len == 0 {
        return Ok(0);
    }
    if readers == 0 {
        return broken(call);
    }
    let least = if len <= PIPE_BUF.into() { len } else { 1 };
    if room < least {
        return pause(call, ino, flags, before);
    }
    let end = len.min(before + room);
    let moved = from.drain(call, before, end, |kernel, done, part| {
        let pipe = kernel.tree.pipe(ino).ok_or(Errno::EINVAL)?;
        pipe.put(&mut kernel.vm, done, part).map(|()| part.len())
    });
    let moved = match moved {
        Ok(moved) if least == len && moved < len => Err(Errno::EFAULT),
        other => other,
    };
    if let Ok(moved) = moved {
        state(call, ino)?.add(moved);
        call.kernel.pipe_changed(ino);
    }
    let done = match moved {
        Ok(moved) => before + moved,
        Err(error) if before == 0 => return Err(error.into()),
        Err(_) => before,
    };
    if done == end && done < len {
        return pause(call, ino, flags, done);
    }
    if before > 0 {
        set_progress(call, 0);
    }
    Ok(done)
}

/// As much of `part` as there is room for; the caller waits while there is none.
pub fn push_to_pipe(call: &mut Call, ino: Ino, flags: u32, part: &[u8]) -> Outcome {
    let pipe = state(call, ino)?;
    let (room, readers) = (pipe.room(), pipe.readers);
    if readers == 0 {
        return broken(call);
    }
    if room == 0 {
        return Err(wait(ino, flags));
    }
    let part = &part[..part.len().min(room as usize)];
    let pipe = call.kernel.tree.pipe(ino).ok_or(Errno::EINVAL)?;
    pipe.put(&mut call.kernel.vm, 0, part)?;
    pipe.add(part.len() as u64);
    call.kernel.pipe_changed(ino);
    Ok(part.len() as u64)
}

/// There is no room for more after the first `done` bytes.
fn pause(call: &mut Call, ino: Ino, flags: u32, done: u64) -> Outcome {
    if flags & O_NONBLOCK != 0 && done > 0 {
        set_progress(call, 0);
        return Ok(done);
    }
    set_progress(call, done);
    Err(wait(ino, flags))
}

/// Nobody can read: the writer gets SIGPIPE, and EPIPE if it lives on.
fn broken(call: &mut Call) -> Outcome {
    let done = progress(call);
    set_progress(call, 0);
    let info = Info::from(Signal::PIPE, Code::USER, call.pid);
    call.kernel.signal(SentTo::Thread(call.tid), info)?;
    match done {
        0 => Err(Errno::EPIPE.into()),
        _ => Ok(done),
    }
}

/// Bytes that this call has moved before it had to wait.
fn progress(call: &Call) -> u64 {
    call.task().progress
}

fn set_progress(call: &mut Call, done: u64) {
    call.task_mut().progress = done;
}
