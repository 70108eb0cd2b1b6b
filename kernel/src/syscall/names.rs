//! Names: mkdir, rmdir, link, unlink, symlink, readlink, rename.

use super::path::{Empty, base, find, find_or_itself, user_path, walk_at};
use super::{Call, Errno, Outcome};
use crate::fs::{Body, Follow, Replace, Walk};
use linux_raw_sys::general::{
    AT_EMPTY_PATH, AT_FDCWD, AT_REMOVEDIR, AT_SYMLINK_FOLLOW, RENAME_EXCHANGE, RENAME_NOREPLACE,
};
use vm::Ea;

/// The entry that a path names, to be made or taken away.
fn entry(call: &mut Call, fd: i32, at: u64) -> Result<Walk, Errno> {
    walk_at(call, fd, at, Follow::Never)
}

/// mkdir(2).
pub fn mkdir(call: &mut Call) -> Outcome {
    make_directory(call, AT_FDCWD, call.arg(0), call.bits(1))
}

/// mkdirat(2).
pub fn mkdirat(call: &mut Call) -> Outcome {
    make_directory(call, call.int(0), call.arg(1), call.bits(2))
}

fn make_directory(call: &mut Call, fd: i32, at: u64, permissions: u32) -> Outcome {
    let walk = entry(call, fd, at)?;
    let permissions = permissions & 0o1777 & !call.process().cwd.umask;
    call.kernel.make_directory(walk, permissions)?;
    Ok(0)
}

/// rmdir(2).
pub fn rmdir(call: &mut Call) -> Outcome {
    let walk = entry(call, AT_FDCWD, call.arg(0))?;
    call.kernel.remove_directory(walk)?;
    Ok(0)
}

/// unlink(2).
pub fn unlink(call: &mut Call) -> Outcome {
    let walk = entry(call, AT_FDCWD, call.arg(0))?;
    call.kernel.unlink(walk)?;
    Ok(0)
}

/// unlinkat(2).
pub fn unlinkat(call: &mut Call) -> Outcome {
    let (fd, at, flags) = (call.int(0), call.arg(1), call.bits(2));
    if flags & !AT_REMOVEDIR != 0 {
        return Err(Errno::EINVAL.into());
    }
    let walk = entry(call, fd, at)?;
    match flags {
        0 => call.kernel.unlink(walk)?,
        _ => call.kernel.remove_directory(walk)?,
    }
    Ok(0)
}

/// link(2). As in Linux, a symbolic link gets another name itself.
pub fn link(call: &mut Call) -> Outcome {
    let spot = find(call, AT_FDCWD, call.arg(0), Follow::IfSlash)?;
    let walk = entry(call, AT_FDCWD, call.arg(1))?;
    call.kernel.link(&spot, walk)?;
    Ok(0)
}

/// linkat(2).
pub fn linkat(call: &mut Call) -> Outcome {
    let flags = call.bits(4);
    if flags & !(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH) != 0 {
        return Err(Errno::EINVAL.into());
    }
    let follow = match flags & AT_SYMLINK_FOLLOW {
        0 => Follow::IfSlash,
        _ => Follow::Always,
    };
    let empty = Empty::from_flags(flags);
    let spot = find_or_itself(call, call.int(0), call.arg(1), follow, empty)?;
    let walk = entry(call, call.int(2), call.arg(3))?;
    call.kernel.link(&spot, walk)?;
    Ok(0)
}

impl Empty {
    /// What the AT_ flags say.
    pub fn from_flags(flags: u32) -> Empty {
        match flags & AT_EMPTY_PATH {
            0 => Empty::Nothing,
            _ => Empty::Itself,
        }
    }
}

/// symlink(2).
pub fn symlink(call: &mut Call) -> Outcome {
    make_link(call, call.arg(0), AT_FDCWD, call.arg(1))
}

/// symlinkat(2).
pub fn symlinkat(call: &mut Call) -> Outcome {
    make_link(call, call.arg(0), call.int(1), call.arg(2))
}

fn make_link(call: &mut Call, target_at: u64, fd: i32, at: u64) -> Outcome {
    let target = user_path(call, target_at)?;
    if target.is_empty() {
        return Err(Errno::ENOENT.into());
    }
    let walk = entry(call, fd, at)?;
    let body = Body::Link(target.into_boxed_slice());
    call.kernel.make(walk, body, 0o777)?;
    Ok(0)
}

/// readlink(2).
pub fn readlink(call: &mut Call) -> Outcome {
    read_link(call, AT_FDCWD, [call.arg(0), call.arg(1), call.arg(2)])
}

/// readlinkat(2).
pub fn readlinkat(call: &mut Call) -> Outcome {
    read_link(call, call.int(0), [call.arg(1), call.arg(2), call.arg(3)])
}

/// As in Linux, an empty path is the link itself that `fd` was opened on.
fn read_link(call: &mut Call, fd: i32, [path, to, room]: [u64; 3]) -> Outcome {
    let room = room as i32;
    if room <= 0 {
        return Err(Errno::EINVAL.into());
    }
    let itself = match fd {
        AT_FDCWD => Empty::Nothing,
        _ => Empty::Itself,
    };
    let spot = find_or_itself(call, fd, path, Follow::IfSlash, itself)?;
    let target = call.kernel.link_target(call.pid, &spot);
    let target = target.ok_or(Errno::EINVAL)?;
    let part = &target[..target.len().min(room as usize)];
    call.memory().write(Ea(to), part)?;
    Ok(part.len() as u64)
}

/// rename(2).
pub fn rename(call: &mut Call) -> Outcome {
    let (old, new) = (call.arg(0), call.arg(1));
    change(call, (AT_FDCWD, old), (AT_FDCWD, new), Replace::Yes)
}

/// renameat(2).
pub fn renameat(call: &mut Call) -> Outcome {
    let (old, new) = ((call.int(0), call.arg(1)), (call.int(2), call.arg(3)));
    change(call, old, new, Replace::Yes)
}

/// renameat2(2). RENAME_WHITEOUT is EINVAL.
pub fn renameat2(call: &mut Call) -> Outcome {
    let (old, new) = ((call.int(0), call.arg(1)), (call.int(2), call.arg(3)));
    let replace = match call.bits(4) {
        0 => Replace::Yes,
        RENAME_NOREPLACE => Replace::No,
        RENAME_EXCHANGE => Replace::Exchange,
        _ => return Err(Errno::EINVAL.into()),
    };
    change(call, old, new, replace)
}

fn change(call: &mut Call, old: (i32, u64), new: (i32, u64), replace: Replace) -> Outcome {
    let old = entry(call, old.0, old.1)?;
    let new = entry(call, new.0, new.1)?;
    call.kernel.rename(old, new, replace)?;
    Ok(0)
}

/// chdir(2).
pub fn chdir(call: &mut Call) -> Outcome {
    let spot = find(call, AT_FDCWD, call.arg(0), Follow::Always)?;
    if call.kernel.kind(&spot)? != crate::fs::Kind::Directory {
        return Err(Errno::ENOTDIR.into());
    }
    let kept = call.kernel.keep(spot);
    call.process_mut().cwd.directory = kept;
    Ok(0)
}

/// fchdir(2).
pub fn fchdir(call: &mut Call) -> Outcome {
    let file = call.process().files.get(call.int(0))?;
    let kept = call.kernel.keep_directory(&file.lock())?;
    call.process_mut().cwd.directory = kept;
    Ok(0)
}

/// getcwd(2), the system call: it gives the length, the 0 at the end included.
pub fn getcwd(call: &mut Call) -> Outcome {
    let (at, room) = (call.arg(0), call.arg(1));
    let spot = base(call, AT_FDCWD, b"")?;
    // ENOENT: it has been removed.
    call.kernel.above(&spot)?;
    let mut path = call.kernel.path_to(&spot);
    path.push(0);
    if path.len() as u64 > room {
        return Err(Errno::ERANGE.into());
    }
    call.memory().write(Ea(at), &path)?;
    Ok(path.len() as u64)
}
