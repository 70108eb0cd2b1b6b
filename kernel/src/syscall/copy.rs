//! From file to file without a program's memory: sendfile and copy_file_range.

use super::io::{read_contents, write_contents};
use super::pipe::push_to_pipe;
use super::spans::LIMIT;
use super::{Call, Errno, Outcome, Stop};
use crate::fs::{Body, Device, Ino, Kind, OpenFile};
use crate::lock::Lock;
use alloc::sync::Arc;
use linux_raw_sys::general::O_APPEND;
use vm::{Ea, PAGE_SIZE};

type File = Arc<Lock<OpenFile>>;

/// One of the two files of a copy.
struct End {
    file: File,
    ino: Ino,
    flags: u32,
    /// Where the copy begins.
    at: u64,
    /// Where the caller keeps the offset; 0: in the open file.
    kept_at: u64,
}

/// Reads an offset at `kept_at`, if that is not 0.
fn end(call: &mut Call, fd: i32, kept_at: u64) -> Result<End, Errno> {
    let file = call.process().files.get(fd)?;
    let (ino, own, flags) = {
        let open = file.lock();
        (open.ino(), open.offset, open.flags)
    };
    let at = match kept_at {
        0 => own,
        _ => {
            // It is written when the bytes have been moved, which is not done twice.
            call.memory().require_writable(Ea(kept_at), 8)?;
            call.memory().read_u64(Ea(kept_at))?
        }
    };
    if i64::try_from(at).is_err() {
        return Err(Errno::EINVAL);
    }
    Ok(End {
        ino: ino.ok_or(Errno::EINVAL)?,
        file,
        flags,
        at,
        kept_at,
    })
}

impl End {
    /// EBADF unless it can be read.
    fn require_reads(&self) -> Result<(), Errno> {
        match self.file.lock().mode.reads() {
            true => Ok(()),
            false => Err(Errno::EBADF),
        }
    }

    /// EBADF unless it can be written.
    fn require_writes(&self) -> Result<(), Errno> {
        match self.file.lock().mode.writes() {
            true => Ok(()),
            false => Err(Errno::EBADF),
        }
    }

    /// `done` bytes have been moved.
    fn advance(&self, call: &mut Call, done: u64) -> Result<(), Errno> {
        let offset = self.at + done;
        match self.kept_at {
            0 => self.file.lock().offset = offset,
            kept_at => call.memory().write(Ea(kept_at), &offset.to_ne_bytes())?,
        }
        Ok(())
    }
}

/// Moves up to `count` bytes. Stops where there are no more, or no room.
fn copy(call: &mut Call, from: &End, to: &End, count: u64) -> Outcome {
    let mut buffer = [0; PAGE_SIZE as usize];
    let count = count.min(LIMIT);
    let mut done = 0;
    while done < count {
        let part = &mut buffer[..(count - done).min(PAGE_SIZE) as usize];
        let read = read_contents(call.kernel, from.ino, from.at + done, part);
        if read == 0 {
            break;
        }
        match put(call, to, done, &part[..read]) {
            Ok(written) => done += written,
            Err(stop) if done == 0 => return Err(stop),
            Err(_) => break,
        }
    }
    Ok(done)
}

/// Writes `part`, or the first of it, after the first `done` bytes.
fn put(call: &mut Call, to: &End, done: u64, part: &[u8]) -> Outcome {
    let all = part.len() as u64;
    match &call.kernel.tree.get(to.ino).body {
        Body::File(_) => Ok(write_contents(call.kernel, to.ino, to.at + done, part)? as u64),
        Body::Pipe(_) => push_to_pipe(call, to.ino, to.flags, part),
        Body::Device(Device::Full) => Err(Errno::ENOSPC.into()),
        Body::Device(Device::Console | Device::Tty) => {
            call.kernel.console.settings().write(part);
            Ok(all)
        }
        Body::Device(_) => Ok(all),
        Body::Directory(_) | Body::Link(_) | Body::Event(_) | Body::Alarm(_) => {
            Err(Errno::EINVAL.into())
        }
    }
}

fn kind(call: &Call, end: &End) -> Kind {
    call.kernel.tree.get(end.ino).kind()
}

/// sendfile(2), from a regular file.
pub fn sendfile(call: &mut Call) -> Outcome {
    call.kernel.afford()?;
    let (offset_at, count) = (call.arg(2), call.arg(3));
    let from = end(call, call.int(1), offset_at)?;
    from.require_reads()?;
    let to = end(call, call.int(0), 0)?;
    to.require_writes()?;
    if kind(call, &from) != Kind::Regular || to.flags & O_APPEND != 0 {
        return Err(Errno::EINVAL.into());
    }
    let done = copy(call, &from, &to, count)?;
    from.advance(call, done)?;
    if kind(call, &to) == Kind::Regular {
        to.advance(call, done)?;
    }
    Ok(done)
}

/// copy_file_range(2): between regular files, and within one where the ranges are
/// apart.
pub fn copy_file_range(call: &mut Call) -> Outcome {
    call.kernel.afford()?;
    let (from_at, to_at, count) = (call.arg(1), call.arg(3), call.arg(4));
    if call.bits(5) != 0 {
        return Err(Errno::EINVAL.into());
    }
    let from = end(call, call.int(0), from_at)?;
    let to = end(call, call.int(2), to_at)?;
    from.require_reads()?;
    to.require_writes()?;
    if to.flags & O_APPEND != 0 {
        return Err(Errno::EBADF.into());
    }
    for end in [&from, &to] {
        match kind(call, end) {
            Kind::Regular => {}
            Kind::Directory => return Err(Errno::EISDIR.into()),
            _ => return Err(Errno::EINVAL.into()),
        }
    }
    if from.ino == to.ino && from.at.abs_diff(to.at) < count {
        return Err(Stop::Error(Errno::EINVAL));
    }
    let done = copy(call, &from, &to, count)?;
    from.advance(call, done)?;
    to.advance(call, done)?;
    Ok(done)
}
