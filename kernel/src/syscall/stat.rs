//! What files are: the stat family, statx and statfs.

use super::path::{Empty, find, find_or_itself};
use super::record::record;
use super::{Call, Errno, Outcome};
use crate::fs::{Body, Follow, Ino, Kind, Spot, Times, inode};
use crate::state::Kernel;
use linux_raw_sys::general::{
    AT_EMPTY_PATH, AT_FDCWD, AT_NO_AUTOMOUNT, AT_STATX_DONT_SYNC, AT_STATX_FORCE_SYNC,
    AT_SYMLINK_NOFOLLOW, NAME_MAX, PROC_SUPER_MAGIC, STATX__RESERVED, STATX_BASIC_STATS,
    STATX_BTIME, TMPFS_MAGIC, stat, statfs, statx,
};
use vm::{Ea, PAGE_SIZE};

/// What is told of a file.
struct About {
    /// st_dev: 1 for the tree, 2 for /proc.
    device: u64,
    ino: u64,
    links: u32,
    mode: u32,
    /// st_rdev: major × 256 + minor.
    number: u64,
    size: u64,
    /// Frames that its contents take.
    frames: u64,
    times: Times,
}

fn about(kernel: &Kernel, spot: &Spot) -> Result<About, Errno> {
    match spot {
        Spot::Inode(ino) => Ok(about_inode(kernel, *ino)),
        Spot::Proc(root, path) => about_proc(kernel, *root, path),
    }
}

fn about_inode(kernel: &Kernel, ino: Ino) -> About {
    let inode = kernel.tree.get(ino);
    About {
        device: kernel.tree.mount_of(ino).device,
        ino: ino.0,
        links: inode.links,
        mode: inode.mode(),
        number: match &inode.body {
            Body::Device(device) => device.number(),
            _ => 0,
        },
        size: inode.size(),
        frames: match &inode.body {
            Body::File(file) => file.frames(&kernel.vm),
            _ => 0,
        },
        times: inode.times,
    }
}

/// As in Linux, what is made when it is opened has no size. It is as new as can be.
fn about_proc(kernel: &Kernel, root: Ino, path: &str) -> Result<About, Errno> {
    let kind = kernel.proc_node(path)?.kind();
    let (permissions, links) = match kind {
        Kind::Directory => (0o555, 2),
        Kind::Link => (0o777, 1),
        _ => (0o444, 1),
    };
    let full = match path {
        "" => "proc".into(),
        _ => alloc::format!("proc/{path}"),
    };
    Ok(About {
        device: kernel.tree.mount_of(root).device,
        ino: inode(&full),
        links,
        mode: kind.mode() | permissions,
        number: 0,
        size: 0,
        frames: 0,
        times: Times::new(kernel.file_time()),
    })
}

/// Blocks of 512 bytes: what st_blocks counts.
fn blocks(frames: u64) -> u64 {
    frames * (PAGE_SIZE / 512)
}

fn put_stat(call: &mut Call, spot: &Spot, at: u64) -> Outcome {
    let about = about(call.kernel, spot)?;
    let bytes = record!(stat {
        st_dev: about.device,
        st_ino: about.ino,
        st_nlink: about.links.into(),
        st_mode: about.mode,
        st_rdev: about.number,
        st_size: about.size as i64,
        st_blksize: PAGE_SIZE,
        st_blocks: blocks(about.frames),
        st_atime: about.times.accessed.seconds as u64,
        st_atime_nsec: about.times.accessed.nanoseconds.into(),
        st_mtime: about.times.modified.seconds as u64,
        st_mtime_nsec: about.times.modified.nanoseconds.into(),
        st_ctime: about.times.changed.seconds as u64,
        st_ctime_nsec: about.times.changed.nanoseconds.into(),
    });
    call.memory().write(Ea(at), &bytes)?;
    Ok(0)
}

/// stat(2): follows a link.
pub fn stat_path(call: &mut Call) -> Outcome {
    let spot = find(call, AT_FDCWD, call.arg(0), Follow::Always)?;
    put_stat(call, &spot, call.arg(1))
}

/// lstat(2): does not.
pub fn lstat(call: &mut Call) -> Outcome {
    let spot = find(call, AT_FDCWD, call.arg(0), Follow::IfSlash)?;
    put_stat(call, &spot, call.arg(1))
}

/// fstat(2).
pub fn fstat(call: &mut Call) -> Outcome {
    let spot = call.process().files.get(call.int(0))?.lock().spot();
    put_stat(call, &spot, call.arg(1))
}

/// fstatat(2), by its name on 64-bit machines.
pub fn newfstatat(call: &mut Call) -> Outcome {
    let (fd, path, at, flags) = (call.int(0), call.arg(1), call.arg(2), call.bits(3));
    let spot = stat_at(call, fd, path, flags, 0)?;
    put_stat(call, &spot, at)
}

fn stat_at(call: &mut Call, fd: i32, path: u64, flags: u32, more: u32) -> Result<Spot, Errno> {
    const KNOWN: u32 = AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
    if flags & !(KNOWN | more) != 0 {
        return Err(Errno::EINVAL);
    }
    find_or_itself(
        call,
        fd,
        path,
        Follow::from_flags(flags),
        Empty::from_flags(flags),
    )
}

impl Follow {
    /// What AT_SYMLINK_NOFOLLOW says.
    pub fn from_flags(flags: u32) -> Follow {
        match flags & AT_SYMLINK_NOFOLLOW {
            0 => Follow::Always,
            _ => Follow::IfSlash,
        }
    }
}

/// statx(2). Whatever is asked for, all that there is is told.
pub fn statx_call(call: &mut Call) -> Outcome {
    const SYNC: u32 = AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC;
    let (fd, path, flags) = (call.int(0), call.arg(1), call.bits(2));
    if call.bits(3) & STATX__RESERVED != 0 || flags & SYNC == SYNC {
        return Err(Errno::EINVAL.into());
    }
    let spot = stat_at(call, fd, path, flags, SYNC)?;
    let about = about(call.kernel, &spot)?;
    let times = about.times;
    let bytes = record!(statx {
        stx_mask: STATX_BASIC_STATS | STATX_BTIME,
        stx_blksize: PAGE_SIZE as u32,
        stx_nlink: about.links,
        stx_mode: about.mode as u16,
        stx_ino: about.ino,
        stx_size: about.size,
        stx_blocks: blocks(about.frames),
        stx_atime.tv_sec: times.accessed.seconds,
        stx_atime.tv_nsec: times.accessed.nanoseconds,
        stx_btime.tv_sec: times.born.seconds,
        stx_btime.tv_nsec: times.born.nanoseconds,
        stx_ctime.tv_sec: times.changed.seconds,
        stx_ctime.tv_nsec: times.changed.nanoseconds,
        stx_mtime.tv_sec: times.modified.seconds,
        stx_mtime.tv_nsec: times.modified.nanoseconds,
        stx_rdev_major: (about.number >> 8) as u32,
        stx_rdev_minor: (about.number & 0xff) as u32,
        stx_dev_minor: about.device as u32,
    });
    let at = call.arg(4);
    call.memory().write(Ea(at), &bytes)?;
    Ok(0)
}

/// statfs(2).
pub fn statfs_path(call: &mut Call) -> Outcome {
    let spot = find(call, AT_FDCWD, call.arg(0), Follow::Always)?;
    put_statfs(call, &spot, call.arg(1))
}

/// fstatfs(2).
pub fn fstatfs(call: &mut Call) -> Outcome {
    let spot = call.process().files.get(call.int(0))?.lock().spot();
    put_statfs(call, &spot, call.arg(1))
}

/// statfs64(2) and fstatfs64(2), which have the same structure on 64-bit machines and are
/// told its size.
fn require_size(call: &Call) -> Result<(), Errno> {
    match call.arg(1) {
        size if size == size_of::<statfs>() as u64 => Ok(()),
        _ => Err(Errno::EINVAL),
    }
}

/// statfs64(2).
pub fn statfs64_path(call: &mut Call) -> Outcome {
    require_size(call)?;
    let spot = find(call, AT_FDCWD, call.arg(0), Follow::Always)?;
    put_statfs(call, &spot, call.arg(2))
}

/// fstatfs64(2).
pub fn fstatfs64(call: &mut Call) -> Outcome {
    require_size(call)?;
    let spot = call.process().files.get(call.int(0))?.lock().spot();
    put_statfs(call, &spot, call.arg(2))
}

/// Each tmpfs may take all of memory.
fn put_statfs(call: &mut Call, spot: &Spot, at: u64) -> Outcome {
    let counts = call.kernel.vm.frame_counts();
    let (magic, total, free) = match spot {
        Spot::Inode(_) => (TMPFS_MAGIC, counts.total, counts.free),
        Spot::Proc(..) => (PROC_SUPER_MAGIC, 0, 0),
    };
    let bytes = record!(statfs {
        f_type: magic.into(),
        f_bsize: PAGE_SIZE as i64,
        f_blocks: total.into(),
        f_bfree: free.into(),
        f_bavail: free.into(),
        f_files: call.kernel.tree.len() as i64,
        f_namelen: NAME_MAX.into(),
        f_frsize: PAGE_SIZE as i64,
    });
    call.memory().write(Ea(at), &bytes)?;
    Ok(0)
}
