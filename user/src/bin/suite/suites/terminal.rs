//! The console as a terminal: what programs ask of it and set (termios(3), ioctl_tty(2)).
//!
//! Nobody types here: `tests/` does, from outside.

use crate::harness::{Case, Outcome, Why, soon};
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use quire_user::Errno;
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::linux_ioctl::*;
use quire_user::sys::{self, Context, Fd, Info};

/// The suite.
pub const CASES: &[Case] = &[
    ("what_is_no_terminal", what_is_no_terminal),
    ("as_it_begins", as_it_begins),
    ("settings_stay", settings_stay),
    ("what_it_does_not_do", what_it_does_not_do),
    ("nothing_typed", nothing_typed),
    ("read_with_a_time", read_with_a_time),
    ("window", window),
    ("bad_pointers", bad_pointers),
    ("flush", flush),
    ("who_has_it", who_has_it),
];

/// The console, if this program has it as its terminal.
fn console() -> Result<Fd, Why> {
    match sys::open(c"/dev/tty", O_RDWR) {
        Ok(fd) => Ok(fd),
        Err(_) => Err(Why::skipped("there is no terminal")),
    }
}

fn ask<T>(fd: Fd, request: u32, argument: &mut T) -> Result<usize, Errno> {
    // SAFETY: the kernel reads or writes no more than the argument, which is the request's.
    unsafe { sys::ioctl(fd, request, &raw mut *argument as usize) }
}

const NOTHING: termios = termios {
    c_iflag: 0,
    c_oflag: 0,
    c_cflag: 0,
    c_lflag: 0,
    c_cc: [0; 19],
    c_line: 0,
    c_ispeed: 0,
    c_ospeed: 0,
};

fn settings(fd: Fd) -> Result<termios, Errno> {
    let mut settings = NOTHING;
    ask(fd, TCGETS, &mut settings)?;
    Ok(settings)
}

/// Without lines, signals and echo, and with these two numbers.
fn raw(fd: Fd, least: u8, tenths: u8) -> Result<termios, Errno> {
    let mut raw = settings(fd)?;
    raw.c_lflag &= !(ICANON | ISIG | ECHO);
    raw.c_cc[VMIN as usize] = least;
    raw.c_cc[VTIME as usize] = tenths;
    ask(fd, TCSETSF, &mut raw)?;
    Ok(raw)
}

fn what_is_no_terminal() -> Outcome {
    let pipe = sys::pipe()?;
    let null = sys::open(c"/dev/null", O_RDWR)?;
    for fd in [pipe.read, null] {
        for request in [TCGETS, TCSETS, TIOCGWINSZ, TIOCGPGRP, TCFLSH] {
            check_eq!(ask(fd, request, &mut NOTHING.clone()), Err(Errno(ENOTTY)));
        }
    }
    check_eq!(ask(99, TCGETS, &mut NOTHING.clone()), Err(Errno(EBADF)));
    Ok(())
}

fn as_it_begins() -> Outcome {
    let begun = settings(console()?)?;
    check_eq!(begun.c_iflag & ICRNL, ICRNL);
    check_eq!(begun.c_oflag & (OPOST | ONLCR), OPOST | ONLCR);
    check_eq!(begun.c_cflag & CSIZE, CS8);
    let lines = ICANON | ISIG | ECHO | ECHOE | IEXTEN;
    check_eq!(begun.c_lflag & lines, lines);
    let keys = [(VINTR, 3), (VQUIT, 28), (VEOF, 4), (VSUSP, 26), (VMIN, 1)];
    for (key, byte) in keys {
        check_eq!(begun.c_cc[key as usize], byte);
    }
    Ok(())
}

fn settings_stay() -> Outcome {
    let fd = console()?;
    let before = settings(fd)?;
    let set = raw(fd, 3, 7)?;
    let found = settings(fd)?;
    check_eq!(found.c_lflag, set.c_lflag);
    check_eq!(found.c_cc, set.c_cc);
    let mut again = before;
    ask(fd, TCSETSW, &mut again)?;
    check_eq!(settings(fd)?.c_lflag, before.c_lflag);
    Ok(())
}

/// tcsetattr(3) does what it can, and tcgetattr tells what that was.
fn what_it_does_not_do() -> Outcome {
    let fd = console()?;
    let before = settings(fd)?;
    let mut all = termios {
        c_iflag: u32::MAX,
        c_oflag: u32::MAX,
        c_cflag: 0,
        ..before
    };
    ask(fd, TCSETS, &mut all)?;
    let found = settings(fd)?;
    ask(fd, TCSETS, &mut before.clone())?;
    check_eq!(found.c_iflag & IXON, 0);
    check_eq!(found.c_oflag & OLCUC, 0);
    check_eq!(found.c_cflag, before.c_cflag);
    Ok(())
}

fn nothing_typed() -> Outcome {
    let fd = console()?;
    let before = settings(fd)?;
    raw(fd, 0, 0)?;
    let found = sys::read(fd, &mut [0; 8]);
    let mut available = -1;
    let asked = ask(fd, FIONREAD, &mut available);
    ask(fd, TCSETS, &mut before.clone())?;
    check_eq!(found, Ok(0));
    check_eq!((asked, available), (Ok(0), 0));
    let waiting = sys::open(c"/dev/tty", O_RDONLY | O_NONBLOCK)?;
    check_eq!(sys::read(waiting, &mut [0; 8]), Err(Errno(EAGAIN)));
    Ok(())
}

fn read_with_a_time() -> Outcome {
    let fd = console()?;
    let before = settings(fd)?;
    raw(fd, 0, 1)?;
    let started = sys::now();
    let found = sys::read(fd, &mut [0; 8]);
    let took = sys::now() - started;
    ask(fd, TCSETS, &mut before.clone())?;
    check_eq!(found, Ok(0));
    check!(took >= 100_000_000, "{took} ns");
    Ok(())
}

static WINCHES: AtomicU32 = AtomicU32::new(0);

extern "C" fn count(_: u32, _: &Info, _: &mut Context) {
    WINCHES.fetch_add(1, Relaxed);
}

fn window() -> Outcome {
    let fd = console()?;
    let before = WINCHES.load(Relaxed);
    sys::handle(SIGWINCH, count, 0)?;
    let mut size = [0u16; 4];
    ask(fd, TIOCGWINSZ, &mut size)?;
    let mut other = [size[0] + 25, 80, 0, 0];
    ask(fd, TIOCSWINSZ, &mut other)?;
    let mut found = [0u16; 4];
    ask(fd, TIOCGWINSZ, &mut found)?;
    check_eq!(found, other);
    check!(soon(|| WINCHES.load(Relaxed) == before + 1));
    // The same size is no news.
    ask(fd, TIOCSWINSZ, &mut other)?;
    check_eq!(WINCHES.load(Relaxed), before + 1);
    ask(fd, TIOCSWINSZ, &mut size)?;
    Ok(())
}

fn bad_pointers() -> Outcome {
    let fd = console()?;
    for request in [TCGETS, TCSETS, TIOCGWINSZ, TIOCSWINSZ, FIONREAD] {
        // SAFETY: nothing is at that address.
        let refused = unsafe { sys::ioctl(fd, request, 8) };
        check_eq!(refused, Err(Errno(EFAULT)));
    }
    Ok(())
}

fn flush() -> Outcome {
    let fd = console()?;
    for (queue, wanted) in [
        (TCIFLUSH, Ok(0)),
        (TCOFLUSH, Ok(0)),
        (TCIOFLUSH, Ok(0)),
        (3, Err(Errno(EINVAL))),
    ] {
        // SAFETY: the argument is a number.
        let found = unsafe { sys::ioctl(fd, TCFLSH, queue as usize) };
        check_eq!(found, wanted);
    }
    Ok(())
}

/// A session of its own has no terminal, until it takes it; and it can only be taken from
/// another when that is asked for.
fn who_has_it() -> Outcome {
    let fd = console()?;
    crate::harness::in_child(|| {
        sys::setsid()?;
        check_eq!(sys::open(c"/dev/tty", O_RDWR), Err(Errno(ENXIO)));
        // SAFETY: the argument is a number.
        let refused = unsafe { sys::ioctl(fd, TIOCSCTTY, 0) };
        check_eq!(refused, Err(Errno(EPERM)));
        // SAFETY: the request has no argument.
        let refused = unsafe { sys::ioctl(fd, TIOCNOTTY, 0) };
        check_eq!(refused, Err(Errno(ENOTTY)));
        Ok(())
    })
}
