//! Signals: handlers, masks, and what is told of where a signal came from.

use crate::harness::{Case, Outcome, dies_of, in_child, not_in_qemu_user};
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self, Action, Context, Info, Set, Status, Time};
use quire_user::{Errno, exec};

/// The suite's first part.
pub const CASES: &[Case] = &[
    ("handler_runs_and_returns", handler_runs),
    ("default_and_ignored", default_and_ignored),
    ("blocked_until_unblocked", blocked_until_unblocked),
    ("masked_while_handled", masked_while_handled),
    ("handlers_nest", handlers_nest),
    ("reset_after_one", reset_after_one),
    ("sigsuspend_waits", sigsuspend_waits),
    ("several_at_once", several_at_once),
    ("actions_are_told", actions_are_told),
    ("actions_refused", actions_refused),
    ("masks_refused", masks_refused),
    ("child_inherits", child_inherits),
    ("exec_keeps_what_is_ignored", exec_keeps),
    ("handler_may_change_the_mask", handler_changes_the_mask),
];

/// What the handlers below leave: how often, the order, and the last one's facts.
pub static COUNT: AtomicU32 = AtomicU32::new(0);
pub static ORDER: AtomicU64 = AtomicU64::new(0);
pub static CODE: AtomicU32 = AtomicU32::new(0);
pub static PID: AtomicU32 = AtomicU32::new(0);
pub static STATUS: AtomicU32 = AtomicU32::new(0);
pub static VALUE: AtomicU64 = AtomicU64::new(0);
static MASK: AtomicU64 = AtomicU64::new(0);

pub extern "C" fn note(signal: u32, info: &Info, _: &mut Context) {
    COUNT.fetch_add(1, Relaxed);
    append(signal as u64);
    CODE.store(info.code as u32, Relaxed);
    PID.store(info.pid() as u32, Relaxed);
    STATUS.store(info.status() as u32, Relaxed);
    VALUE.store(info.value(), Relaxed);
    let mut mask = 0;
    let _ = sys::sigprocmask(SIG_BLOCK, None, Some(&mut mask));
    MASK.store(mask, Relaxed);
}

/// Adds a number below 256 to [`ORDER`].
pub fn append(number: u64) {
    ORDER.store(ORDER.load(Relaxed) << 8 | number, Relaxed);
}

pub fn raise(signal: u32) -> Result<(), Errno> {
    sys::kill(sys::getpid(), signal)
}

fn blocked() -> Result<Set, Errno> {
    let mut mask = 0;
    sys::sigprocmask(SIG_BLOCK, None, Some(&mut mask)).map(|()| mask)
}

pub fn pending() -> Result<Set, Errno> {
    let mut set = 0;
    sys::sigpending(&mut set).map(|()| set)
}

fn handler_runs() -> Outcome {
    sys::handle(SIGUSR1, note, SA_RESTART)?;
    for n in 1..=100 {
        raise(SIGUSR1)?;
        // It is here before kill returns: kill(2), of a signal to oneself.
        check_eq!(COUNT.load(Relaxed), n);
    }
    check_eq!(CODE.load(Relaxed), SI_USER);
    check_eq!(PID.load(Relaxed), sys::getpid() as u32);
    sys::tgkill(sys::getpid(), sys::gettid(), SIGUSR1)?;
    check_eq!(CODE.load(Relaxed) as i32, SI_TKILL);
    in_child(|| Ok(sys::kill(sys::getppid(), SIGUSR1)?))?;
    check_eq!(COUNT.load(Relaxed), 102);
    check!(PID.load(Relaxed) != sys::getpid() as u32);
    Ok(())
}

fn default_and_ignored() -> Outcome {
    for signal in [SIGUSR1, SIGTERM, SIGHUP, SIGALRM, SIGPIPE, SIGINT, 40] {
        dies_of(signal, || raise(signal))?;
        in_child(|| {
            sys::sigaction(signal, Some(&Action::IGNORE), None)?;
            Ok(raise(signal)?)
        })?;
    }
    // These do nothing by themselves.
    for signal in [SIGCHLD, SIGURG, SIGWINCH, SIGCONT] {
        raise(signal)?;
    }
    dies_of(SIGKILL, || {
        sys::sigprocmask(SIG_SETMASK, Some(&u64::MAX), None)?;
        raise(SIGKILL)
    })
}

fn blocked_until_unblocked() -> Outcome {
    sys::handle(SIGUSR1, note, 0)?;
    check_eq!(sys::block(&[SIGUSR1])?, 0);
    check_eq!(sys::block(&[SIGUSR2])?, sys::set(&[SIGUSR1]));
    raise(SIGUSR1)?;
    check_eq!((COUNT.load(Relaxed), pending()?), (0, sys::set(&[SIGUSR1])));
    sys::unblock(&[SIGUSR1])?;
    check_eq!((COUNT.load(Relaxed), pending()?), (1, 0));
    check_eq!(blocked()?, sys::set(&[SIGUSR2]));
    // Ignoring it throws away what is pending.
    sys::block(&[SIGUSR1])?;
    raise(SIGUSR1)?;
    sys::sigaction(SIGUSR1, Some(&Action::IGNORE), None)?;
    check_eq!(pending()?, 0);
    Ok(())
}

fn masked_while_handled() -> Outcome {
    let action = Action {
        mask: sys::set(&[SIGUSR2, SIGTERM]),
        ..Action::run(note, 0)
    };
    sys::sigaction(SIGUSR1, Some(&action), None)?;
    raise(SIGUSR1)?;
    check_eq!(MASK.load(Relaxed), sys::set(&[SIGUSR1, SIGUSR2, SIGTERM]));
    check_eq!(blocked()?, 0);
    sys::handle(SIGUSR1, note, SA_NODEFER)?;
    raise(SIGUSR1)?;
    check_eq!(MASK.load(Relaxed), 0);
    Ok(())
}

extern "C" fn nest(signal: u32, _: &Info, _: &mut Context) {
    append(signal as u64);
    if signal == SIGUSR1 {
        let _ = raise(SIGUSR2);
    }
    append(signal as u64 + 100);
}

extern "C" fn deeper(_: u32, _: &Info, _: &mut Context) {
    if COUNT.fetch_add(1, Relaxed) < 20 {
        let _ = raise(SIGTERM);
    }
    append(COUNT.load(Relaxed) as u64);
}

fn handlers_nest() -> Outcome {
    sys::handle(SIGUSR1, nest, 0)?;
    sys::handle(SIGUSR2, nest, 0)?;
    raise(SIGUSR1)?;
    let wanted = [SIGUSR1, SIGUSR2, SIGUSR2 + 100, SIGUSR1 + 100];
    let wanted = wanted.iter().fold(0, |all, n| all << 8 | *n as u64);
    check_eq!(ORDER.load(Relaxed), wanted);
    sys::handle(SIGTERM, deeper, SA_NODEFER)?;
    raise(SIGTERM)?;
    check_eq!(COUNT.load(Relaxed), 21);
    Ok(())
}

fn reset_after_one() -> Outcome {
    dies_of(SIGUSR1, || {
        sys::handle(SIGUSR1, note, SA_RESETHAND)?;
        raise(SIGUSR1)?;
        if COUNT.load(Relaxed) != 1 {
            sys::exit(1);
        }
        raise(SIGUSR1)
    })
}

fn sigsuspend_waits() -> Outcome {
    sys::handle(SIGUSR1, note, 0)?;
    sys::handle(SIGUSR2, note, 0)?;
    sys::block(&[SIGUSR1, SIGUSR2])?;
    let parent = sys::getpid();
    let child = crate::harness::begin(|| {
        sys::nanosleep(Time::from_ns(3_000_000))?;
        sys::kill(parent, SIGUSR2)?;
        Ok(sys::kill(parent, SIGUSR1)?)
    })?;
    // Only the first is let through; the other waits, whichever came before.
    check_eq!(sys::sigsuspend(&sys::set(&[SIGUSR2])), Err(Errno(EINTR)));
    check_eq!(
        (COUNT.load(Relaxed), ORDER.load(Relaxed)),
        (1, SIGUSR1 as u64)
    );
    check_eq!(blocked()?, sys::set(&[SIGUSR1, SIGUSR2]));
    check_eq!(sys::sigsuspend(&0), Err(Errno(EINTR)));
    check_eq!(COUNT.load(Relaxed), 2);
    crate::harness::finish(child)
}

/// All that are pending come at once, each with the mask that the one before left.
fn several_at_once() -> Outcome {
    for signal in [SIGUSR1, SIGUSR2, SIGTERM] {
        sys::handle(signal, note, 0)?;
        sys::block(&[signal])?;
        raise(signal)?;
    }
    sys::sigprocmask(SIG_SETMASK, Some(&0), None)?;
    check_eq!((COUNT.load(Relaxed), pending()?, blocked()?), (3, 0, 0));
    Ok(())
}

fn actions_are_told() -> Outcome {
    let mut old = Action::IGNORE;
    sys::sigaction(SIGUSR1, None, Some(&mut old))?;
    check_eq!(old, Action::DEFAULT);
    let new = Action {
        mask: sys::set(&[SIGTERM, 40]),
        ..Action::run(note, SA_RESTART | SA_ONSTACK)
    };
    sys::sigaction(SIGUSR1, Some(&new), Some(&mut old))?;
    check_eq!(old, Action::DEFAULT);
    sys::sigaction(SIGUSR1, Some(&Action::IGNORE), Some(&mut old))?;
    check_eq!(old, new);
    Ok(())
}

fn actions_refused() -> Outcome {
    let set = |signal| sys::sigaction(signal, Some(&Action::IGNORE), None);
    for signal in [0, 65, 1000, SIGKILL, SIGSTOP] {
        check_eq!(set(signal), Err(Errno(EINVAL)));
    }
    let call = |args: &[usize]| {
        // SAFETY: the calls are refused.
        unsafe { sys::call(__NR_rt_sigaction, args) }
    };
    let signal = SIGUSR1 as usize;
    check_eq!(call(&[signal, 0, 0, 16]), Err(Errno(EINVAL)));
    check_eq!(call(&[signal, 8, 0, 8]), Err(Errno(EFAULT)));
    check_eq!(call(&[signal, 0, 8, 8]), Err(Errno(EFAULT)));
    Ok(())
}

fn masks_refused() -> Outcome {
    let set = sys::set(&[SIGUSR1]);
    check_eq!(sys::sigprocmask(7, Some(&set), None), Err(Errno(EINVAL)));
    // With no new set, how does not matter.
    check_eq!(sys::sigprocmask(7, None, None), Ok(()));
    // SAFETY: the calls are refused.
    let call = |args: &[usize]| unsafe { sys::call(__NR_rt_sigprocmask, args) };
    check_eq!(call(&[0, 8, 0, 8]), Err(Errno(EFAULT)));
    check_eq!(call(&[0, 0, 8, 8]), Err(Errno(EFAULT)));
    check_eq!(call(&[0, 0, 0, 4]), Err(Errno(EINVAL)));
    // SIGKILL and SIGSTOP are never blocked, and that is no error.
    sys::sigprocmask(SIG_SETMASK, Some(&u64::MAX), None)?;
    check_eq!(blocked()? & sys::set(&[SIGKILL, SIGSTOP]), 0);
    Ok(())
}

fn child_inherits() -> Outcome {
    sys::handle(SIGUSR1, note, 0)?;
    sys::block(&[SIGUSR1, SIGUSR2])?;
    raise(SIGUSR1)?;
    in_child(|| {
        // The mask and the handlers, but not what is pending.
        check_eq!(blocked()?, sys::set(&[SIGUSR1, SIGUSR2]));
        check_eq!(pending()?, 0);
        sys::unblock(&[SIGUSR1])?;
        check_eq!(COUNT.load(Relaxed), 0);
        raise(SIGUSR1)?;
        check_eq!(COUNT.load(Relaxed), 1);
        Ok(())
    })?;
    check_eq!(pending()?, sys::set(&[SIGUSR1]));
    Ok(())
}

fn exec_keeps() -> Outcome {
    not_in_qemu_user("it cannot exec a program of another machine")?;
    let status = sys::spawn(|| {
        let _ = sys::sigaction(SIGTERM, Some(&Action::IGNORE), None);
        let _ = sys::handle(SIGUSR1, note, 0);
        let _ = sys::block(&[SIGUSR2]);
        exec::replace(c"/bin/suite", &[c"suite", c"sigcheck"], &[]);
        exec::NOT_FOUND
    })?
    .wait()?;
    check_eq!(status, Status::exited(0));
    Ok(())
}

/// What [`exec_keeps`] execs: the program's main function gets here by its argument.
pub fn after_exec() -> i32 {
    let action = |signal| {
        let mut old = Action::DEFAULT;
        sys::sigaction(signal, None, Some(&mut old)).map(|()| old.handler)
    };
    let right = action(SIGTERM) == Ok(1)
        && action(SIGUSR1) == Ok(0)
        && blocked() == Ok(sys::set(&[SIGUSR2]));
    !right as i32
}

extern "C" fn block_more(_: u32, _: &Info, context: &mut Context) {
    context.mask |= sys::set(&[SIGTERM]);
}

/// What a handler leaves in its context is the mask after it.
fn handler_changes_the_mask() -> Outcome {
    sys::handle(SIGUSR1, block_more, 0)?;
    raise(SIGUSR1)?;
    check_eq!(blocked()?, sys::set(&[SIGTERM]));
    Ok(())
}
