//! What files allow and when they were used: access, chmod, chown, utimensat, umask.
//!
//! Everybody is root, who may read and write everything, and execute what anybody may.

use super::path::{Empty, find, find_or_itself};
use super::{Call, Errno, Outcome};
use crate::fs::{Follow, Ino, Kind, Spot, Time};
use crate::process::NANOSECONDS;
use linux_raw_sys::general::{
    AT_EACCESS, AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, R_OK, UTIME_NOW, UTIME_OMIT, W_OK,
    X_OK,
};
use vm::Ea;

/// access(2).
pub fn access(call: &mut Call) -> Outcome {
    accessible(call, AT_FDCWD, call.arg(0), call.bits(1), 0)
}

/// faccessat, the system call: it has no flags.
pub fn faccessat(call: &mut Call) -> Outcome {
    accessible(call, call.int(0), call.arg(1), call.bits(2), 0)
}

/// faccessat2: faccessat(2) with flags.
pub fn faccessat2(call: &mut Call) -> Outcome {
    let flags = call.bits(3);
    accessible(call, call.int(0), call.arg(1), call.bits(2), flags)
}

fn accessible(call: &mut Call, fd: i32, path: u64, wanted: u32, flags: u32) -> Outcome {
    let known = AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
    if wanted & !(R_OK | W_OK | X_OK) != 0 || flags & !known != 0 {
        return Err(Errno::EINVAL.into());
    }
    let empty = Empty::from_flags(flags);
    let spot = find_or_itself(call, fd, path, Follow::from_flags(flags), empty)?;
    match wanted & X_OK != 0 && !is_executable(call, &spot)? {
        true => Err(Errno::EACCES.into()),
        false => Ok(0),
    }
}

fn is_executable(call: &Call, spot: &Spot) -> Result<bool, Errno> {
    if call.kernel.kind(spot)? == Kind::Directory {
        return Ok(true);
    }
    Ok(match spot {
        Spot::Inode(ino) => call.kernel.tree.get(*ino).permissions & 0o111 != 0,
        Spot::Proc(..) => false,
    })
}

/// chmod(2).
pub fn chmod(call: &mut Call) -> Outcome {
    let spot = find(call, AT_FDCWD, call.arg(0), Follow::Always)?;
    set_permissions(call, &spot, call.bits(1))
}

/// fchmod(2).
pub fn fchmod(call: &mut Call) -> Outcome {
    let spot = open_spot(call, call.int(0))?;
    set_permissions(call, &spot, call.bits(1))
}

/// fchmodat, the system call: it has no flags.
pub fn fchmodat(call: &mut Call) -> Outcome {
    let spot = find(call, call.int(0), call.arg(1), Follow::Always)?;
    set_permissions(call, &spot, call.bits(2))
}

/// What is open, unless it can only be named: EBADF.
fn open_spot(call: &Call, fd: i32) -> Result<Spot, Errno> {
    let file = call.process().files.get(fd)?;
    let file = file.lock();
    match file.mode {
        crate::fs::Mode::Path => Err(Errno::EBADF),
        _ => Ok(file.spot()),
    }
}

fn set_permissions(call: &mut Call, spot: &Spot, permissions: u32) -> Outcome {
    let now = call.kernel.file_time();
    let inode = call.kernel.tree.get_mut(changeable(spot)?);
    inode.permissions = permissions & 0o7777;
    inode.times.changed = now;
    Ok(0)
}

/// EPERM: nothing of /proc can be changed.
fn changeable(spot: &Spot) -> Result<Ino, Errno> {
    match spot {
        Spot::Inode(ino) => Ok(*ino),
        Spot::Proc(..) => Err(Errno::EPERM),
    }
}

/// chown(2). There is one user and one group: others are EINVAL, which Linux gives for
/// numbers that the user's namespace does not have.
pub fn chown(call: &mut Call) -> Outcome {
    let spot = find(call, AT_FDCWD, call.arg(0), Follow::Always)?;
    set_owner(call, &spot, [call.int(1), call.int(2)])
}

/// lchown(2).
pub fn lchown(call: &mut Call) -> Outcome {
    let spot = find(call, AT_FDCWD, call.arg(0), Follow::IfSlash)?;
    set_owner(call, &spot, [call.int(1), call.int(2)])
}

/// fchown(2).
pub fn fchown(call: &mut Call) -> Outcome {
    let spot = open_spot(call, call.int(0))?;
    set_owner(call, &spot, [call.int(1), call.int(2)])
}

/// fchownat(2).
pub fn fchownat(call: &mut Call) -> Outcome {
    let flags = call.bits(4);
    if flags & !(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0 {
        return Err(Errno::EINVAL.into());
    }
    let (follow, empty) = (Follow::from_flags(flags), Empty::from_flags(flags));
    let spot = find_or_itself(call, call.int(0), call.arg(1), follow, empty)?;
    set_owner(call, &spot, [call.int(2), call.int(3)])
}

fn set_owner(call: &mut Call, spot: &Spot, owners: [i32; 2]) -> Outcome {
    if owners.iter().any(|owner| !matches!(owner, -1 | 0)) {
        return Err(Errno::EINVAL.into());
    }
    let now = call.kernel.file_time();
    call.kernel.tree.get_mut(changeable(spot)?).times.changed = now;
    Ok(0)
}

/// umask(2).
pub fn umask(call: &mut Call) -> Outcome {
    let umask = call.bits(0) & 0o777;
    let old = core::mem::replace(&mut call.process_mut().cwd.umask, umask);
    Ok(old.into())
}

/// utimensat(2). As in Linux, a path of 0 is the file `fd` itself.
pub fn utimensat(call: &mut Call) -> Outcome {
    let (fd, path, times_at, flags) = (call.int(0), call.arg(1), call.arg(2), call.bits(3));
    let now = call.kernel.file_time();
    let [accessed, modified] = match times_at {
        0 => [Some(now); 2],
        _ => [
            time(call, times_at, now)?,
            time(call, times_at.saturating_add(16), now)?,
        ],
    };
    if accessed.is_none() && modified.is_none() {
        return Ok(0);
    }
    if flags & !(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0 {
        return Err(Errno::EINVAL.into());
    }
    let spot = match path {
        0 if fd == AT_FDCWD => return Err(Errno::EFAULT.into()),
        0 if flags != 0 => return Err(Errno::EINVAL.into()),
        0 => open_spot(call, fd)?,
        _ => {
            let (follow, empty) = (Follow::from_flags(flags), Empty::from_flags(flags));
            find_or_itself(call, fd, path, follow, empty)?
        }
    };
    let times = &mut call.kernel.tree.get_mut(changeable(&spot)?).times;
    times.accessed = accessed.unwrap_or(times.accessed);
    times.modified = modified.unwrap_or(times.modified);
    times.changed = now;
    Ok(0)
}

/// The timespec at `at`; `None` for UTIME_OMIT.
fn time(call: &mut Call, at: u64, now: Time) -> Result<Option<Time>, Errno> {
    let seconds = call.memory().read_u64(Ea(at))?;
    let after = at.checked_add(8).ok_or(Errno::EFAULT)?;
    let nanoseconds = call.memory().read_u64(Ea(after))?;
    match nanoseconds {
        n if n == UTIME_NOW.into() => Ok(Some(now)),
        n if n == UTIME_OMIT.into() => Ok(None),
        0..NANOSECONDS => Ok(Some(Time {
            seconds: seconds as i64,
            nanoseconds: nanoseconds as u32,
        })),
        _ => Err(Errno::EINVAL),
    }
}
