//! Open files: read, write, seek, duplicate, close.
//!
//! A call moves at most 1 MiB; a program that asks for more gets less, as read(2)
//! and write(2) allow, and asks again. So no call keeps the processor for long.

use super::{Call, Errno, Outcome, Stop, UserSlice};
use crate::fs::{Contents, Device, DirEntry, Mode, OnExec, OpenFile};
use crate::platform;
use crate::process::Wait;
use alloc::sync::Arc;
use linux_raw_sys::general::{O_CLOEXEC, SEEK_CUR, SEEK_END, SEEK_SET, linux_dirent64};
use spin::Mutex;
use vm::Ea;

/// The most bytes that one call moves.
const LIMIT: u64 = 1 << 20;

type File = Arc<Mutex<OpenFile>>;

/// Does `step` for each page of the buffer at `start`. All of it must be below the
/// end of what a program may map, even what is beyond the limit. If a step fails
/// after some bytes have been moved, those count; the error is found again by the
/// next call.
fn each_page(
    start: u64,
    len: u64,
    mut step: impl FnMut(Ea, usize) -> Result<usize, Errno>,
) -> Result<usize, Errno> {
    let mut done = 0;
    UserSlice::new(start, len)?;
    for (at, len) in UserSlice::new(start, len.min(LIMIT))?.pages() {
        match step(at, len) {
            Ok(moved) if moved == len => done += moved,
            Ok(moved) => return Ok(done + moved),
            Err(_) if done > 0 => return Ok(done),
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

/// read(2).
pub fn read(call: &mut Call) -> Outcome {
    let (start, len) = (call.arg(1), call.arg(2));
    let file = call.process().files.get(call.int(0))?;
    let mut file = file.lock();
    if file.mode == Mode::Write {
        return Err(Errno::EBADF.into());
    }
    match file.contents {
        Contents::Directory(_) => Err(Errno::EISDIR.into()),
        Contents::Device(Device::Null) => Ok(0),
        Contents::Device(Device::Zero) => read_zeros(call, start, len),
        Contents::Device(Device::Console) => read_console(call, start, len),
        Contents::Static(_) | Contents::Text(_) => read_bytes(call, &mut file, start, len),
    }
}

fn read_bytes(call: &mut Call, file: &mut OpenFile, start: u64, len: u64) -> Outcome {
    let bytes = file.bytes().unwrap_or_default();
    let offset = usize::try_from(file.offset).unwrap_or(usize::MAX);
    let mut rest = bytes.get(offset..).unwrap_or_default();
    let mut memory = call.memory();
    let moved = each_page(start, len, |at, len| {
        let (part, after) = rest.split_at(len.min(rest.len()));
        memory.write(at, part)?;
        rest = after;
        Ok(part.len())
    })?;
    file.offset += moved as u64;
    Ok(moved as u64)
}

fn read_zeros(call: &mut Call, start: u64, len: u64) -> Outcome {
    const ZEROS: [u8; 4096] = [0; 4096];
    let mut memory = call.memory();
    let moved = each_page(start, len, |at, len| {
        memory.write(at, &ZEROS[..len])?;
        Ok(len)
    })?;
    Ok(moved as u64)
}

/// One line, or as much of it as there is room for. What could not be handed
/// over stays to be read.
fn read_console(call: &mut Call, start: u64, len: u64) -> Outcome {
    UserSlice::new(start, len)?;
    if len == 0 {
        return Ok(0);
    }
    let Some(line) = call.kernel.console.read(len.min(LIMIT) as usize) else {
        return Err(Stop::Wait(Wait::Console));
    };
    match call.memory().write(Ea(start), &line) {
        Ok(()) => Ok(line.len() as u64),
        Err(error) => {
            call.kernel.console.put_back(line);
            Err(error.into())
        }
    }
}

/// write(2).
pub fn write(call: &mut Call) -> Outcome {
    let (start, len) = (call.arg(1), call.arg(2));
    let file = call.process().files.get(call.int(0))?;
    let file = file.lock();
    if file.mode == Mode::Read {
        return Err(Errno::EBADF.into());
    }
    match file.contents {
        Contents::Device(Device::Console) => write_console(call, start, len),
        Contents::Device(Device::Null | Device::Zero) => Ok(len),
        // Nothing else can be opened for writing.
        _ => Err(Errno::EBADF.into()),
    }
}

fn write_console(call: &mut Call, start: u64, len: u64) -> Outcome {
    let mut buffer = [0; 256];
    let mut memory = call.memory();
    let moved = each_page(start, len, |at, len| {
        for offset in (0..len).step_by(buffer.len()) {
            let part = &mut buffer[..(len - offset).min(256)];
            memory.read(Ea(at.0 + offset as u64), part)?;
            platform::console_write(part);
        }
        Ok(len)
    })?;
    Ok(moved as u64)
}

/// lseek(2). A directory's offset counts entries.
pub fn lseek(call: &mut Call) -> Outcome {
    let (distance, whence) = (call.arg(1) as i64, call.bits(2));
    let file = call.process().files.get(call.int(0))?;
    let mut file = file.lock();
    let size = match &file.contents {
        Contents::Device(Device::Console) => return Err(Errno::ESPIPE.into()),
        Contents::Device(_) => return Ok(0),
        Contents::Directory(entries) => entries.len(),
        _ => file.bytes().unwrap_or_default().len(),
    };
    let from = match whence {
        SEEK_SET => 0,
        SEEK_CUR => file.offset as i64,
        SEEK_END => size as i64,
        _ => return Err(Errno::EINVAL.into()),
    };
    let offset = from.checked_add(distance).ok_or(Errno::EOVERFLOW)?;
    file.offset = u64::try_from(offset).map_err(|_| Errno::EINVAL)?;
    Ok(file.offset)
}

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
    set(call, new, file, on_exec(flags))?;
    Ok(new as u64)
}

fn set(call: &mut Call, fd: i32, file: File, on_exec: OnExec) -> Result<(), Errno> {
    call.kernel.afford()?;
    call.process_mut().files.set(fd, file, on_exec)
}

/// What the flags of open and dup3 say about exec.
pub fn on_exec(flags: u32) -> OnExec {
    if flags & O_CLOEXEC != 0 {
        OnExec::Close
    } else {
        OnExec::Keep
    }
}

/// getdents64(2). The offsets that it tells are entries' numbers.
pub fn getdents64(call: &mut Call) -> Outcome {
    let (start, room) = (call.arg(1), call.bits(2) as usize);
    let file = call.process().files.get(call.int(0))?;
    let mut file = file.lock();
    let Contents::Directory(entries) = &file.contents else {
        return Err(Errno::ENOTDIR.into());
    };
    let first = usize::try_from(file.offset).unwrap_or(usize::MAX);
    let (mut used, mut next) = (0, first);
    for entry in entries.get(first..).unwrap_or_default() {
        let record = dirent(entry, next as i64 + 1);
        if used + record.len() > room {
            break;
        }
        call.memory()
            .write(Ea(start.saturating_add(used as u64)), &record)?;
        used += record.len();
        next += 1;
    }
    // EINVAL: not even one entry fits.
    if used == 0 && next < entries.len() {
        return Err(Errno::EINVAL.into());
    }
    file.offset = next as u64;
    Ok(used as u64)
}

/// struct linux_dirent64: a head, the name and its 0, in multiples of 8 bytes.
fn dirent(entry: &DirEntry, next: i64) -> alloc::vec::Vec<u8> {
    let name_at = core::mem::offset_of!(linux_dirent64, d_name);
    let len = (name_at + entry.name.len() + 1).next_multiple_of(8);
    let head = super::record::record!(linux_dirent64 {
        d_ino: entry.inode,
        d_off: next,
        d_reclen: len as u16,
        d_type: entry.kind.dirent(),
    });
    let mut bytes = alloc::vec::Vec::from(&head[..name_at]);
    bytes.extend_from_slice(entry.name.as_bytes());
    bytes.resize(len, 0);
    bytes
}
