//! Reading and writing open files, whatever they are.

use super::pipe::{read_pipe, write_pipe};
use super::spans::{LIMIT, Spans, read_vector};
use super::terminal::Place;
use super::{Call, Errno, Outcome, Stop, UserSlice, counter};
use crate::fs::{Body, Device, Ino, Local, OpenFile, Patience, Target};
use crate::platform;
use crate::process::{NANOSECONDS, Signal, Wait, ticks};
use crate::state::Kernel;
use alloc::vec::Vec;
use linux_raw_sys::general::{O_APPEND, O_NOATIME, O_NONBLOCK};

/// Where in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Offset {
    /// At the open file's own offset, which moves on.
    Own,
    /// There.
    At(u64),
}

/// What pread and its kin say of their offset.
fn offset(number: u64) -> Result<Offset, Errno> {
    match i64::try_from(number) {
        Ok(_) => Ok(Offset::At(number)),
        Err(_) => Err(Errno::EINVAL),
    }
}

fn spans(slices: &Result<Vec<UserSlice>, Errno>) -> Result<Spans<'_>, Errno> {
    slices.as_deref().map(Spans::of).map_err(|error| *error)
}

/// read(2).
pub fn read(call: &mut Call) -> Outcome {
    let to = Spans::one(call.arg(1), call.arg(2));
    read_next(call, to)
}

/// readv(2).
pub fn readv(call: &mut Call) -> Outcome {
    let to = read_vector(call, call.arg(1), call.arg(2));
    read_next(call, spans(&to))
}

/// pread(2).
pub fn pread64(call: &mut Call) -> Outcome {
    let to = Spans::one(call.arg(1), call.arg(2));
    let offset = offset(call.arg(3))?;
    read_to(call, to, offset)
}

/// preadv(2). The upper half of the offset, argument 4, is for machines of 32 bits.
pub fn preadv(call: &mut Call) -> Outcome {
    let to = read_vector(call, call.arg(1), call.arg(2));
    let offset = offset(call.arg(3))?;
    read_to(call, spans(&to), offset)
}

/// write(2).
pub fn write(call: &mut Call) -> Outcome {
    let from = Spans::one(call.arg(1), call.arg(2));
    write_next(call, from)
}

/// writev(2).
pub fn writev(call: &mut Call) -> Outcome {
    let from = read_vector(call, call.arg(1), call.arg(2));
    write_next(call, spans(&from))
}

/// pwrite(2). As in Linux, O_APPEND goes before the offset (BUGS there).
pub fn pwrite64(call: &mut Call) -> Outcome {
    let from = Spans::one(call.arg(1), call.arg(2));
    let offset = offset(call.arg(3))?;
    write_from(call, from, offset)
}

/// pwritev(2).
pub fn pwritev(call: &mut Call) -> Outcome {
    let from = read_vector(call, call.arg(1), call.arg(2));
    let offset = offset(call.arg(3))?;
    write_from(call, spans(&from), offset)
}

/// Whether something like a pipe is open, which has no offsets.
pub fn is_stream(kernel: &Kernel, file: &OpenFile) -> bool {
    let Some(ino) = file.ino() else {
        return false;
    };
    match &kernel.tree.get(ino).body {
        Body::Pipe(_) | Body::Event(_) | Body::Alarm(_) => true,
        Body::Device(device) => device.is_console(),
        _ => false,
    }
}

#[inline(always)]
fn read_next(call: &mut Call, to: Result<Spans, Errno>) -> Outcome {
    match read_pipe(call, &to)? {
        Some(done) => Ok(done),
        None => read_to(call, to, Offset::Own),
    }
}

#[inline(never)]
fn read_to(call: &mut Call, to: Result<Spans, Errno>, offset: Offset) -> Outcome {
    let file = call.process().files.get(call.int(0))?;
    let mut file = file.lock();
    if !file.mode.reads() {
        return Err(Errno::EBADF.into());
    }
    if offset != Offset::Own && is_stream(call.kernel, &file) {
        return Err(Errno::ESPIPE.into());
    }
    let to = to?;
    let at = match offset {
        Offset::Own => file.offset,
        Offset::At(at) => at,
    };
    let done = read_at(call, &file, &to, at)?;
    if offset == Offset::Own {
        file.offset += done;
    }
    Ok(done)
}

#[inline]
fn read_at(call: &mut Call, file: &OpenFile, to: &Spans, at: u64) -> Outcome {
    let hold = match &file.target {
        Target::List(..) => return Err(Errno::EISDIR.into()),
        Target::Text(_, text) => return read_text(call, text, to, at),
        Target::Inode(hold) => hold,
    };
    let ino = hold.ino();
    match &call.kernel.tree.get(ino).body {
        Body::Directory(_) => Err(Errno::EISDIR.into()),
        // A pipe has been found by `read_next`.
        Body::Link(_) | Body::Pipe(_) => Err(Errno::EBADF.into()),
        Body::File(_) => read_file(call, file, ino, to, at),
        Body::Device(device) if device.is_console() => read_console(call, file, to),
        Body::Device(device) => read_device(call, *device, to),
        Body::Event(_) | Body::Alarm(_) => counter::read(call, ino, to, file.flags),
    }
}

fn read_text(call: &mut Call, text: &[u8], to: &Spans, at: u64) -> Outcome {
    let start = usize::try_from(at).unwrap_or(usize::MAX);
    let text = text.get(start..).unwrap_or_default();
    let done = to.fill(call, LIMIT, |_, done, buffer| {
        let rest = &text[done as usize..];
        let part = &rest[..rest.len().min(buffer.len())];
        buffer[..part.len()].copy_from_slice(part);
        Ok(part.len())
    })?;
    Ok(done)
}

fn read_file(call: &mut Call, file: &OpenFile, ino: Ino, to: &Spans, at: u64) -> Outcome {
    let now = call.kernel.file_time();
    let done = to.fill(call, LIMIT, |kernel, done, buffer| {
        Ok(read_contents(kernel, ino, at.saturating_add(done), buffer))
    })?;
    if to.len() > 0 && file.flags & O_NOATIME == 0 {
        call.kernel.tree.get_mut(ino).times.access(now);
    }
    Ok(done)
}

/// Copies what the regular file `ino` has at `at`. Gives how much that is.
pub fn read_contents(kernel: &mut Kernel, ino: Ino, at: u64, to: &mut [u8]) -> usize {
    match &kernel.tree.get(ino).body {
        Body::File(contents) => contents.read(&mut kernel.vm, at, to),
        _ => 0,
    }
}

fn read_device(call: &mut Call, device: Device, to: &Spans) -> Outcome {
    let done = to.fill(call, LIMIT, |_, _, buffer| match device.fill(buffer) {
        true => Ok(buffer.len()),
        false => Ok(0),
    })?;
    Ok(done)
}

/// One line, or as much of it as there is room for. What could not be handed
/// over stays to be read.
fn read_console(call: &mut Call, file: &OpenFile, to: &Spans) -> Outcome {
    if to.len() == 0 {
        return Ok(0);
    }
    if call.check_foreground(Signal::TTIN)? == Place::Background {
        return Err(Errno::EIO.into());
    }
    let max = to.len().min(LIMIT) as usize;
    let line = match call.kernel.console.read(max) {
        Some(line) => line,
        None => wait_for_keys(call, file, max)?,
    };
    let done = to.fill(call, line.len() as u64, |_, done, buffer| {
        buffer.copy_from_slice(&line[done as usize..][..buffer.len()]);
        Ok(buffer.len())
    });
    let kept = *done.as_ref().unwrap_or(&0) as usize;
    if kept < line.len() {
        call.kernel.console.put_back(line[kept..].into());
    }
    Ok(done?)
}

/// Too little has been typed for a reader of up to `max` bytes: what it gets if it does not
/// wait any longer.
fn wait_for_keys(call: &mut Call, file: &OpenFile, max: usize) -> Result<Vec<u8>, Stop> {
    let console = &mut call.kernel.console;
    let patience = console.patience();
    if file.flags & O_NONBLOCK != 0 {
        return match console.available() {
            0 => Err(Errno::EAGAIN.into()),
            _ => Ok(console.read_now(max)),
        };
    }
    let tenths = |count| ticks(0, count * (NANOSECONDS / 10), platform::timebase_hz());
    let until = match patience {
        Patience::Forever => return Err(Stop::Wait(Wait::Console)),
        Patience::AfterCall(count) => call.deadline_after(tenths(count)),
        Patience::AfterKey(time, count) => time.saturating_add(tenths(count)),
    };
    match platform::timebase() < until {
        true => Err(Stop::Wait(Wait::Key(until))),
        false => Ok(call.kernel.console.read_now(max)),
    }
}

#[inline(always)]
fn write_next(call: &mut Call, from: Result<Spans, Errno>) -> Outcome {
    match write_pipe(call, &from)? {
        Some(done) => Ok(done),
        None => write_from(call, from, Offset::Own),
    }
}

#[inline(never)]
fn write_from(call: &mut Call, from: Result<Spans, Errno>, offset: Offset) -> Outcome {
    let file = call.process().files.get(call.int(0))?;
    let mut file = file.lock();
    if !file.mode.writes() {
        return Err(Errno::EBADF.into());
    }
    if offset != Offset::Own && is_stream(call.kernel, &file) {
        return Err(Errno::ESPIPE.into());
    }
    let from = from?;
    // Nothing of /proc can be opened for writing.
    let ino = file.ino().ok_or(Errno::EBADF)?;
    let at = start_of_write(call.kernel, &file, ino, offset);
    match &call.kernel.tree.get(ino).body {
        Body::File(_) => {
            let done = write_file(call, ino, &from, at)?;
            // With O_APPEND, not even to the end if nothing is written.
            if offset == Offset::Own && done > 0 {
                file.offset = at + done;
            }
            Ok(done)
        }
        Body::Device(device) => write_device(call, *device, &from),
        Body::Event(_) | Body::Alarm(_) => counter::write(call, ino, &from, file.flags),
        // A pipe has been found by `write_next`.
        Body::Directory(_) | Body::Link(_) | Body::Pipe(_) => Err(Errno::EBADF.into()),
    }
}

fn start_of_write(kernel: &Kernel, file: &OpenFile, ino: Ino, offset: Offset) -> u64 {
    match offset {
        _ if file.flags & O_APPEND != 0 => kernel.tree.get(ino).size(),
        Offset::Own => file.offset,
        Offset::At(at) => at,
    }
}

fn write_file(call: &mut Call, ino: Ino, from: &Spans, at: u64) -> Outcome {
    call.kernel.afford()?;
    let done = from.drain(call, LIMIT, |kernel, done, part| {
        write_contents(kernel, ino, at.saturating_add(done), part)
    })?;
    Ok(done)
}

/// Writes to the regular file `ino` at `at`. Gives how much was written.
///
/// # Errors
/// EFBIG, ENOSPC, ENOMEM: nothing was.
pub fn write_contents(kernel: &mut Kernel, ino: Ino, at: u64, from: &[u8]) -> Result<usize, Errno> {
    let now = kernel.file_time();
    let inode = kernel.tree.get_mut(ino);
    let Body::File(contents) = &mut inode.body else {
        return Err(Errno::EINVAL);
    };
    let done = contents.write(&mut kernel.vm, at, from)?;
    if done > 0 {
        inode.times.modify(now);
    }
    Ok(done)
}

fn write_device(call: &mut Call, device: Device, from: &Spans) -> Outcome {
    match device {
        Device::Null | Device::Zero | Device::Random | Device::Urandom => Ok(from.len()),
        Device::Full if from.len() == 0 => Ok(0),
        Device::Full => Err(Errno::ENOSPC.into()),
        Device::Console | Device::Tty => {
            if call.kernel.console.settings().local.contains(Local::TOSTOP) {
                call.check_foreground(Signal::TTOU)?;
            }
            let done = from.drain(call, LIMIT, |kernel, _, part| {
                kernel.console.settings().write(part);
                Ok(part.len())
            })?;
            Ok(done)
        }
    }
}
