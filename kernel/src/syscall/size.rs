//! How large a file is: lseek, truncate, fallocate.

use super::io::is_stream;
use super::path::find;
use super::{Call, Errno, Outcome};
use crate::fs::{Body, Follow, Ino, OpenFile, Pipe, Spot, Stretch, Target};
use crate::state::Kernel;
use linux_raw_sys::general::{
    AT_FDCWD, FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE, FALLOC_FL_ZERO_RANGE, SEEK_CUR, SEEK_DATA,
    SEEK_END, SEEK_HOLE, SEEK_SET,
};
use vm::Ea;

/// lseek(2). A directory's offset is what getdents64 told, or 0.
pub fn lseek(call: &mut Call) -> Outcome {
    seek(call, call.arg(1) as i64, call.bits(2))
}

fn seek(call: &mut Call, distance: i64, whence: u32) -> Outcome {
    let file = call.process().files.get(call.int(0))?;
    let mut file = file.lock();
    if file.mode == crate::fs::Mode::Path {
        return Err(Errno::EBADF.into());
    }
    if is_stream(call.kernel, &file) {
        return Err(Errno::ESPIPE.into());
    }
    let offset = match whence {
        SEEK_SET => distance,
        SEEK_CUR => moved(file.offset, distance)?,
        SEEK_END => moved(end_of(call.kernel, &file), distance)?,
        SEEK_DATA => stretch(call.kernel, &file, distance, Stretch::Data)?,
        SEEK_HOLE => stretch(call.kernel, &file, distance, Stretch::Hole)?,
        _ => return Err(Errno::EINVAL.into()),
    };
    let offset = u64::try_from(offset).map_err(|_| Errno::EINVAL)?;
    // A device has no offset to keep: Linux's stay at 0.
    if !is_device(call.kernel, &file) {
        file.offset = offset;
    }
    Ok(file.offset)
}

/// _llseek(2): the same, with the distance in two halves, and the result in memory. Linux
/// has it on ppc64 too, and glibc uses it.
pub fn llseek(call: &mut Call) -> Outcome {
    let (high, low, result_at) = (call.arg(1), call.arg(2), call.arg(3));
    call.memory().require_writable(Ea(result_at), 8)?;
    let distance = high << 32 | low & 0xffff_ffff;
    let offset = seek(call, distance as i64, call.bits(4))?;
    call.memory().write_words(result_at, &[offset])?;
    Ok(0)
}

fn moved(from: u64, distance: i64) -> Result<i64, Errno> {
    (from as i64).checked_add(distance).ok_or(Errno::EOVERFLOW)
}

fn is_device(kernel: &Kernel, file: &OpenFile) -> bool {
    let ino = file.ino();
    ino.is_some_and(|ino| matches!(kernel.tree.get(ino).body, Body::Device(_)))
}

fn end_of(kernel: &Kernel, file: &OpenFile) -> u64 {
    match &file.target {
        Target::Inode(hold) => kernel.tree.get(hold.ino()).size(),
        Target::Text(_, text) => text.len() as u64,
        Target::List(_, entries) => entries.len() as u64,
    }
}

/// ENXIO: there is no such place.
fn stretch(kernel: &Kernel, file: &OpenFile, from: i64, wanted: Stretch) -> Result<i64, Errno> {
    let from = u64::try_from(from).map_err(|_| Errno::ENXIO)?;
    let Some(Body::File(contents)) = file.ino().map(|ino| &kernel.tree.get(ino).body) else {
        return Err(Errno::EINVAL);
    };
    if from >= contents.size() {
        return Err(Errno::ENXIO);
    }
    match contents.seek(&kernel.vm, from, wanted) {
        at if at == contents.size() && wanted == Stretch::Data => Err(Errno::ENXIO),
        at => Ok(at as i64),
    }
}

/// truncate(2).
pub fn truncate(call: &mut Call) -> Outcome {
    let size = size_of_file(call.arg(1))?;
    match find(call, AT_FDCWD, call.arg(0), Follow::Always)? {
        Spot::Inode(ino) => {
            call.kernel.tree.get(ino).require_not_running()?;
            resize(call.kernel, ino, size)?;
        }
        Spot::Proc(..) => return Err(Errno::EACCES.into()),
    }
    Ok(0)
}

/// ftruncate(2).
pub fn ftruncate(call: &mut Call) -> Outcome {
    let size = size_of_file(call.arg(1))?;
    let file = call.process().files.get(call.int(0))?;
    let file = file.lock();
    if file.mode == crate::fs::Mode::Path {
        return Err(Errno::EBADF.into());
    }
    let ino = file.ino().filter(|_| file.mode.writes());
    resize(call.kernel, ino.ok_or(Errno::EINVAL)?, size)?;
    Ok(0)
}

fn size_of_file(number: u64) -> Result<u64, Errno> {
    i64::try_from(number)
        .map(|_| number)
        .map_err(|_| Errno::EINVAL)
}

/// Changes the size of the regular file `ino`.
///
/// # Errors
/// EISDIR; EINVAL: it is no regular file. EFBIG, ENOMEM.
pub fn resize(kernel: &mut Kernel, ino: Ino, size: u64) -> Result<(), Errno> {
    kernel.afford()?;
    let now = kernel.file_time();
    let inode = kernel.tree.get_mut(ino);
    match &mut inode.body {
        Body::File(contents) => contents.resize(&mut kernel.vm, size)?,
        Body::Directory(_) => return Err(Errno::EISDIR),
        _ => return Err(Errno::EINVAL),
    }
    inode.times.modify(now);
    Ok(())
}

/// What fallocate does.
enum Change {
    /// Frames for what has none; the file grows.
    Allocate,
    /// The same, but the file does not grow.
    AllocateInside,
    /// A hole.
    Punch,
    /// Zero; the file grows.
    Zero,
    /// Zero; the file does not grow.
    ZeroInside,
}

impl Change {
    fn from_mode(mode: u32) -> Result<Change, Errno> {
        const PUNCH: u32 = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
        const ZERO_INSIDE: u32 = FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE;
        match mode {
            0 => Ok(Change::Allocate),
            FALLOC_FL_KEEP_SIZE => Ok(Change::AllocateInside),
            PUNCH => Ok(Change::Punch),
            FALLOC_FL_ZERO_RANGE => Ok(Change::Zero),
            ZERO_INSIDE => Ok(Change::ZeroInside),
            _ => Err(Errno::EOPNOTSUPP),
        }
    }
}

/// fallocate(2): allocate, punch a hole, and zero. With FALLOC_FL_KEEP_SIZE nothing is
/// set aside after the end of the file. A zeroed range may be a hole.
pub fn fallocate(call: &mut Call) -> Outcome {
    let (start, len) = (call.arg(2) as i64, call.arg(3) as i64);
    let file = call.process().files.get(call.int(0))?;
    let file = file.lock();
    if !file.mode.writes() {
        return Err(Errno::EBADF.into());
    }
    if start < 0 || len <= 0 {
        return Err(Errno::EINVAL.into());
    }
    let change = Change::from_mode(call.bits(1))?;
    let end = start.checked_add(len).ok_or(Errno::EFBIG)?;
    call.kernel.afford()?;
    let now = call.kernel.file_time();
    let Kernel { tree, vm, .. } = &mut *call.kernel;
    let inode = tree.get_mut(file.ino().ok_or(Errno::EBADF)?);
    let contents = match &mut inode.body {
        Body::File(contents) => contents,
        Body::Pipe(Pipe { .. }) => return Err(Errno::ESPIPE.into()),
        _ => return Err(Errno::ENODEV.into()),
    };
    let (range, end) = (start as u64..end as u64, end as u64);
    let old = contents.size();
    match change {
        Change::Allocate => contents.allocate(vm, range, old.max(end))?,
        Change::AllocateInside => contents.allocate(vm, range, old)?,
        Change::Punch | Change::ZeroInside => contents.punch(vm, range),
        Change::Zero => {
            contents.resize(vm, old.max(end))?;
            contents.punch(vm, range);
        }
    }
    inode.times.modify(now);
    Ok(0)
}
