//! Files by name: how a path argument is followed, and open.

use super::{Call, Errno, Outcome, UserMemory};
use crate::fs::{Body, Device, File, Follow, Kind, Mode, OnExec, Spot, Walk};
use alloc::vec::Vec;
use linux_raw_sys::general::{
    AT_FDCWD, O_ACCMODE, O_APPEND, O_CLOEXEC, O_CREAT, O_DIRECT, O_DIRECTORY, O_DSYNC, O_EXCL,
    O_LARGEFILE, O_NOATIME, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_PATH, O_RDONLY, O_RDWR, O_SYNC,
    O_TMPFILE, O_TRUNC, O_WRONLY, PATH_MAX,
};

/// Copies in a path. It is kept no longer than the call, so this may use what requests
/// leave of the heap: or nothing could be removed once that is full.
pub fn user_path(call: &mut Call, at: u64) -> Result<Vec<u8>, Errno> {
    read_path(&mut call.memory(), at)
}

/// The same, from a memory that is at hand.
pub fn read_path(memory: &mut UserMemory, at: u64) -> Result<Vec<u8>, Errno> {
    memory.string(at, PATH_MAX as usize, Errno::ENAMETOOLONG)
}

/// Where a path that is not absolute begins: at the directory that `fd` is, or at the
/// working directory.
///
/// # Errors
/// EBADF. ENOTDIR: `fd` is no directory.
pub fn base(call: &Call, fd: i32, path: &[u8]) -> Result<Spot, Errno> {
    if fd == AT_FDCWD || path.first() == Some(&b'/') {
        return Ok(call.process().cwd.directory.spot());
    }
    let spot = call.process().files.get(fd)?.lock().spot();
    match call.kernel.kind(&spot)? {
        Kind::Directory => Ok(spot),
        _ => Err(Errno::ENOTDIR),
    }
}

/// Follows the path at `at` from the directory `fd`.
///
/// # Errors
/// Those of path_resolution(7).
pub fn walk_at(call: &mut Call, fd: i32, at: u64, follow: Follow) -> Result<Walk, Errno> {
    let path = user_path(call, at)?;
    let base = base(call, fd, &path)?;
    call.kernel.walk(call.pid, &base, &path, follow)
}

/// Follows the path at `at` to something that is there.
///
/// # Errors
/// As for [`walk_at`].
pub fn find(call: &mut Call, fd: i32, at: u64, follow: Follow) -> Result<Spot, Errno> {
    walk_at(call, fd, at, follow)?.found()
}

/// The same, where an empty path may mean the file `fd` itself.
///
/// # Errors
/// As for [`walk_at`].
pub fn find_or_itself(
    call: &mut Call,
    fd: i32,
    at: u64,
    follow: Follow,
    empty: Empty,
) -> Result<Spot, Errno> {
    let path = user_path(call, at)?;
    if path.is_empty() && empty == Empty::Itself {
        return match fd {
            AT_FDCWD => Ok(call.process().cwd.directory.spot()),
            _ => Ok(call.process().files.get(fd)?.lock().spot()),
        };
    }
    let base = base(call, fd, &path)?;
    call.kernel.walk(call.pid, &base, &path, follow)?.found()
}

/// What an empty path means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Empty {
    /// ENOENT.
    Nothing,
    /// The file that the descriptor is: AT_EMPTY_PATH.
    Itself,
}

/// open(2).
pub fn open(call: &mut Call) -> Outcome {
    open_at(call, AT_FDCWD, call.arg(0), call.bits(1), call.bits(2))
}

/// openat(2).
pub fn openat(call: &mut Call) -> Outcome {
    let (fd, path) = (call.int(0), call.arg(1));
    open_at(call, fd, path, call.bits(2), call.bits(3))
}

/// creat(2).
pub fn creat(call: &mut Call) -> Outcome {
    let flags = O_CREAT | O_WRONLY | O_TRUNC;
    open_at(call, AT_FDCWD, call.arg(0), flags, call.bits(1))
}

/// The flags that F_GETFL tells.
const STATUS: u32 = O_APPEND | O_NONBLOCK | O_LARGEFILE | O_NOATIME | O_SYNC;

/// O_NOCTTY, O_SYNC, O_DSYNC and O_LARGEFILE change nothing here: terminals are not
/// taken by opening them, and memory is all the store that there is. O_TMPFILE is
/// EOPNOTSUPP, O_DIRECT EINVAL; so are O_CREAT with O_DIRECTORY, as in Linux since
/// 6.4, and other flags.
fn open_at(call: &mut Call, fd: i32, path_at: u64, flags: u32, permissions: u32) -> Outcome {
    let flags = checked(flags)?;
    let mode = mode_of(flags)?;
    call.process().files.require_room(1)?;
    let follow = match flags & O_NOFOLLOW != 0 || creates_anew(flags) {
        true => Follow::IfSlash,
        false => Follow::Always,
    };
    let walk = walk_at(call, fd, path_at, follow)?;
    let spot = match walk.found.clone() {
        None if flags & O_CREAT == 0 => return Err(Errno::ENOENT.into()),
        None => create(call, walk, permissions)?,
        Some(_) if creates_anew(flags) => return Err(Errno::EEXIST.into()),
        Some(spot) => {
            check(call.kernel.kind(&spot)?, flags)?;
            check_terminal(call, &spot)?;
            spot
        }
    };
    let truncated = (flags & O_TRUNC != 0).then(|| spot.clone());
    let file = super::fifo::open(call, spot, mode, flags & STATUS)?;
    if let Some(spot) = truncated {
        truncate(call, &spot)?;
    }
    let on_exec = OnExec::from_flags(flags);
    Ok(call.process_mut().files.add(file, on_exec)? as u64)
}

fn creates_anew(flags: u32) -> bool {
    flags & O_CREAT != 0 && flags & O_EXCL != 0
}

/// With O_PATH, Linux looks at few of the other flags.
fn checked(flags: u32) -> Result<u32, Errno> {
    const KNOWN: u32 = O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_DIRECTORY | O_CLOEXEC;
    const OTHERS: u32 = STATUS | O_NOCTTY | O_NOFOLLOW | O_DSYNC;
    if flags & O_PATH != 0 {
        return Ok(flags & (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    }
    if flags & O_TMPFILE & !O_DIRECTORY != 0 {
        return Err(Errno::EOPNOTSUPP);
    }
    let both = O_CREAT | O_DIRECTORY;
    if flags & !(KNOWN | OTHERS) != 0 || flags & O_DIRECT != 0 || flags & both == both {
        return Err(Errno::EINVAL);
    }
    Ok(flags)
}

fn mode_of(flags: u32) -> Result<Mode, Errno> {
    match flags & O_ACCMODE {
        _ if flags & O_PATH != 0 => Ok(Mode::Path),
        O_RDONLY => Ok(Mode::Read),
        O_WRONLY => Ok(Mode::Write),
        O_RDWR => Ok(Mode::ReadWrite),
        _ => Err(Errno::EINVAL),
    }
}

/// Whether a file of this kind can be opened so.
fn check(kind: Kind, flags: u32) -> Result<(), Errno> {
    match kind {
        Kind::Directory if flags & (O_CREAT | O_TRUNC) != 0 => Err(Errno::EISDIR),
        Kind::Directory => Ok(()),
        _ if flags & O_DIRECTORY != 0 => Err(Errno::ENOTDIR),
        Kind::Link if flags & O_PATH == 0 => Err(Errno::ELOOP),
        _ => Ok(()),
    }
}

/// /dev/tty is the caller's terminal: ENXIO if it has none (tty(4)).
fn check_terminal(call: &Call, spot: &Spot) -> Result<(), Errno> {
    let is_tty = |ino| matches!(call.kernel.tree.get(ino).body, Body::Device(Device::Tty));
    match spot {
        Spot::Inode(ino) if is_tty(*ino) && !call.has_terminal() => Err(Errno::ENXIO),
        _ => Ok(()),
    }
}

fn create(call: &mut Call, walk: Walk, permissions: u32) -> Result<Spot, Errno> {
    if walk.slash {
        return Err(Errno::EISDIR);
    }
    let permissions = permissions & 0o7777 & !call.process().cwd.umask;
    let body = Body::File(File::default());
    let ino = call.kernel.make(walk, body, permissions)?;
    Ok(Spot::Inode(ino))
}

/// O_TRUNC: what is no regular file stays as it is.
fn truncate(call: &mut Call, spot: &Spot) -> Result<(), Errno> {
    match spot {
        Spot::Inode(ino) if call.kernel.kind(spot)? == Kind::Regular => {
            call.kernel.tree.get(*ino).require_not_running()?;
            super::size::resize(call.kernel, *ino, 0)
        }
        Spot::Inode(_) => Ok(()),
        Spot::Proc(..) => Err(Errno::EACCES),
    }
}
