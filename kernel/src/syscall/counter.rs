//! Files that count: eventfd(2), and timers of which one reads how often they have expired,
//! timerfd_create(2).

use super::spans::Spans;
use super::time::{Timespec, timebase_at, timespec_bytes};
use super::{Call, Errno, Outcome, Stop};
use crate::fs::{Alarm, Body, Event, Ino, Mode, OnExec, OpenFile, Role};
use crate::platform;
use crate::process::{Wait, nanoseconds};
use linux_raw_sys::general::{
    CLOCK_BOOTTIME, CLOCK_MONOTONIC, CLOCK_REALTIME, EFD_CLOEXEC, EFD_NONBLOCK, EFD_SEMAPHORE,
    O_CLOEXEC, O_NONBLOCK, TFD_CLOEXEC, TFD_NONBLOCK, TFD_TIMER_ABSTIME, TFD_TIMER_CANCEL_ON_SET,
};
use vm::Ea;

/// Bytes of what is read and written.
const SIZE: u64 = 8;

fn make(call: &mut Call, body: Body, flags: u32) -> Outcome {
    call.kernel.afford()?;
    call.process().files.require_room(1)?;
    let now = call.kernel.file_time();
    let ino = call.kernel.tree.make(body, 0o600, now);
    let hold = call.kernel.tree.hold(ino, Role::Other);
    let file = OpenFile::new(hold, Mode::ReadWrite, flags & O_NONBLOCK);
    let on_exec = OnExec::from_flags(flags);
    Ok(call.process_mut().files.add(file, on_exec)? as u64)
}

/// eventfd(2), the older system call without flags.
pub fn eventfd(call: &mut Call) -> Outcome {
    make_event(call, 0)
}

/// eventfd2: eventfd(2).
pub fn eventfd2(call: &mut Call) -> Outcome {
    make_event(call, call.bits(1))
}

fn make_event(call: &mut Call, flags: u32) -> Outcome {
    const { assert!(EFD_CLOEXEC == O_CLOEXEC && EFD_NONBLOCK == O_NONBLOCK) };
    if flags & !(EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE) != 0 {
        return Err(Errno::EINVAL.into());
    }
    let event = Event {
        count: call.bits(0).into(),
        is_semaphore: flags & EFD_SEMAPHORE != 0,
    };
    make(call, Body::Event(event), flags)
}

/// timerfd_create(2). Clocks that wake a sleeping machine are EINVAL.
pub fn timerfd_create(call: &mut Call) -> Outcome {
    const { assert!(TFD_CLOEXEC == O_CLOEXEC && TFD_NONBLOCK == O_NONBLOCK) };
    let (clock, flags) = (call.bits(0), call.bits(1));
    let known = matches!(clock, CLOCK_REALTIME | CLOCK_MONOTONIC | CLOCK_BOOTTIME);
    if !known || flags & !(TFD_CLOEXEC | TFD_NONBLOCK) != 0 {
        return Err(Errno::EINVAL.into());
    }
    let alarm = Alarm {
        clock,
        next: None,
        interval: 0,
    };
    make(call, Body::Alarm(alarm), flags)
}

/// The timer behind argument 0.
fn alarm(call: &mut Call) -> Result<(Ino, Alarm), Errno> {
    let file = call.process().files.get(call.int(0))?;
    let ino = file.lock().ino().ok_or(Errno::EINVAL)?;
    match &call.kernel.tree.get(ino).body {
        Body::Alarm(alarm) => Ok((ino, *alarm)),
        _ => Err(Errno::EINVAL),
    }
}

/// timerfd_settime(2). Nobody sets the clock here, so TFD_TIMER_CANCEL_ON_SET has nothing
/// to do.
pub fn timerfd_settime(call: &mut Call) -> Outcome {
    let (flags, new_at, old_at) = (call.bits(1), call.arg(2), call.arg(3));
    if flags & !(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET) != 0 {
        return Err(Errno::EINVAL.into());
    }
    let (ino, old) = alarm(call)?;
    let interval = Timespec::read(&mut call.memory(), new_at)?;
    let value = Timespec::read(&mut call.memory(), new_at.wrapping_add(16))?;
    if old_at != 0 {
        tell(call, &old, old_at)?;
    }
    let next = match flags & TFD_TIMER_ABSTIME {
        _ if value.nanoseconds() == 0 => None,
        0 => Some(platform::timebase().saturating_add(value.ticks())),
        _ => Some(timebase_at(call, old.clock, value)),
    };
    if let Body::Alarm(alarm) = &mut call.kernel.tree.get_mut(ino).body {
        (alarm.next, alarm.interval) = (next, interval.ticks());
    }
    call.kernel.pipe_changed(ino);
    Ok(0)
}

/// timerfd_gettime(2).
pub fn timerfd_gettime(call: &mut Call) -> Outcome {
    let (_, alarm) = alarm(call)?;
    tell(call, &alarm, call.arg(1))
}

/// struct itimerspec: the interval, and what is left.
fn tell(call: &mut Call, alarm: &Alarm, at: u64) -> Outcome {
    let hz = platform::timebase_hz();
    let left = alarm.left(platform::timebase());
    let [interval, left] = [alarm.interval, left].map(|time| timespec_bytes(nanoseconds(time, hz)));
    call.memory().write(Ea(at), &interval)?;
    call.memory().write(Ea(at.wrapping_add(16)), &left)?;
    Ok(0)
}

/// Reads what has been counted. Nothing waits for less than eight bytes.
pub fn read(call: &mut Call, ino: Ino, to: &Spans, flags: u32) -> Outcome {
    if to.len() < SIZE {
        return Err(Errno::EINVAL.into());
    }
    let now = platform::timebase();
    // What cannot be handed over stays.
    let (taken, wait) = match &call.kernel.tree.get(ino).body {
        Body::Event(event) => ({ *event }.take(), Wait::Pipe(ino)),
        Body::Alarm(alarm) => {
            let wait = alarm
                .next
                .map_or(Wait::Pipe(ino), |next| Wait::Alarm(ino, next));
            ({ *alarm }.take(now), wait)
        }
        _ => return Err(Errno::EINVAL.into()),
    };
    let Some(value) = taken else {
        return match flags & O_NONBLOCK {
            0 => Err(Stop::Wait(wait)),
            _ => Err(Errno::EAGAIN.into()),
        };
    };
    let bytes = value.to_ne_bytes();
    let done = to.fill(call, SIZE, |_, done, buffer| {
        buffer.copy_from_slice(&bytes[done as usize..][..buffer.len()]);
        Ok(buffer.len())
    })?;
    match &mut call.kernel.tree.get_mut(ino).body {
        Body::Event(event) => drop(event.take()),
        Body::Alarm(alarm) => drop(alarm.take(now)),
        _ => {}
    }
    call.kernel.pipe_changed(ino);
    Ok(done)
}

/// Adds to a counter. A timer cannot be written: EINVAL.
pub fn write(call: &mut Call, ino: Ino, from: &Spans, flags: u32) -> Outcome {
    let mut bytes = [0; SIZE as usize];
    if from.len() < SIZE {
        return Err(Errno::EINVAL.into());
    }
    let done = from.drain(call, SIZE, |_, done, part| {
        bytes[done as usize..][..part.len()].copy_from_slice(part);
        Ok(part.len())
    })?;
    if done < SIZE {
        return Err(Errno::EFAULT.into());
    }
    let value = u64::from_ne_bytes(bytes);
    let Body::Event(event) = &mut call.kernel.tree.get_mut(ino).body else {
        return Err(Errno::EINVAL.into());
    };
    if value > Event::MOST {
        return Err(Errno::EINVAL.into());
    }
    if event.add(value) {
        call.kernel.pipe_changed(ino);
        return Ok(SIZE);
    }
    match flags & O_NONBLOCK {
        0 => Err(Stop::Wait(Wait::Pipe(ino))),
        _ => Err(Errno::EAGAIN.into()),
    }
}

impl Call<'_> {
    /// When the next of the caller's timers expires that can be polled: a poll that waits
    /// looks again then.
    pub fn next_alarm(&self) -> u64 {
        let files = &self.process().files;
        let inos = files.open(0, u32::MAX).into_iter().filter_map(|fd| {
            let file = files.get(fd).ok()?;
            file.lock().ino()
        });
        let now = platform::timebase();
        // One that has expired is ready, and to wait for it would be to spin.
        let next = |ino| match &self.kernel.tree.get(ino).body {
            Body::Alarm(alarm) => alarm.next.filter(|next| *next > now),
            _ => None,
        };
        inos.filter_map(next).min().unwrap_or(u64::MAX)
    }
}
