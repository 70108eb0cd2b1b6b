//! Descriptors: close, duplicate, and what fcntl tells and changes.

use super::io::is_stream;
use super::{Call, Errno, Outcome};
use crate::fs::{Body, Mode, OnExec, OpenFile, Pipe, Target};
use crate::lock::Lock;
use alloc::sync::Arc;
use linux_raw_sys::general::{
    F_ADD_SEALS, F_DUPFD, F_DUPFD_CLOEXEC, F_GET_SEALS, F_GETFD, F_GETFL, F_GETPIPE_SZ,
    F_SEAL_SEAL, F_SETFD, F_SETFL, FD_CLOEXEC, O_APPEND, O_CLOEXEC, O_DIRECT, O_NOATIME,
    O_NONBLOCK, O_PATH, O_RDONLY, O_RDWR, O_WRONLY, POSIX_FADV_NOREUSE,
};

/// linux/close_range.h.
const CLOSE_RANGE_CLOEXEC: u32 = 4;

type File = Arc<Lock<OpenFile>>;

/// close(2).
pub fn close(call: &mut Call) -> Outcome {
    let fd = call.int(0);
    call.process_mut().files.close(fd)?;
    Ok(0)
}

/// dup(2).
pub fn dup(call: &mut Call) -> Outcome {
    call.kernel.afford()?;
    let file = call.process().files.get(call.int(0))?;
    Ok(call.process_mut().files.add(file, OnExec::Keep)? as u64)
}

/// dup2(2).
pub fn dup2(call: &mut Call) -> Outcome {
    let (old, new) = (call.int(0), call.int(1));
    let file = call.process().files.get(old)?;
    if old != new {
        set(call, new, file, OnExec::Keep)?;
    }
    Ok(new as u64)
}

/// dup3(2).
pub fn dup3(call: &mut Call) -> Outcome {
    let (old, new, flags) = (call.int(0), call.int(1), call.bits(2));
    if flags & !O_CLOEXEC != 0 || old == new {
        return Err(Errno::EINVAL.into());
    }
    let file = call.process().files.get(old)?;
    set(call, new, file, OnExec::from_flags(flags))?;
    Ok(new as u64)
}

fn set(call: &mut Call, fd: i32, file: File, on_exec: OnExec) -> Result<(), Errno> {
    call.kernel.afford()?;
    call.process_mut().files.set(fd, file, on_exec)
}

/// fcntl(2). There are no locks, leases and signals of files: those commands are
/// EINVAL.
pub fn fcntl(call: &mut Call) -> Outcome {
    let (fd, command) = (call.int(0), call.bits(1));
    let file = call.process().files.get(fd)?;
    let is_path = file.lock().mode == Mode::Path;
    match command {
        F_DUPFD => duplicate(call, file, OnExec::Keep),
        F_DUPFD_CLOEXEC => duplicate(call, file, OnExec::Close),
        F_GETFD => Ok(match call.process().files.on_exec(fd)? {
            OnExec::Close => FD_CLOEXEC.into(),
            OnExec::Keep => 0,
        }),
        F_SETFD => {
            let on_exec = match call.bits(2) & FD_CLOEXEC {
                0 => OnExec::Keep,
                _ => OnExec::Close,
            };
            call.process_mut().files.set_on_exec(fd, on_exec)?;
            Ok(0)
        }
        F_GETFL => Ok(status_flags(&file.lock()).into()),
        // Nothing else can be done with O_PATH (open(2)).
        _ if is_path => Err(Errno::EBADF.into()),
        F_SETFL => set_status_flags(call, &mut file.lock()),
        F_GETPIPE_SZ => pipe_size(call, &file.lock()),
        F_GET_SEALS => seals(call, &file.lock()),
        F_ADD_SEALS => {
            seals(call, &file.lock())?;
            Err(Errno::EPERM.into())
        }
        _ => Err(Errno::EINVAL.into()),
    }
}

fn duplicate(call: &mut Call, file: File, on_exec: OnExec) -> Outcome {
    call.kernel.afford()?;
    let least = call.int(2);
    let fd = call.process_mut().files.add_from(least, file, on_exec)?;
    Ok(fd as u64)
}

fn status_flags(file: &OpenFile) -> u32 {
    let mode = match file.mode {
        Mode::Read => O_RDONLY,
        Mode::Write => O_WRONLY,
        Mode::ReadWrite => O_RDWR,
        Mode::Path => O_PATH,
    };
    mode | file.flags
}

/// O_APPEND, O_NONBLOCK and O_NOATIME can be changed; other bits are ignored, but
/// O_DIRECT, which no file here has, is EINVAL.
fn set_status_flags(call: &Call, file: &mut OpenFile) -> Outcome {
    const CHANGED: u32 = O_APPEND | O_NONBLOCK | O_NOATIME;
    if call.bits(2) & O_DIRECT != 0 {
        return Err(Errno::EINVAL.into());
    }
    file.flags = file.flags & !CHANGED | call.bits(2) & CHANGED;
    Ok(0)
}

fn pipe_size(call: &Call, file: &OpenFile) -> Outcome {
    match is_pipe(call, file) {
        true => Ok(Pipe::SIZE),
        false => Err(Errno::EBADF.into()),
    }
}

fn is_pipe(call: &Call, file: &OpenFile) -> bool {
    let is_pipe = |ino| matches!(call.kernel.tree.get(ino).body, Body::Pipe(_));
    file.ino().is_some_and(is_pipe)
}

/// No file can be sealed: each has the seal that says so, as Linux's memfds have that
/// were not made for it.
fn seals(call: &Call, file: &OpenFile) -> Outcome {
    let is_file = |ino| matches!(call.kernel.tree.get(ino).body, Body::File(_));
    match file.ino() {
        Some(ino) if is_file(ino) => Ok(F_SEAL_SEAL.into()),
        _ => Err(Errno::EINVAL.into()),
    }
}

/// posix_fadvise(2): what is in memory needs no advice. ESPIPE for what is no file.
pub fn fadvise64(call: &mut Call) -> Outcome {
    let file = call.process().files.get(call.int(0))?;
    let file = file.lock();
    if file.mode == Mode::Path {
        return Err(Errno::EBADF.into());
    }
    if is_pipe(call, &file) {
        return Err(Errno::ESPIPE.into());
    }
    let is_known = call.bits(3) <= POSIX_FADV_NOREUSE;
    match is_known && call.arg(2) as i64 >= 0 {
        true => Ok(0),
        false => Err(Errno::EINVAL.into()),
    }
}

/// close_range(2). CLOSE_RANGE_UNSHARE is EINVAL: threads always share their files.
pub fn close_range(call: &mut Call) -> Outcome {
    let (first, last, flags) = (call.bits(0), call.bits(1), call.bits(2));
    if flags & !CLOSE_RANGE_CLOEXEC != 0 || first > last {
        return Err(Errno::EINVAL.into());
    }
    let files = &mut call.process_mut().files;
    for fd in files.open(first, last) {
        match flags & CLOSE_RANGE_CLOEXEC {
            0 => files.close(fd)?,
            _ => files.set_on_exec(fd, OnExec::Close)?,
        }
    }
    Ok(0)
}

/// fsync(2) and fdatasync(2): memory is all the store that there is.
pub fn fsync(call: &mut Call) -> Outcome {
    let file = call.process().files.get(call.int(0))?;
    let file = file.lock();
    if file.mode == Mode::Path {
        return Err(Errno::EBADF.into());
    }
    let has_store = matches!(file.target, Target::Inode(_)) && !is_stream(call.kernel, &file);
    match has_store {
        true => Ok(0),
        false => Err(Errno::EINVAL.into()),
    }
}

/// sync(2).
pub fn sync(_: &mut Call) -> Outcome {
    Ok(0)
}
