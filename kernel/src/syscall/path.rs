//! Files by name: open, stat, and the working directory.
//!
//! The tree is read-only: what would change it is EROFS. Everybody is root.

use super::file::on_exec;
use super::record::record;
use super::{Call, Errno, Outcome};
use crate::fs::{Found, Kind, Mode, Node};
use alloc::format;
use alloc::string::String;
use linux_raw_sys::general::{
    AT_EMPTY_PATH, AT_FDCWD, AT_NO_AUTOMOUNT, AT_SYMLINK_NOFOLLOW, O_ACCMODE, O_APPEND, O_CLOEXEC,
    O_CREAT, O_DIRECTORY, O_EXCL, O_LARGEFILE, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR,
    O_TRUNC, O_WRONLY, PATH_MAX, stat,
};
use vm::{Ea, PAGE_SIZE};

/// Copies in a path. One that is not UTF-8 names nothing here: ENOENT.
pub fn user_path(call: &mut Call, at: u64) -> Result<String, Errno> {
    call.kernel.afford()?;
    let bytes = call
        .memory()
        .string(at, PATH_MAX as usize, Errno::ENAMETOOLONG)?;
    String::from_utf8(bytes).map_err(|_| Errno::ENOENT)
}

/// Follows `path` from the directory that `fd` is, or from the working
/// directory.
fn walk(call: &Call, fd: i32, path: &str) -> Result<Found, Errno> {
    let kernel = &call.kernel;
    if fd == AT_FDCWD || path.starts_with('/') {
        return kernel.walk(call.pid, &call.process().cwd, path);
    }
    let file = call.process().files.get(fd)?;
    let file = file.lock();
    match file.node {
        Node::Directory => kernel.walk(call.pid, &file.path, path),
        _ => Err(Errno::ENOTDIR),
    }
}

/// open(2).
pub fn open(call: &mut Call) -> Outcome {
    open_at(call, AT_FDCWD, call.arg(0), call.bits(1))
}

/// openat(2).
pub fn openat(call: &mut Call) -> Outcome {
    open_at(call, call.int(0), call.arg(1), call.bits(2))
}

/// O_APPEND, O_NONBLOCK, O_NOCTTY, O_NOFOLLOW and O_LARGEFILE change nothing
/// here: there are no files that grow, no links, and the console's reader always
/// waits. Other flags are EINVAL.
fn open_at(call: &mut Call, fd: i32, path_at: u64, flags: u32) -> Outcome {
    const EMPTY: u32 = O_APPEND | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_LARGEFILE;
    const KNOWN: u32 = O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_DIRECTORY | O_CLOEXEC | EMPTY;
    if flags & !KNOWN != 0 {
        return Err(Errno::EINVAL.into());
    }
    let mode = mode_of(flags)?;
    let path = user_path(call, path_at)?;
    let found = match walk(call, fd, &path) {
        Ok(_) if flags & O_CREAT != 0 && flags & O_EXCL != 0 => Err(Errno::EEXIST),
        Err(Errno::ENOENT) if flags & O_CREAT != 0 => Err(Errno::EROFS),
        other => other,
    }?;
    check(&found.node, flags)?;
    let file = call.kernel.open(found, mode)?;
    Ok(call.process_mut().files.add(file, on_exec(flags))? as u64)
}

fn mode_of(flags: u32) -> Result<Mode, Errno> {
    match flags & O_ACCMODE {
        O_RDONLY => Ok(Mode::Read),
        O_WRONLY => Ok(Mode::Write),
        O_RDWR => Ok(Mode::ReadWrite),
        _ => Err(Errno::EINVAL),
    }
}

fn check(node: &Node, flags: u32) -> Result<(), Errno> {
    match node.kind() {
        Kind::Directory if flags & O_CREAT != 0 => Err(Errno::EISDIR),
        Kind::Directory => Ok(()),
        _ if flags & O_DIRECTORY != 0 => Err(Errno::ENOTDIR),
        Kind::Regular if flags & O_TRUNC != 0 => Err(Errno::EROFS),
        _ => Ok(()),
    }
}

/// fstat(2).
pub fn fstat(call: &mut Call) -> Outcome {
    let at = call.arg(1);
    let bytes = stat_open(call, call.int(0))?;
    call.memory().write(Ea(at), &bytes)?;
    Ok(0)
}

/// fstatat(2), by its name on 64-bit machines.
pub fn newfstatat(call: &mut Call) -> Outcome {
    const KNOWN: u32 = AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
    let (fd, at, flags) = (call.int(0), call.arg(2), call.bits(3));
    if flags & !KNOWN != 0 {
        return Err(Errno::EINVAL.into());
    }
    let path = user_path(call, call.arg(1))?;
    let itself = path.is_empty() && flags & AT_EMPTY_PATH != 0;
    let bytes = if itself && fd != AT_FDCWD {
        stat_open(call, fd)?
    } else {
        stat_found(&walk(call, fd, if itself { "." } else { &path })?)
    };
    call.memory().write(Ea(at), &bytes)?;
    Ok(0)
}

fn stat_open(call: &Call, fd: i32) -> Result<[u8; size_of::<stat>()], Errno> {
    let file = call.process().files.get(fd)?;
    let file = file.lock();
    Ok(stat_found(&Found {
        path: file.path.clone(),
        node: file.node,
    }))
}

fn stat_found(found: &Found) -> [u8; size_of::<stat>()] {
    let device = match found.node {
        Node::Device(device) => device.number(),
        _ => 0,
    };
    let size = found.node.size();
    record!(stat {
        st_dev: 1,
        st_ino: found.inode(),
        st_nlink: 1,
        st_mode: found.node.mode(),
        st_rdev: device,
        st_size: size as i64,
        st_blksize: PAGE_SIZE,
        st_blocks: size.div_ceil(512),
    })
}

/// chdir(2).
pub fn chdir(call: &mut Call) -> Outcome {
    let path = user_path(call, call.arg(0))?;
    let found = walk(call, AT_FDCWD, &path)?;
    if found.node.kind() != Kind::Directory {
        return Err(Errno::ENOTDIR.into());
    }
    call.process_mut().cwd = found.path;
    Ok(0)
}

/// getcwd(2), the system call: it gives the length, the 0 at the end included.
pub fn getcwd(call: &mut Call) -> Outcome {
    let (at, room) = (call.arg(0), call.arg(1));
    let path = format!("/{}\0", call.process().cwd);
    if path.len() as u64 > room {
        return Err(Errno::ERANGE.into());
    }
    call.memory().write(Ea(at), path.as_bytes())?;
    Ok(path.len() as u64)
}
