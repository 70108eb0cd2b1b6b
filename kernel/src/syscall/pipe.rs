//! Pipes: pipe, pipe2, and how they are read and written (pipe(7)).

use super::spans::Spans;
use super::{Call, Errno, Outcome, Stop};
use crate::frame_bytes::{copy_bytes, frame_bytes};
use crate::fs::{Ino, Mode, OnExec, OpenFile, Pipe, Role};
use crate::process::{Code, Info, Signal, Target as SentTo, Wait};
use crate::state::{Kernel, Vm};
use linux_raw_sys::general::{O_CLOEXEC, O_NONBLOCK, PIPE_BUF};
use vm::{Access, Ea, SpaceId};

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

/// What is needed to move bytes between a pipe and the caller's memory.
struct Parts<'a> {
    pipe: &'a mut Pipe,
    vm: &'a mut Vm,
    space: SpaceId,
}

#[inline(always)]
fn parts<'a>(call: &'a mut Call, ino: Ino) -> Result<Parts<'a>, Errno> {
    let space = call.process().space();
    let Kernel { tree, vm, .. } = &mut *call.kernel;
    let pipe = tree.pipe(ino).ok_or(Errno::EINVAL)?;
    Ok(Parts { pipe, vm, space })
}

/// The caller waits for the pipe to change, unless it will not.
fn wait(ino: Ino, flags: u32) -> Stop {
    match flags & O_NONBLOCK {
        0 => Stop::Wait(Wait::Pipe(ino)),
        _ => Errno::EAGAIN.into(),
    }
}

/// What is there, without waiting for more.
#[inline(always)]
pub fn read_pipe(call: &mut Call, ino: Ino, to: &Spans, flags: u32) -> Outcome {
    let pipe = call.kernel.tree.pipe(ino).ok_or(Errno::EINVAL)?;
    if to.len() == 0 {
        return Ok(0);
    }
    match (pipe.len(), pipe.writers) {
        (0, 0) => Ok(0),
        (0, _) => Err(wait(ino, flags)),
        _ => Ok(take_out(call, ino, to)?),
    }
}

#[inline(never)]
fn take_out(call: &mut Call, ino: Ino, to: &Spans) -> Result<u64, Errno> {
    let Parts { pipe, vm, space } = parts(call, ino)?;
    let done = to.each(0, pipe.len(), |done, at, len| {
        let to = vm.resolve(space, at, Access::Write)?;
        pipe.each_piece(vm, done, len, |vm, from, piece| {
            copy_bytes(vm, from, (to, at.offset() + piece.start), piece.len());
        })?;
        Ok(len)
    })?;
    pipe.consume(done);
    call.kernel.pipe_changed(ino);
    Ok(done)
}

/// Up to PIPE_BUF bytes go in together or not at all. More go in as there is room, and
/// the caller waits until all have: how many have is noted in the meantime.
#[inline(never)]
pub fn write_pipe(call: &mut Call, ino: Ino, from: &Spans, flags: u32) -> Outcome {
    let len = from.len();
    let together = len <= PIPE_BUF.into();
    let before = if together { 0 } else { progress(call) };
    let Parts { pipe, vm, space } = parts(call, ino)?;
    if len == 0 {
        return Ok(0);
    }
    if pipe.readers == 0 {
        return broken(call);
    }
    let room = pipe.room();
    if room < if together { len } else { 1 } {
        return pause(call, ino, flags, before);
    }
    let (end, inside) = (len.min(before + room), pipe.len());
    let moved = from.each(before, end, |done, at, len| {
        // All that needs memory comes before the program's page is looked up.
        pipe.each_piece(vm, inside + done, len, |_, _, _| {})?;
        let from = vm.resolve(space, at, Access::Read)?;
        pipe.each_piece(vm, inside + done, len, |vm, to, piece| {
            copy_bytes(vm, (from, at.offset() + piece.start), to, piece.len());
        })?;
        Ok(len)
    });
    let moved = match moved {
        Ok(moved) if together && moved < len => Err(Errno::EFAULT),
        other => other,
    };
    if let Ok(moved) = moved {
        pipe.add(moved);
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
    let Parts { pipe, vm, .. } = parts(call, ino)?;
    let room = pipe.room();
    if pipe.readers == 0 {
        return broken(call);
    }
    if room == 0 {
        return Err(wait(ino, flags));
    }
    let part = &part[..part.len().min(room as usize)];
    pipe.each_piece(vm, pipe.len(), part.len(), |vm, (frame, inside), piece| {
        frame_bytes(vm, frame)[inside..][..piece.len()].copy_from_slice(&part[piece]);
    })?;
    pipe.add(part.len() as u64);
    call.kernel.pipe_changed(ino);
    Ok(part.len() as u64)
}

/// There is no room for more after the first `done` bytes.
#[inline(never)]
fn pause(call: &mut Call, ino: Ino, flags: u32, done: u64) -> Outcome {
    if flags & O_NONBLOCK != 0 && done > 0 {
        set_progress(call, 0);
        return Ok(done);
    }
    set_progress(call, done);
    Err(wait(ino, flags))
}

/// Nobody can read: the writer gets SIGPIPE, and EPIPE if it lives on.
#[cold]
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
