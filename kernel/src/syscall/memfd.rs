//! Files without a name, and bytes without a file: memfd_create and getrandom.

use super::spans::{LIMIT, Spans};
use super::{Call, Errno, Outcome};
use crate::fs::{Body, File, Mode, OnExec, OpenFile, Role, fill_random};
use alloc::vec::Vec;
use linux_raw_sys::general::{GRND_INSECURE, GRND_NONBLOCK, GRND_RANDOM, MFD_CLOEXEC, O_CLOEXEC};

/// Bytes in a name, its 0 included.
const NAME: usize = 250;

/// memfd_create(2). Sealing and huge pages are EINVAL.
pub fn memfd_create(call: &mut Call) -> Outcome {
    let (name_at, flags) = (call.arg(0), call.bits(1));
    if flags & !MFD_CLOEXEC != 0 {
        return Err(Errno::EINVAL.into());
    }
    call.kernel.afford()?;
    call.process().files.require_room(1)?;
    let name = call.memory().string(name_at, NAME, Errno::EINVAL)?;
    let now = call.kernel.file_time();
    let tree = &mut call.kernel.tree;
    let ino = tree.make(Body::File(File::default()), 0o777, now);
    let full: Vec<u8> = [&b"/memfd:"[..], &name].concat();
    tree.get_mut(ino).lost = Some(full.into_boxed_slice());
    let file = OpenFile::new(tree.hold(ino, Role::Writer), Mode::ReadWrite, 0);
    let on_exec = match flags & MFD_CLOEXEC {
        0 => OnExec::Keep,
        _ => OnExec::from_flags(O_CLOEXEC),
    };
    Ok(call.process_mut().files.add(file, on_exec)? as u64)
}

/// getrandom(2). It never waits.
pub fn getrandom(call: &mut Call) -> Outcome {
    let (at, len, flags) = (call.arg(0), call.arg(1), call.bits(2));
    let both = GRND_RANDOM | GRND_INSECURE;
    if flags & !(both | GRND_NONBLOCK) != 0 || flags & both == both {
        return Err(Errno::EINVAL.into());
    }
    let done = Spans::one(at, len)?.fill(call, LIMIT, |_, _, buffer| {
        fill_random(buffer);
        Ok(buffer.len())
    })?;
    Ok(done)
}
