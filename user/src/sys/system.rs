//! Time, and what the system is.

use super::call;
use crate::{Errno, Text};
use core::ffi::{CStr, c_char};
use core::mem::MaybeUninit;
use linux_raw_sys::general::*;
use linux_raw_sys::system::new_utsname;

/// Seconds and nanoseconds, as the kernel passes them on 64-bit machines.
#[repr(C)]
#[derive(Clone, Copy, Default, Debug)]
pub struct Time {
    /// Whole seconds.
    pub seconds: i64,
    /// 0 to 999,999,999.
    pub nanoseconds: i64,
}

impl Time {
    /// `ns` nanoseconds.
    pub const fn from_ns(ns: u64) -> Time {
        Time {
            seconds: (ns / 1_000_000_000) as i64,
            nanoseconds: (ns % 1_000_000_000) as i64,
        }
    }

    /// The whole in nanoseconds.
    pub const fn ns(self) -> u64 {
        self.seconds as u64 * 1_000_000_000 + self.nanoseconds as u64
    }
}

/// What clock `id` (CLOCK_*) shows.
pub fn clock_gettime(id: u32) -> Result<Time, Errno> {
    let mut time = Time::default();
    // SAFETY: the kernel writes `time` and nothing else.
    unsafe { call(__NR_clock_gettime, &[id as usize, &raw mut time as usize]) }?;
    Ok(time)
}

/// Nanoseconds since the machine started.
pub fn now() -> u64 {
    clock_gettime(CLOCK_MONOTONIC).map_or(0, Time::ns)
}

/// Sleeps for at least `time`.
pub fn nanosleep(time: Time) -> Result<(), Errno> {
    // SAFETY: the kernel only reads `time`.
    unsafe { call(__NR_nanosleep, &[&raw const time as usize, 0]) }.map(drop)
}

/// Switches the machine off, if the kernel lets this process.
pub fn power_off() -> Errno {
    let args = [
        LINUX_REBOOT_MAGIC1,
        LINUX_REBOOT_MAGIC2,
        LINUX_REBOOT_CMD_POWER_OFF,
    ]
    .map(|n| n as usize);
    // SAFETY: no memory of this process is concerned.
    match unsafe { call(__NR_reboot, &args) } {
        Err(e) => e,
        Ok(_) => Errno(0),
    }
}

/// What uname tells of the system.
pub struct Uname {
    /// The kernel's name.
    pub system: Text<65>,
    /// The machine's name in the network.
    pub node: Text<65>,
    /// The kernel's release.
    pub release: Text<65>,
    /// The kernel's version.
    pub version: Text<65>,
    /// What programs it runs: ppc64le or ppc64.
    pub machine: Text<65>,
}

/// Asks what the system is.
pub fn uname() -> Result<Uname, Errno> {
    let mut name = MaybeUninit::<new_utsname>::zeroed();
    // SAFETY: the kernel writes one `new_utsname`, for which zero bytes are good too.
    let name = unsafe {
        call(__NR_uname, &[name.as_mut_ptr() as usize])?;
        name.assume_init()
    };
    Ok(Uname {
        system: text(&name.sysname),
        node: text(&name.nodename),
        release: text(&name.release),
        version: text(&name.version),
        machine: text(&name.machine),
    })
}

fn text(field: &[c_char; 65]) -> Text<65> {
    // SAFETY: a C character is a byte by another name.
    let bytes: &[u8; 65] = unsafe { &*(&raw const *field).cast() };
    let mut text = Text::new();
    text.push(CStr::from_bytes_until_nul(bytes).unwrap_or(c"").to_bytes());
    text
}
