//! The console as a terminal: who has it, and who is in its foreground
//! (ioctl_tty(2), tcsetpgrp(3)).

use super::termios::{self, When};
use super::{Call, Errno, Outcome, Stop};
use crate::fs::{Body, Mode, OpenFile};
use crate::process::{Handler, Pid, Signal, Wait};
use crate::state::Kernel;
use linux_raw_sys::ioctl::{
    FIONREAD, TCFLSH, TCGETS, TCSBRK, TCSETS, TCSETSF, TCSETSW, TIOCGPGRP, TIOCGSID, TIOCGWINSZ,
    TIOCNOTTY, TIOCSCTTY, TIOCSPGRP, TIOCSWINSZ,
};
use vm::Ea;

/// ioctl(2), for the console; anything else is ENOTTY, and so is what Quire's console
/// does not do.
pub fn ioctl(call: &mut Call) -> Outcome {
    let file = call.process().files.get(call.int(0))?;
    check(call.kernel, &file.lock())?;
    match call.bits(1) {
        TIOCGPGRP => foreground(call),
        TIOCSPGRP => set_foreground(call),
        TIOCGSID => session(call),
        TIOCSCTTY => take(call),
        TIOCNOTTY => give_up(call),
        TCGETS => termios::get(call),
        TCSETS | TCSETSW => termios::set(call, When::Now),
        TCSETSF => termios::set(call, When::Flushed),
        TCFLSH => termios::flush(call),
        // tcdrain(3), or a break, which this line cannot send: as Linux has it, that is
        // no error.
        TCSBRK => Ok(0),
        TIOCGWINSZ => termios::window(call),
        TIOCSWINSZ => termios::set_window(call),
        FIONREAD => termios::available(call),
        _ => Err(Errno::ENOTTY.into()),
    }
}

fn check(kernel: &Kernel, file: &OpenFile) -> Result<(), Errno> {
    if file.mode == Mode::Path {
        return Err(Errno::EBADF);
    }
    let body = file.ino().map(|ino| &kernel.tree.get(ino).body);
    match body {
        Some(Body::Device(device)) if device.is_console() => Ok(()),
        _ => Err(Errno::ENOTTY),
    }
}

impl Call<'_> {
    /// Whether the console is the terminal of the caller's session.
    pub fn has_terminal(&self) -> bool {
        self.kernel.terminal.session == Some(self.process().session)
    }

    /// A program in the background wants to do what only the foreground may: it gets
    /// `signal` and tries again after that. One that ignores the signal or masks
    /// it gets `Ok`, and decides itself what that means.
    ///
    /// # Errors
    /// EIO: nobody could let it go on (its group is orphaned).
    pub fn check_foreground(&mut self, signal: Signal) -> Result<Place, Stop> {
        let group = self.process().group;
        if !self.has_terminal() || group == self.kernel.terminal.foreground {
            return Ok(Place::Foreground);
        }
        let ignores = self.process().actions.get(signal).handler == Handler::Ignore;
        if ignores || self.task().mask.contains(signal) {
            return Ok(Place::Background);
        }
        if self.kernel.is_orphaned(group) {
            return Err(Errno::EIO.into());
        }
        self.kernel.send_group(group, signal);
        Err(Stop::Wait(Wait::Console))
    }
}

/// Where a program is that may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the foreground, or the console is not its terminal.
    Foreground,
    /// In the background, and it does not want to be told.
    Background,
}

fn write_pid(call: &mut Call, pid: Pid) -> Outcome {
    let at = call.arg(2);
    call.memory().write(Ea(at), &pid.raw().to_ne_bytes())?;
    Ok(0)
}

fn foreground(call: &mut Call) -> Outcome {
    if !call.has_terminal() {
        return Err(Errno::ENOTTY.into());
    }
    write_pid(call, call.kernel.terminal.foreground)
}

fn session(call: &mut Call) -> Outcome {
    match call.kernel.terminal.session {
        Some(session) if call.has_terminal() => write_pid(call, session),
        _ => Err(Errno::ENOTTY.into()),
    }
}

fn set_foreground(call: &mut Call) -> Outcome {
    let at = call.arg(2);
    if !call.has_terminal() {
        return Err(Errno::ENOTTY.into());
    }
    call.check_foreground(Signal::TTOU)?;
    let group = call.memory().read_u32(Ea(at))? as i32;
    if group < 0 {
        return Err(Errno::EINVAL.into());
    }
    let group = Pid::from_int(group).ok_or(Errno::ESRCH)?;
    let session = call.process().session;
    let mut members = call.kernel.processes.living().filter(|p| p.group == group);
    match members.next() {
        None => Err(Errno::ESRCH.into()),
        Some(member) if member.session != session => Err(Errno::EPERM.into()),
        Some(_) => {
            call.kernel.terminal.foreground = group;
            Ok(0)
        }
    }
}

/// TIOCSCTTY: a session leader takes the console that no session has, or, root as
/// everybody is, another's if the argument is 1.
fn take(call: &mut Call) -> Outcome {
    let session = call.process().session;
    if call.has_terminal() && session == call.pid {
        return Ok(0);
    }
    let is_taken = call.kernel.terminal.session.is_some() && call.int(2) != 1;
    if session != call.pid || is_taken {
        return Err(Errno::EPERM.into());
    }
    call.kernel.terminal.session = Some(session);
    call.kernel.terminal.foreground = call.process().group;
    Ok(0)
}

/// TIOCNOTTY: the caller's session gives up its terminal. Quire has that for a whole
/// session only, so a member that is not its leader keeps it: EPERM.
fn give_up(call: &mut Call) -> Outcome {
    if !call.has_terminal() {
        return Err(Errno::ENOTTY.into());
    }
    if call.process().session != call.pid {
        return Err(Errno::EPERM.into());
    }
    call.kernel.terminal.session = None;
    let group = call.kernel.terminal.foreground;
    call.kernel.send_group(group, Signal::HUP);
    call.kernel.send_group(group, Signal::CONT);
    Ok(0)
}
