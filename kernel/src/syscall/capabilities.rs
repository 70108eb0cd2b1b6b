//! Capabilities: root has all of them, for ever (capabilities(7)).

use super::{Call, Errno, Outcome};
use crate::process::Tid;
use linux_raw_sys::general::{
    _LINUX_CAPABILITY_VERSION_1, _LINUX_CAPABILITY_VERSION_2, _LINUX_CAPABILITY_VERSION_3,
};
use vm::Ea;

/// All that there are: 0 to 40.
const ALL: u64 = (1 << 41) - 1;
/// Bytes of one struct __user_cap_data_struct: effective, permitted, inheritable.
const DATA: usize = 12;

/// How many structures of data a caller has who uses this version: 32 bits are in each.
/// Another version is EINVAL, and the caller is told the one that is preferred (capget(2)).
fn structures(call: &mut Call) -> Result<usize, Errno> {
    let at = Ea(call.arg(0));
    match call.memory().read_u32(at)? {
        _LINUX_CAPABILITY_VERSION_1 => Ok(1),
        _LINUX_CAPABILITY_VERSION_2 | _LINUX_CAPABILITY_VERSION_3 => Ok(2),
        _ => {
            let preferred = _LINUX_CAPABILITY_VERSION_3.to_ne_bytes();
            call.memory().write(at, &preferred)?;
            Err(Errno::EINVAL)
        }
    }
}

/// The thread of which the caller asks; 0 is itself.
fn thread(call: &mut Call) -> Result<Tid, Errno> {
    let at = Ea(call.arg(0).wrapping_add(4));
    let tid = match call.memory().read_u32(at)? as i32 {
        0 => return Ok(call.tid),
        number if number < 0 => return Err(Errno::EINVAL),
        number => Tid::from_int(number).ok_or(Errno::ESRCH)?,
    };
    call.kernel.processes.task(tid).ok_or(Errno::ESRCH)?;
    Ok(tid)
}

/// The structures of somebody who has all capabilities and hands none on.
fn all() -> [u8; 2 * DATA] {
    let words = [
        ALL as u32,
        ALL as u32,
        0,
        (ALL >> 32) as u32,
        (ALL >> 32) as u32,
        0,
    ];
    core::array::from_fn(|i| words[i / 4].to_ne_bytes()[i % 4])
}

/// capget(2). As in Linux, no data is asked for by a null pointer, to learn the version.
pub fn capget(call: &mut Call) -> Outcome {
    let data_at = call.arg(1);
    let count = match structures(call) {
        Err(Errno::EINVAL) if data_at == 0 => return Ok(0),
        other => other?,
    };
    thread(call)?;
    if data_at != 0 {
        call.memory().write(Ea(data_at), &all()[..count * DATA])?;
    }
    Ok(0)
}

/// capset(2): what the caller has already. Nobody can become less than root: EPERM.
pub fn capset(call: &mut Call) -> Outcome {
    let data_at = call.arg(1);
    let count = structures(call)?;
    if thread(call)? != call.tid {
        return Err(Errno::EPERM.into());
    }
    let mut bytes = [0; 2 * DATA];
    call.memory()
        .read(Ea(data_at), &mut bytes[..count * DATA])?;
    match bytes[..count * DATA] == all()[..count * DATA] {
        true => Ok(0),
        false => Err(Errno::EPERM.into()),
    }
}
