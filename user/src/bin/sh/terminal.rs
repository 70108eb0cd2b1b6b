//! Who has the terminal: the shell while it reads, a job while it runs.
//!
//! A key such as Ctrl-C sends its signal to the foreground group. So each job is a
//! group of its own, and the shell itself ignores those signals (setpgid(2),
//! tcsetpgrp(3), termios(3)).

use quire_user::linux::*;
use quire_user::linux_ioctl::{TIOCGPGRP, TIOCSPGRP};
use quire_user::sys::{self, Action, Pid};

/// The signals by which a terminal ends, stops or holds up programs.
const SIGNALS: [u32; 5] = [SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU];

/// Whether the shell hands a terminal from job to job.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// It does: it is interactive.
    Jobs,
    /// There is no terminal, or it is another's: all stay in the shell's group.
    None,
}

impl Control {
    /// Takes the terminal, if standard input is one that this process may have.
    pub fn take() -> Control {
        let mut group: Pid = 0;
        let at = &raw mut group as usize;
        // SAFETY: the kernel writes the one number.
        if unsafe { sys::ioctl(0, TIOCGPGRP, at) }.is_err() || sys::setpgid(0, 0).is_err() {
            return Control::None;
        }
        for signal in SIGNALS {
            // It fails for no signal in the list.
            let _ = sys::sigaction(signal, Some(&Action::IGNORE), None);
        }
        give(sys::getpid());
        Control::Jobs
    }

    /// In a new process: joins the job `group`, 0 for one of its own, and takes the
    /// terminal if `place` says so. From here on, the signals are a program's.
    pub fn join(self, group: Pid, place: Place) {
        if self == Control::None {
            return;
        }
        // The shell does the same: whoever is first.
        let _ = sys::setpgid(0, group);
        if place == Place::Foreground {
            give(if group == 0 { sys::getpid() } else { group });
        }
        for signal in SIGNALS {
            let _ = sys::sigaction(signal, Some(&Action::DEFAULT), None);
        }
    }

    /// In the shell: puts a new process into its job.
    pub fn adopt(self, pid: Pid, group: Pid, place: Place) {
        if self == Control::Jobs {
            // It may have ended, or become a program, which has then done so itself.
            let _ = sys::setpgid(pid, group);
            if place == Place::Foreground {
                give(group);
            }
        }
    }

    /// Gives the terminal to a job, or back to the shell.
    pub fn hand_to(self, group: Pid) {
        if self == Control::Jobs {
            give(group);
        }
    }
}

/// Where a job runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It has the terminal, and the shell waits for it.
    Foreground,
    /// It has not.
    Background,
}

fn give(group: Pid) {
    let at = &raw const group as usize;
    // SAFETY: the kernel only reads the number. The caller ignores SIGTTOU, or is the
    // foreground's already; a job that has ended meanwhile needs no terminal.
    let _ = unsafe { sys::ioctl(0, TIOCSPGRP, at) };
}
