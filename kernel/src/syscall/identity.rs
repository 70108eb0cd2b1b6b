//! Users and groups: there is root, and nobody else (credentials(7)).

use super::{Call, Errno, Outcome};
use vm::Ea;

/// What is not to be changed: -1.
const SAME: u32 = u32::MAX;

/// getresuid(2), getresgid(2).
pub fn getres(call: &mut Call) -> Outcome {
    for n in 0..3 {
        let at = call.arg(n);
        call.memory().write(Ea(at), &[0; 4])?;
    }
    Ok(0)
}

/// Root stays root. There is no other user to become: EINVAL ("not valid in this
/// user namespace", setuid(2)).
fn only_root(call: &Call, count: usize) -> Outcome {
    match (0..count).all(|n| matches!(call.bits(n), 0 | SAME)) {
        true => Ok(0),
        false => Err(Errno::EINVAL.into()),
    }
}

/// setuid(2), setgid(2).
pub fn set(call: &mut Call) -> Outcome {
    match call.bits(0) {
        SAME => Err(Errno::EINVAL.into()),
        _ => only_root(call, 1),
    }
}

/// setreuid(2), setregid(2).
pub fn set_both(call: &mut Call) -> Outcome {
    only_root(call, 2)
}

/// setresuid(2), setresgid(2).
pub fn set_all(call: &mut Call) -> Outcome {
    only_root(call, 3)
}

/// getgroups(2): there are no supplementary groups.
pub fn getgroups(call: &mut Call) -> Outcome {
    match call.int(0) {
        0.. => Ok(0),
        _ => Err(Errno::EINVAL.into()),
    }
}
