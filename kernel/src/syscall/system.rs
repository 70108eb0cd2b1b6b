//! The machine as a whole: its name and its end.

use super::{Call, Errno, Outcome};
use crate::platform;
use linux_raw_sys::general::{
    LINUX_REBOOT_CMD_HALT, LINUX_REBOOT_CMD_POWER_OFF, LINUX_REBOOT_CMD_RESTART,
    LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_MAGIC2A, LINUX_REBOOT_MAGIC2B,
    LINUX_REBOOT_MAGIC2C,
};
use linux_raw_sys::system::new_utsname;
use vm::Ea;

/// Bytes of a name in new_utsname, its 0 included.
const NAME: usize = 65;

/// uname(2).
pub fn uname(call: &mut Call) -> Outcome {
    const NAMES: [&str; 6] = [
        "Quire",
        "quire",
        env!("CARGO_PKG_VERSION"),
        "#1",
        "ppc64le",
        "(none)",
    ];
    let mut bytes = [0; size_of::<new_utsname>()];
    for (field, name) in bytes.chunks_exact_mut(NAME).zip(NAMES) {
        field[..name.len()].copy_from_slice(name.as_bytes());
    }
    let at = call.arg(0);
    call.memory().write(Ea(at), &bytes)?;
    Ok(0)
}

/// reboot(2): power off, halt (the same) and restart. A program that a suite runs
/// gets EPERM, or it could end the suites as if they had passed.
pub fn reboot(call: &mut Call) -> Outcome {
    const MAGIC2: [u32; 4] = [
        LINUX_REBOOT_MAGIC2,
        LINUX_REBOOT_MAGIC2A,
        LINUX_REBOOT_MAGIC2B,
        LINUX_REBOOT_MAGIC2C,
    ];
    if call.bits(0) != LINUX_REBOOT_MAGIC1 || !MAGIC2.contains(&call.bits(1)) {
        return Err(Errno::EINVAL.into());
    }
    let in_suite = call.kernel.suites.is_some();
    match call.bits(2) {
        LINUX_REBOOT_CMD_POWER_OFF | LINUX_REBOOT_CMD_HALT | LINUX_REBOOT_CMD_RESTART
            if in_suite =>
        {
            Err(Errno::EPERM.into())
        }
        LINUX_REBOOT_CMD_POWER_OFF | LINUX_REBOOT_CMD_HALT => platform::power_off(),
        LINUX_REBOOT_CMD_RESTART => platform::reboot(),
        _ => Err(Errno::EINVAL.into()),
    }
}
