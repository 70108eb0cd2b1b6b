//! Pipes with names (fifo(7)), and what else mknod(2) makes.
//!
//! Who opens one end waits until somebody has opened the other; who opens both has met
//! himself, and does not wait. While he waits he counts as
//! one who has his end open, or two who wait for each other would never meet: so his open
//! file is kept in his [`Task`](crate::process::Task) until the call is over.

use super::path::walk_at;
use super::{Call, Errno, Outcome, Stop};
use crate::fs::{Body, File, Follow, Ino, Mode, OpenFile, Spot};
use crate::lock::Lock;
use crate::process::Wait;
use alloc::sync::Arc;
use linux_raw_sys::general::{AT_FDCWD, O_NONBLOCK, S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFMT};
use linux_raw_sys::general::{S_IFREG, S_IFSOCK};

/// mknod(2).
pub fn mknod(call: &mut Call) -> Outcome {
    make(call, AT_FDCWD, call.arg(0), call.bits(1))
}

/// mknodat(2).
pub fn mknodat(call: &mut Call) -> Outcome {
    make(call, call.int(0), call.arg(1), call.bits(2))
}

/// Regular files and pipes. Devices and sockets are EPERM: the tree has no others than it
/// begins with.
fn make(call: &mut Call, fd: i32, path: u64, mode: u32) -> Outcome {
    let permissions = mode & 0o7777 & !call.process().cwd.umask;
    let kind = match mode & S_IFMT {
        0 => S_IFREG,
        kind @ (S_IFREG | S_IFIFO) => kind,
        S_IFCHR | S_IFBLK | S_IFSOCK | S_IFDIR => return Err(Errno::EPERM.into()),
        _ => return Err(Errno::EINVAL.into()),
    };
    let walk = walk_at(call, fd, path, Follow::Never)?;
    match kind {
        S_IFIFO => call.kernel.make_fifo(walk, permissions)?,
        _ => call
            .kernel
            .make(walk, Body::File(File::default()), permissions)?,
    };
    Ok(0)
}

/// The end of a pipe that a caller has opened and who waits for the other.
pub struct Opening {
    file: Arc<Lock<OpenFile>>,
    /// How often the other end had been opened.
    seen: u32,
}

/// Whether `spot` is a pipe with a name. One without is there only while both its ends
/// have been given out.
fn named_pipe(call: &Call, spot: &Spot) -> Option<Ino> {
    let Spot::Inode(ino) = *spot else {
        return None;
    };
    let inode = call.kernel.tree.get(ino);
    (inode.links > 0 && matches!(inode.body, Body::Pipe(_))).then_some(ino)
}

/// Opens what is at `spot`, and waits for the other end of a pipe with a name.
///
/// # Errors
/// Those of [`Kernel::open`](crate::state::Kernel::open). ENXIO: it would have to wait for
/// a reader, with O_NONBLOCK.
pub fn open(
    call: &mut Call,
    spot: Spot,
    mode: Mode,
    flags: u32,
) -> Result<Arc<Lock<OpenFile>>, Stop> {
    let Some(ino) = named_pipe(call, &spot).filter(|_| mode != Mode::Path) else {
        return Ok(call.kernel.open(spot, mode, flags)?);
    };
    let waiting = call.task_mut().opening.take();
    let opening = match waiting.filter(|opening| opening.file.lock().ino() == Some(ino)) {
        Some(opening) => opening,
        None => begin(call, ino, spot, mode, flags)?,
    };
    if flags & O_NONBLOCK == 0 && !has_met(call, ino, mode, opening.seen) {
        call.task_mut().opening = Some(opening);
        return Err(Stop::Wait(Wait::Pipe(ino)));
    }
    Ok(opening.file)
}

fn begin(call: &mut Call, ino: Ino, spot: Spot, mode: Mode, flags: u32) -> Result<Opening, Stop> {
    let pipe = call.kernel.tree.pipe(ino).ok_or(Errno::ENXIO)?;
    let (seen, readers) = match mode {
        Mode::Read => (pipe.write_openings, pipe.readers),
        _ => (pipe.read_openings, pipe.readers),
    };
    if mode == Mode::Write && flags & O_NONBLOCK != 0 && readers == 0 {
        return Err(Errno::ENXIO.into());
    }
    let file = call.kernel.open(spot, mode, flags)?;
    if let Some(pipe) = call.kernel.tree.pipe(ino) {
        if mode.reads() {
            pipe.read_openings = pipe.read_openings.wrapping_add(1);
        }
        if mode.writes() {
            pipe.write_openings = pipe.write_openings.wrapping_add(1);
        }
    }
    call.kernel.pipe_changed(ino);
    Ok(Opening { file, seen })
}

/// Whether the other end is open, or has been since the caller came.
fn has_met(call: &mut Call, ino: Ino, mode: Mode, seen: u32) -> bool {
    let pipe = call.kernel.tree.pipe(ino);
    pipe.is_none_or(|pipe| match mode {
        Mode::Read => pipe.writers > 0 || pipe.write_openings != seen,
        _ => pipe.readers > 0 || pipe.read_openings != seen,
    })
}
