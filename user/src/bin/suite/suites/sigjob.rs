//! Signals that stop, wake and end others: groups, timers, calls that are
//! interrupted.

use crate::harness::{Case, Outcome, begin, finish, in_child, soon};
use core::sync::atomic::{AtomicI32, AtomicU32, Ordering::Relaxed};
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self, Action, Child, Context, Info, Status, Time, Timer, interest};
use quire_user::{Errno, Shared, proc};

/// The third part of suite signal.
pub const CASES: &[Case] = &[
    ("stopped_and_continued", stopped_and_continued),
    ("stopped_is_told_to_the_parent", stopped_is_told),
    ("stop_by_the_terminals_signal", stop_by_the_terminal),
    ("killed_while_stopped", killed_while_stopped),
    ("groups", groups),
    ("group_is_signalled", group_is_signalled),
    ("group_refused", group_refused),
    ("wait_for_a_group", wait_for_a_group),
    ("session", session),
    ("newly_orphaned_group_is_let_go", newly_orphaned),
    ("orphaned_group_stays_stopped", orphaned_before),
    ("read_is_interrupted", read_is_interrupted),
    ("read_goes_on", read_goes_on),
    ("sleep_is_interrupted", sleep_is_interrupted),
    ("poll_is_interrupted", poll_is_interrupted),
    ("wait_is_interrupted", wait_is_interrupted),
    (
        "ignored_signals_interrupt_nothing",
        ignored_interrupts_nothing,
    ),
    ("alarm", alarm),
    ("interval_timer", interval_timer),
    ("timers_refused", timers_refused),
    ("child_has_no_timer", child_has_no_timer),
];

static COUNT: AtomicU32 = AtomicU32::new(0);
/// The pipe that the third signal writes to.
static PIPE: AtomicI32 = AtomicI32::new(-1);

extern "C" fn count(_: u32, _: &Info, _: &mut Context) {
    if COUNT.fetch_add(1, Relaxed) == 2 {
        let _ = sys::write(PIPE.load(Relaxed), b"third");
    }
}

/// A child that only waits for signals.
fn idle() -> Result<Child, Errno> {
    sys::spawn(|| {
        loop {
            let _ = sys::pause();
        }
    })
}

fn end(child: Child) -> Outcome {
    sys::kill(child.0, SIGKILL)?;
    check_eq!(child.wait()?, Status::killed(SIGKILL));
    Ok(())
}

fn stopped_and_continued() -> Outcome {
    let counter = Shared::<AtomicU32>::new()?;
    let child = sys::spawn(|| {
        loop {
            counter.fetch_add(1, Relaxed);
        }
    })?;
    let pid = child.0;
    for _ in 0..3 {
        let before = counter.load(Relaxed);
        check!(soon(|| counter.load(Relaxed) != before));
        sys::kill(pid, SIGSTOP)?;
        let (found, status) = sys::wait4(pid, WUNTRACED)?;
        check_eq!((found, status.stopped()), (pid, Some(SIGSTOP)));
        let still = counter.load(Relaxed);
        sys::nanosleep(Time::from_ns(20_000_000))?;
        check_eq!(counter.load(Relaxed), still);
        // It is told once.
        check_eq!(sys::wait4(pid, WUNTRACED | WNOHANG)?.0, 0);
        sys::kill(pid, SIGCONT)?;
        let (found, status) = sys::wait4(pid, WCONTINUED)?;
        check!(found == pid && status.continued(), "{status:?}");
    }
    end(child)
}

static CODE: AtomicU32 = AtomicU32::new(0);

extern "C" fn note_code(_: u32, info: &Info, _: &mut Context) {
    CODE.store(info.code as u32, Relaxed);
    COUNT.fetch_add(1, Relaxed);
}

fn stopped_is_told() -> Outcome {
    sys::handle(SIGCHLD, note_code, SA_RESTART)?;
    let child = idle()?;
    sys::kill(child.0, SIGSTOP)?;
    check!(soon(|| CODE.load(Relaxed) == CLD_STOPPED));
    sys::kill(child.0, SIGCONT)?;
    check!(soon(|| CODE.load(Relaxed) == CLD_CONTINUED));
    if !proc::has_vm() {
        // qemu's user mode drops SA_NOCLDSTOP.
        return end(child);
    }
    sys::handle(SIGCHLD, note_code, SA_RESTART | SA_NOCLDSTOP)?;
    let before = COUNT.load(Relaxed);
    sys::kill(child.0, SIGSTOP)?;
    check_eq!(sys::wait4(child.0, WUNTRACED)?.1.stopped(), Some(SIGSTOP));
    check_eq!(COUNT.load(Relaxed), before);
    end(child)
}

fn stop_by_the_terminal() -> Outcome {
    for signal in [SIGTSTP, SIGTTIN, SIGTTOU] {
        // A group of its own, but with a parent in this session: not an orphaned one,
        // which these signals would not stop.
        let child = sys::spawn(|| {
            let _ = sys::setpgid(0, 0);
            let _ = sys::kill(sys::getpid(), signal);
            5
        })?;
        let (_, status) = sys::wait4(child.0, WUNTRACED)?;
        check_eq!(status.stopped(), Some(signal));
        sys::kill(child.0, SIGCONT)?;
        check_eq!(child.wait()?, Status::exited(5));
        // They can be handled, and ignored.
        in_child(|| {
            sys::sigaction(signal, Some(&Action::IGNORE), None)?;
            sys::kill(sys::getpid(), signal)?;
            sys::handle(signal, count, 0)?;
            sys::kill(sys::getpid(), signal)?;
            check_eq!(COUNT.load(Relaxed), 1);
            Ok(())
        })?;
    }
    Ok(())
}

fn killed_while_stopped() -> Outcome {
    let child = idle()?;
    sys::kill(child.0, SIGSTOP)?;
    sys::wait4(child.0, WUNTRACED)?;
    // This one waits until it is continued; SIGKILL does not.
    sys::kill(child.0, SIGTERM)?;
    check_eq!(sys::wait4(child.0, WNOHANG)?.0, 0);
    end(child)
}

fn groups() -> Outcome {
    let own = sys::getpgid(0)?;
    check_eq!(sys::getpgid(sys::getpid())?, own);
    in_child(|| {
        check_eq!(sys::getpgid(0)?, own);
        sys::setpgid(0, 0)?;
        check_eq!(sys::getpgid(0)?, sys::getpid());
        in_child(|| {
            check_eq!(sys::getpgid(0)?, sys::getppid());
            Ok(())
        })?;
        sys::setpgid(0, own)?;
        check_eq!(sys::getpgid(0)?, own);
        Ok(())
    })?;
    let child = idle()?;
    sys::setpgid(child.0, child.0)?;
    check_eq!(sys::getpgid(child.0)?, child.0);
    let second = idle()?;
    sys::setpgid(second.0, child.0)?;
    check_eq!(sys::getpgid(second.0)?, child.0);
    end(child)?;
    end(second)
}

fn group_is_signalled() -> Outcome {
    let members = [idle()?, idle()?, idle()?];
    let other = idle()?;
    let group = members[0].0;
    for member in &members {
        sys::setpgid(member.0, group)?;
    }
    sys::kill(-group, 0)?;
    sys::kill(-group, SIGTERM)?;
    for member in members {
        check_eq!(member.wait()?, Status::killed(SIGTERM));
    }
    check_eq!(sys::kill(-group, SIGTERM), Err(Errno(ESRCH)));
    check_eq!(sys::wait4(other.0, WNOHANG)?.0, 0);
    end(other)?;
    // 0 is the group of the one that calls.
    in_child(|| {
        sys::setpgid(0, 0)?;
        let child = idle()?;
        sys::handle(SIGTERM, count, 0)?;
        sys::kill(0, SIGTERM)?;
        check_eq!(COUNT.load(Relaxed), 1);
        check_eq!(child.wait()?, Status::killed(SIGTERM));
        Ok(())
    })
}

fn group_refused() -> Outcome {
    check_eq!(sys::setpgid(0, -1), Err(Errno(EINVAL)));
    check_eq!(sys::setpgid(i32::MAX, 0), Err(Errno(ESRCH)));
    check_eq!(sys::setpgid(0, i32::MAX), Err(Errno(EPERM)));
    // Only oneself and one's children.
    check_eq!(sys::setpgid(sys::getppid(), 0), Err(Errno(ESRCH)));
    check_eq!(sys::getpgid(i32::MAX), Err(Errno(ESRCH)));
    check_eq!(sys::getpgid(-1), Err(Errno(ESRCH)));
    Ok(())
}

fn wait_for_a_group() -> Outcome {
    let (first, second) = (sys::spawn(|| 1)?, idle()?);
    sys::setpgid(second.0, second.0)?;
    check_eq!(sys::wait4(-second.0, WNOHANG)?.0, 0);
    check_eq!(sys::wait4(-i32::MAX, WNOHANG), Err(Errno(ECHILD)));
    let pid = first.0;
    check_eq!(sys::wait4(0, 0)?, (pid, Status::exited(1)));
    check_eq!(sys::wait4(0, 0), Err(Errno(ECHILD)));
    sys::kill(second.0, SIGKILL)?;
    let group = -second.0;
    check_eq!(sys::wait4(group, 0)?, (second.0, Status::killed(SIGKILL)));
    Ok(())
}

fn session() -> Outcome {
    in_child(|| {
        let pid = sys::getpid();
        check_eq!(sys::setsid(), Ok(pid));
        check_eq!((sys::getsid(0), sys::getpgid(0)), (Ok(pid), Ok(pid)));
        // Its leader cannot start another, nor leave its group.
        check_eq!(sys::setsid(), Err(Errno(EPERM)));
        check_eq!(sys::setpgid(0, 0), Err(Errno(EPERM)));
        in_child(|| {
            check_eq!(sys::getsid(0), Ok(pid));
            check_eq!(sys::setsid(), Ok(sys::getpid()));
            Ok(())
        })
    })
}

extern "C" fn tell(_: u32, _: &Info, _: &mut Context) {
    let _ = sys::write(PIPE.load(Relaxed), b"h");
}

/// A child starts another, which calls `leave` and stops, and then ends. Whether the
/// other gets SIGHUP for that.
fn is_hung_up(leave: fn() -> Result<(), Errno>) -> Result<bool, Errno> {
    let (pipe, number) = (sys::pipe()?, Shared::<AtomicI32>::new()?);
    PIPE.store(pipe.write, Relaxed);
    sys::handle(SIGHUP, tell, 0)?;
    let child = sys::spawn(|| {
        let stopped = sys::spawn(|| {
            let _ = leave();
            let _ = sys::kill(sys::getpid(), SIGSTOP);
            0
        });
        if let Ok(Child(pid)) = stopped {
            let _ = sys::wait4(pid, WUNTRACED);
            number.store(pid, Relaxed);
        }
        0
    })?;
    child.wait()?;
    let mut told = [interest(pipe.read, POLLIN)];
    let hung_up = sys::poll(&mut told, 50)? == 1;
    // It may have ended by now.
    let _ = sys::kill(number.load(Relaxed), SIGKILL);
    Ok(hung_up)
}

fn newly_orphaned() -> Outcome {
    // Its parent was the last in its session that was not in its group.
    check!(is_hung_up(|| sys::setpgid(0, 0))?);
    Ok(())
}

fn orphaned_before() -> Outcome {
    // In a session of its own nobody could have let it go on, parent or not.
    check!(!is_hung_up(|| sys::setsid().map(drop))?);
    Ok(())
}

/// Signals every two milliseconds, until the third at least.
fn tick(flags: u32) -> Outcome {
    sys::handle(SIGALRM, count, flags)?;
    Ok(sys::setitimer(ITIMER_REAL, &Timer::every(2000), None)?)
}

fn read_is_interrupted() -> Outcome {
    let pipe = sys::pipe()?;
    tick(0)?;
    check_eq!(sys::read(pipe.read, &mut [0; 9]), Err(Errno(EINTR)));
    check!(COUNT.load(Relaxed) > 0);
    // So is a write, if nothing is written yet.
    super::pipe::fill(pipe)?;
    check_eq!(sys::write(pipe.write, b"x"), Err(Errno(EINTR)));
    Ok(())
}

fn read_goes_on() -> Outcome {
    let pipe = sys::pipe()?;
    PIPE.store(pipe.write, Relaxed);
    tick(SA_RESTART)?;
    let mut bytes = [0; 9];
    check_eq!(sys::read(pipe.read, &mut bytes), Ok(5));
    check_eq!(&bytes[..5], b"third");
    check!(COUNT.load(Relaxed) >= 3);
    Ok(())
}

fn sleep_is_interrupted() -> Outcome {
    // With SA_RESTART too: signal(7).
    tick(SA_RESTART)?;
    let mut left = Time::default();
    let long = Time::from_ns(30_000_000_000);
    let args = [&raw const long as usize, &raw mut left as usize];
    // SAFETY: the kernel writes `left` and nothing else.
    let result = unsafe { sys::call(__NR_nanosleep, &args) };
    check_eq!(result, Err(Errno(EINTR)));
    check!(
        (20_000_000_000..30_000_000_000).contains(&left.ns()),
        "{left:?}"
    );
    Ok(())
}

fn poll_is_interrupted() -> Outcome {
    let pipe = sys::pipe()?;
    tick(SA_RESTART)?;
    let mut fds = [interest(pipe.read, POLLIN)];
    check_eq!(sys::poll(&mut fds, -1), Err(Errno(EINTR)));
    check_eq!(sys::poll(&mut fds, 30_000), Err(Errno(EINTR)));
    Ok(())
}

fn wait_is_interrupted() -> Outcome {
    let child = idle()?;
    tick(0)?;
    check_eq!(sys::wait4(child.0, 0), Err(Errno(EINTR)));
    sys::setitimer(ITIMER_REAL, &Timer::default(), None)?;
    end(child)
}

fn ignored_interrupts_nothing() -> Outcome {
    let pipe = sys::pipe()?;
    sys::sigaction(SIGUSR1, Some(&Action::IGNORE), None)?;
    let parent = sys::getpid();
    let child = begin(|| {
        for _ in 0..5 {
            sys::kill(parent, SIGUSR1)?;
            sys::kill(parent, SIGCHLD)?;
            sys::nanosleep(Time::from_ns(1_000_000))?;
        }
        Ok(sys::write_all(pipe.write, b"x")?)
    })?;
    check_eq!(sys::read(pipe.read, &mut [0]), Ok(1));
    finish(child)
}

fn alarm() -> Outcome {
    sys::handle(SIGALRM, count, 0)?;
    check_eq!(sys::alarm(100), Ok(0));
    let start = sys::now();
    // Masked until it is waited for, so that it is not here before that.
    sys::block(&[SIGALRM])?;
    let left = sys::alarm(1)?;
    check!((99..=100).contains(&left), "{left} s");
    check_eq!(sys::sigsuspend(&0), Err(Errno(EINTR)));
    let waited = sys::now() - start;
    check!(waited >= 990_000_000, "{waited} ns");
    check_eq!(COUNT.load(Relaxed), 1);
    sys::alarm(5)?;
    check!(sys::alarm(0)? > 0);
    check_eq!(sys::alarm(0), Ok(0));
    Ok(())
}

fn interval_timer() -> Outcome {
    sys::handle(SIGALRM, count, 0)?;
    let start = sys::now();
    let mut old = Timer::once(1);
    sys::setitimer(ITIMER_REAL, &Timer::every(3000), Some(&mut old))?;
    check_eq!(old, Timer::default());
    while COUNT.load(Relaxed) < 10 {
        let _ = sys::pause();
    }
    check!(sys::now() - start >= 30_000_000);
    let mut now = Timer::default();
    sys::getitimer(ITIMER_REAL, &mut now)?;
    check_eq!(now.interval, [0, 3000]);
    check!(
        now.first[0] == 0 && (1..=3000).contains(&now.first[1]),
        "{now:?}"
    );
    sys::setitimer(ITIMER_REAL, &Timer::default(), None)?;
    let before = COUNT.load(Relaxed);
    // Masked until it is waited for: on a busy host it is here before that.
    sys::block(&[SIGALRM])?;
    sys::setitimer(ITIMER_REAL, &Timer::once(2000), None)?;
    check_eq!(sys::sigsuspend(&0), Err(Errno(EINTR)));
    check_eq!(COUNT.load(Relaxed), before + 1);
    sys::getitimer(ITIMER_REAL, &mut now)?;
    check_eq!(now, Timer::default());
    Ok(())
}

fn timers_refused() -> Outcome {
    let wrong = Timer::once(1_000_000);
    check_eq!(
        sys::setitimer(ITIMER_REAL, &wrong, None),
        Err(Errno(EINVAL))
    );
    let wrong = Timer::once(-1);
    check_eq!(
        sys::setitimer(ITIMER_REAL, &wrong, None),
        Err(Errno(EINVAL))
    );
    check_eq!(
        sys::setitimer(9, &Timer::default(), None),
        Err(Errno(EINVAL))
    );
    check_eq!(sys::getitimer(9, &mut Timer::default()), Err(Errno(EINVAL)));
    Ok(())
}

fn child_has_no_timer() -> Outcome {
    tick(SA_RESTART)?;
    in_child(|| {
        let mut now = Timer::once(1);
        sys::getitimer(ITIMER_REAL, &mut now)?;
        check_eq!(now, Timer::default());
        Ok(())
    })
}
