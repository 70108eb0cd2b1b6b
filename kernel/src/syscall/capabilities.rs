//! Capabilities, by capget, capset and prctl.

use super::{Call, Errno, Outcome};
use crate::process::{Capabilities, CapabilitySet, Tid};
use linux_raw_sys::general::{
    _LINUX_CAPABILITY_VERSION_1, _LINUX_CAPABILITY_VERSION_2, _LINUX_CAPABILITY_VERSION_3,
};
use vm::Ea;

/// Bytes of one struct __user_cap_data_struct: effective, permitted, inheritable.
const DATA: usize = 12;

impl Call<'_> {
    /// That the caller has a capability, without which the call is EPERM.
    pub fn need(&self, wanted: CapabilitySet) -> Result<(), Errno> {
        match self.task().capabilities.effective.contains(wanted) {
            true => Ok(()),
            false => Err(Errno::EPERM),
        }
    }
}

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

/// The number of the thread that the caller means.
fn number(call: &mut Call) -> Result<i32, Errno> {
    let at = Ea(call.arg(0).wrapping_add(4));
    Ok(call.memory().read_u32(at)? as i32)
}

/// capget(2). As in Linux, no data is asked for by a null pointer, to learn the version.
pub fn capget(call: &mut Call) -> Outcome {
    let data_at = call.arg(1);
    let count = match structures(call) {
        Ok(_) | Err(Errno::EINVAL) if data_at == 0 => return Ok(0),
        other => other?,
    };
    let tid = match number(call)? {
        0 => call.tid,
        number if number < 0 => return Err(Errno::EINVAL.into()),
        number => Tid::from_int(number).ok_or(Errno::ESRCH)?,
    };
    let task = call.kernel.processes.task(tid).ok_or(Errno::ESRCH)?;
    let Capabilities {
        effective,
        permitted,
        inheritable,
        ..
    } = task.capabilities;
    let mut bytes = [0; 2 * DATA];
    for (i, word) in bytes.chunks_exact_mut(4).enumerate() {
        let bits = [effective, permitted, inheritable][i % 3].bits() >> (32 * (i / 3));
        word.copy_from_slice(&(bits as u32).to_ne_bytes());
    }
    call.memory().write(Ea(data_at), &bytes[..count * DATA])?;
    Ok(0)
}

/// capset(2). Nobody can change what another thread has: EPERM.
pub fn capset(call: &mut Call) -> Outcome {
    let data_at = call.arg(1);
    let count = structures(call)?;
    let number = number(call)?;
    if number != 0 && Tid::from_int(number) != Some(call.tid) {
        return Err(Errno::EPERM.into());
    }
    let mut bytes = [0; 2 * DATA];
    call.memory()
        .read(Ea(data_at), &mut bytes[..count * DATA])?;
    let mut sets = [0; 3];
    for (i, word) in bytes.as_chunks().0.iter().enumerate() {
        sets[i % 3] |= u64::from(u32::from_ne_bytes(*word)) << (32 * (i / 3));
    }
    // What there is no capability for is passed over.
    let [effective, permitted, inheritable] = sets.map(CapabilitySet::from_bits_truncate);
    let own = call.task().capabilities;
    call.task_mut().capabilities = own
        .changed(effective, permitted, inheritable)
        .ok_or(Errno::EPERM)?;
    Ok(0)
}

/// The capability that argument 1 of prctl(2) names.
fn named(call: &Call) -> Result<CapabilitySet, Errno> {
    CapabilitySet::one(call.arg(1)).ok_or(Errno::EINVAL)
}

/// PR_CAPBSET_READ.
pub fn is_bounding(call: &mut Call) -> Outcome {
    let one = named(call)?;
    Ok(call.task().capabilities.bounding.contains(one).into())
}

/// PR_CAPBSET_DROP.
pub fn drop_bounding(call: &mut Call) -> Outcome {
    call.need(CapabilitySet::SETPCAP)?;
    let one = named(call)?;
    call.task_mut().capabilities.bounding.remove(one);
    Ok(0)
}

/// PR_SET_KEEPCAPS.
pub fn set_keeps(call: &mut Call) -> Outcome {
    call.task_mut().capabilities.keeps = match call.arg(1) {
        0 => false,
        1 => true,
        _ => return Err(Errno::EINVAL.into()),
    };
    Ok(0)
}

/// PR_SET_NO_NEW_PRIVS: there is no way back.
pub fn set_no_new_privileges(call: &mut Call) -> Outcome {
    match [1, 2, 3, 4].map(|n| call.arg(n)) {
        [1, 0, 0, 0] => call.task_mut().capabilities.no_new_privileges = true,
        _ => return Err(Errno::EINVAL.into()),
    }
    Ok(0)
}
