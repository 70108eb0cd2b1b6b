//! mount and umount: another tmpfs, or the proc at another place.

use super::path::{find, user_path};
use super::{Call, Errno, Outcome};
use crate::fs::{FileSystem, Follow};
use crate::process::CapabilitySet;
use alloc::vec::Vec;
use linux_raw_sys::general::{
    AT_FDCWD, MNT_FORCE, MS_MGC_MSK, MS_MGC_VAL, MS_NODEV, MS_NOSUID, MS_RELATIME, MS_SILENT,
    UMOUNT_NOFOLLOW,
};

/// The flags that ask for nothing that is not so anyway: no program here gets another user,
/// and a device cannot be made.
const NATURAL: u32 = MS_SILENT | MS_NOSUID | MS_NODEV | MS_RELATIME;

/// mount(2). Other flags are EINVAL: nothing is mounted to be read only, a second time, or
/// somewhere else. Of options a tmpfs knows `mode=`, and `uid=0` and `gid=0`; it has no
/// limit of its own. A file system that is not here is ENODEV.
pub fn mount(call: &mut Call) -> Outcome {
    let kind = text(call, call.arg(2))?;
    let source = text(call, call.arg(0))?;
    let options = text(call, call.arg(4))?;
    let spot = find(call, AT_FDCWD, call.arg(1), Follow::Always)?;
    call.need(CapabilitySet::SYS_ADMIN)?;
    // What came before the flags when they had 16 bits.
    let flags = match call.bits(3) {
        flags if flags & MS_MGC_MSK == MS_MGC_VAL => flags & !MS_MGC_MSK,
        flags => flags,
    };
    if flags & !NATURAL != 0 || call.arg(2) == 0 {
        return Err(Errno::EINVAL.into());
    }
    let all = FileSystem::ALL.into_iter();
    let kind = all
        .into_iter()
        .find(|known| known.name().as_bytes() == kind)
        .ok_or(Errno::ENODEV)?;
    let permissions = permissions(kind, &options).ok_or(Errno::EINVAL)?;
    let source = if source.is_empty() {
        &b"none"[..]
    } else {
        &source
    };
    call.kernel.mount(kind, source, &spot, permissions)?;
    Ok(0)
}

/// The string at `at`, empty if that is 0.
fn text(call: &mut Call, at: u64) -> Result<Vec<u8>, Errno> {
    match at {
        0 => Ok(Vec::new()),
        _ => user_path(call, at),
    }
}

/// The permissions of the root that options ask for; `None` if one is not known.
fn permissions(kind: FileSystem, options: &[u8]) -> Option<u32> {
    let mut mode = match kind {
        FileSystem::Tmpfs => 0o1777,
        FileSystem::Proc => 0o555,
    };
    let options = core::str::from_utf8(options).ok()?;
    for option in options.split(',').filter(|option| !option.is_empty()) {
        match (kind, option.split_once('=')?) {
            (FileSystem::Tmpfs, ("mode", digits)) => {
                mode = u32::from_str_radix(digits, 8).ok()? & 0o7777;
            }
            (FileSystem::Tmpfs, ("uid" | "gid", "0")) => {}
            _ => return None,
        }
    }
    Some(mode)
}

/// umount(2), the system call: it has no flags.
pub fn umount(call: &mut Call) -> Outcome {
    unmount(call, 0)
}

/// umount2, which is umount(2). MNT_DETACH and MNT_EXPIRE are EINVAL; MNT_FORCE changes nothing for what
/// is in memory.
pub fn umount2(call: &mut Call) -> Outcome {
    unmount(call, call.bits(1))
}

fn unmount(call: &mut Call, flags: u32) -> Outcome {
    if flags & !(MNT_FORCE | UMOUNT_NOFOLLOW) != 0 {
        return Err(Errno::EINVAL.into());
    }
    let follow = match flags & UMOUNT_NOFOLLOW {
        0 => Follow::Always,
        _ => Follow::IfSlash,
    };
    let spot = find(call, AT_FDCWD, call.arg(0), follow)?;
    call.need(CapabilitySet::SYS_ADMIN)?;
    call.kernel.unmount(&spot)?;
    Ok(0)
}
