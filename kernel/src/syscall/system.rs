//! The machine as a whole: its name and its end.

use super::record::record;
use super::{Call, Errno, Outcome};
use crate::platform;
use crate::process::{CapabilitySet, NANOSECONDS, monotonic};
use linux_raw_sys::general::{
    LINUX_REBOOT_CMD_HALT, LINUX_REBOOT_CMD_POWER_OFF, LINUX_REBOOT_CMD_RESTART,
    LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_MAGIC2A, LINUX_REBOOT_MAGIC2B,
    LINUX_REBOOT_MAGIC2C,
};
use linux_raw_sys::system::new_utsname;
use vm::{Ea, PAGE_SIZE};

/// Bytes of a name in new_utsname, its 0 included.
const NAME: usize = 65;

/// What Linux calls a 64-bit PowerPC of this byte order.
const MACHINE: &str = if cfg!(target_endian = "little") {
    "ppc64le"
} else {
    "ppc64"
};

/// uname(2).
pub fn uname(call: &mut Call) -> Outcome {
    const NAMES: [&str; 6] = [
        "Quire",
        "quire",
        env!("CARGO_PKG_VERSION"),
        "#1",
        MACHINE,
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

/// struct sysinfo (sysinfo(2)).
#[repr(C)]
struct SysInfo {
    uptime: i64,
    loads: [u64; 3],
    totalram: u64,
    freeram: u64,
    sharedram: u64,
    bufferram: u64,
    totalswap: u64,
    freeswap: u64,
    procs: u16,
    pad: u16,
    totalhigh: u64,
    freehigh: u64,
    mem_unit: u32,
}
const _: () = assert!(size_of::<SysInfo>() == 112);

/// sysinfo(2). Loads, shared and buffer memory are not counted: 0.
pub fn sysinfo(call: &mut Call) -> Outcome {
    let frames = call.kernel.vm.frame_counts();
    let bytes = record!(SysInfo {
        uptime: (monotonic() / NANOSECONDS) as i64,
        totalram: u64::from(frames.total) * PAGE_SIZE,
        freeram: u64::from(frames.free) * PAGE_SIZE,
        procs: call.kernel.processes.len() as u16,
        mem_unit: 1u32,
    });
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
    call.need(CapabilitySet::SYS_BOOT)?;
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
