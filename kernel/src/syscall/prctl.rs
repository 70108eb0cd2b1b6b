//! prctl(2): the name of a process, and questions that root's programs ask.

use super::{Call, Errno, Outcome, capabilities};
use crate::process::Name;
use linux_raw_sys::prctl::{
    PR_CAPBSET_DROP, PR_CAPBSET_READ, PR_GET_DUMPABLE, PR_GET_KEEPCAPS, PR_GET_NAME,
    PR_GET_NO_NEW_PRIVS, PR_GET_PDEATHSIG, PR_SET_KEEPCAPS, PR_SET_NAME, PR_SET_NO_NEW_PRIVS,
};
use vm::Ea;

/// Bytes of a name, its 0 included (TASK_COMM_LEN).
const NAME: usize = 16;

/// prctl(2). A process has one name, its threads none of their own. What is not here is
/// EINVAL, which stands for options that a kernel does not know.
pub fn prctl(call: &mut Call) -> Outcome {
    match call.bits(0) {
        PR_SET_NAME => set_name(call),
        PR_GET_NAME => get_name(call),
        PR_CAPBSET_READ => capabilities::is_bounding(call),
        PR_CAPBSET_DROP => capabilities::drop_bounding(call),
        PR_GET_DUMPABLE => Ok(1),
        PR_GET_KEEPCAPS => Ok(call.task().capabilities.keeps.into()),
        PR_SET_KEEPCAPS => capabilities::set_keeps(call),
        PR_GET_NO_NEW_PRIVS if (1..5).all(|n| call.arg(n) == 0) => {
            Ok(call.task().capabilities.no_new_privileges.into())
        }
        PR_SET_NO_NEW_PRIVS => capabilities::set_no_new_privileges(call),
        PR_GET_PDEATHSIG => {
            let at = call.arg(1);
            call.memory().write(Ea(at), &[0; 4])?;
            Ok(0)
        }
        _ => Err(Errno::EINVAL.into()),
    }
}

fn set_name(call: &mut Call) -> Outcome {
    let at = call.arg(1);
    let mut bytes = [0; NAME - 1];
    let mut len = 0;
    while len < bytes.len() {
        call.memory()
            .read(Ea(at.saturating_add(len as u64)), &mut bytes[len..=len])?;
        if bytes[len] == 0 {
            break;
        }
        len += 1;
    }
    let name = bytes.map(|byte| if byte == b'/' { b'_' } else { byte });
    call.process_mut().name = Name::of_path(&name[..len]);
    Ok(0)
}

fn get_name(call: &mut Call) -> Outcome {
    let mut bytes = [0; NAME];
    let name = call.process().name.as_bytes();
    bytes[..name.len()].copy_from_slice(name);
    let at = call.arg(1);
    call.memory().write(Ea(at), &bytes)?;
    Ok(0)
}
