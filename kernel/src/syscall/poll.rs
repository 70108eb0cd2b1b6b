//! poll and ppoll: which files can be read or written without waiting.

use super::signal::SET;
use super::time::Timespec;
use super::{Call, Errno, Outcome, Stop, UserSlice};
use crate::fs::{Body, Event, Ino, Mode, OpenFile, Role, Target};
use crate::platform;
use crate::process::{SigSet, Wait, ticks};
use crate::state::Kernel;
use linux_raw_sys::general::{
    PIPE_BUF, POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLRDNORM, POLLWRNORM, pollfd,
};
use vm::Ea;

const ENTRY: u64 = size_of::<pollfd>() as u64;

/// There is something to read.
const READ: u32 = POLLIN | POLLRDNORM;
/// There is room to write.
const WRITE: u32 = POLLOUT | POLLWRNORM;
/// What is told though nobody asked.
const ALWAYS: u32 = POLLERR | POLLHUP | POLLNVAL;

/// poll(2).
pub fn poll(call: &mut Call) -> Outcome {
    let until = match u64::try_from(call.int(2)) {
        Ok(milliseconds) => {
            let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000 * 1_000_000);
            call.deadline_after(ticks(seconds, rest, platform::timebase_hz()))
        }
        // A negative one is for ever.
        Err(_) => u64::MAX,
    };
    poll_until(call, until)
}

/// ppoll(2). The time that is left is not written back.
pub fn ppoll(call: &mut Call) -> Outcome {
    let (timeout_at, mask_at) = (call.arg(2), call.arg(3));
    let until = match timeout_at {
        0 => u64::MAX,
        at => {
            let time = Timespec::read(&mut call.memory(), at)?;
            call.deadline_after(time.ticks())
        }
    };
    if mask_at != 0 {
        if call.arg(4) != SET {
            return Err(Errno::EINVAL.into());
        }
        let mask = SigSet::mask(call.memory().read_u64(Ea(mask_at))?);
        call.mask_meanwhile(mask);
    }
    poll_until(call, until)
}

fn poll_until(call: &mut Call, until: u64) -> Outcome {
    match poll_once(call) {
        Ok(0) if platform::timebase() < until => {
            Err(Stop::Wait(Wait::Poll(until.min(call.next_alarm()))))
        }
        outcome => outcome,
    }
}

/// Looks at all of them, and tells. Gives how many there is something to tell of.
fn poll_once(call: &mut Call) -> Outcome {
    let (at, count) = (call.arg(0), call.bits(1).into());
    if count > call.process().files.limit() {
        return Err(Errno::EINVAL.into());
    }
    UserSlice::new(at, count * ENTRY)?;
    let mut told = 0;
    for entry in 0..count {
        let at = at + entry * ENTRY;
        let mut bytes = [0; ENTRY as usize];
        call.memory().read(Ea(at), &mut bytes)?;
        let [a, b, c, d, low, high, ..] = bytes;
        let fd = i32::from_ne_bytes([a, b, c, d]);
        let wanted = u32::from(u16::from_ne_bytes([low, high]));
        let events = events(call, fd) & (wanted | ALWAYS);
        told += u64::from(events != 0);
        let revents = (events as u16).to_ne_bytes();
        let place = core::mem::offset_of!(pollfd, revents) as u64;
        call.memory().write(Ea(at + place), &revents)?;
    }
    Ok(told)
}

/// What can be told of `fd`. A negative one is passed over.
pub fn events(call: &Call, fd: i32) -> u32 {
    if fd < 0 {
        return 0;
    }
    match call.process().files.get(fd) {
        Ok(file) => events_of(call.kernel, &file.lock()),
        Err(_) => POLLNVAL,
    }
}

fn events_of(kernel: &Kernel, file: &OpenFile) -> u32 {
    if file.mode == Mode::Path {
        return POLLNVAL;
    }
    let Target::Inode(hold) = &file.target else {
        return READ | WRITE;
    };
    match &kernel.tree.get(hold.ino()).body {
        Body::Pipe(_) => pipe_events(kernel, hold.ino(), hold.role()),
        Body::Device(device) if device.is_console() => match kernel.console.is_readable() {
            true => READ | WRITE,
            false => WRITE,
        },
        Body::Event(event) => {
            let read = if event.count > 0 { READ } else { 0 };
            let write = if event.count < Event::MOST { WRITE } else { 0 };
            read | write
        }
        Body::Alarm(alarm) => match alarm.has_expired(platform::timebase()) {
            true => READ,
            false => 0,
        },
        _ => READ | WRITE,
    }
}

fn pipe_events(kernel: &Kernel, ino: Ino, role: Role) -> u32 {
    let Body::Pipe(pipe) = &kernel.tree.get(ino).body else {
        return 0;
    };
    let when = |holds: bool, events| if holds { events } else { 0 };
    let read = when(pipe.len() > 0, READ) | when(pipe.writers == 0, POLLHUP);
    let room = pipe.room() >= PIPE_BUF.into();
    let write = when(room, WRITE) | when(pipe.readers == 0, POLLERR);
    match role {
        Role::Reader => read,
        Role::Writer => write,
        Role::BothEnds => read | write,
        Role::Runner | Role::Other => 0,
    }
}
