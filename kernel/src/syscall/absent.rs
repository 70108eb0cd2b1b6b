//! Calls for what Quire has not, and which say so in the words of their man pages.

use super::{Call, Errno, Outcome};
use crate::fs::Mode;
use crate::process::CapabilitySet;

/// socket(2), socketpair(2): there is no network and there are no local sockets, so no
/// address family is supported.
pub fn socket(_: &mut Call) -> Outcome {
    Err(Errno::EAFNOSUPPORT.into())
}

/// bind(2), getpeername(2) and all others that are for sockets: nothing that is open is one.
/// bash asks this way whether its input comes from a network.
pub fn of_a_socket(call: &mut Call) -> Outcome {
    let mode = call.process().files.get(call.int(0))?.lock().mode;
    match mode {
        Mode::Path => Err(Errno::EBADF.into()),
        _ => Err(Errno::ENOTSOCK.into()),
    }
}

/// membarrier(2): with one processor there is nothing to order, and no command is needed.
/// The query says that there is none; any is EINVAL.
pub fn membarrier(call: &mut Call) -> Outcome {
    const QUERY: i32 = 0;
    match (call.int(0), call.bits(1)) {
        (QUERY, 0) => Ok(0),
        _ => Err(Errno::EINVAL.into()),
    }
}

/// setgroups(2): root has no supplementary groups, and there is none to have.
pub fn setgroups(call: &mut Call) -> Outcome {
    call.need(CapabilitySet::SETGID)?;
    match call.int(0) {
        0 => Ok(0),
        _ => Err(Errno::EINVAL.into()),
    }
}

/// personality(2): there is PER_LINUX, 0, and asking for it by 0xffffffff.
pub fn personality(call: &mut Call) -> Outcome {
    match call.bits(0) {
        0 | 0xffff_ffff => Ok(0),
        _ => Err(Errno::EINVAL.into()),
    }
}
