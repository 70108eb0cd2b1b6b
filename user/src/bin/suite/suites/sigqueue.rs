//! Signals that wait: queued, with values, taken without a handler; and of children.

use super::signal::{CODE, COUNT, ORDER, PID, STATUS, VALUE, append, note, pending, raise};
use crate::harness::{Case, Outcome, in_child, not_in_qemu_user};
use core::sync::atomic::Ordering::Relaxed;
use quire_user::Errno;
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self, Action, Context, Info, Status, Time};

/// More of suite signal.
pub const CASES: &[Case] = &[
    ("child_ended_is_told", child_ended_is_told),
    ("children_that_nobody_waits_for", nobody_waits),
    ("broken_pipe_handled", broken_pipe_handled),
    ("real_time_signals_queue_in_order", real_time_order),
    ("plain_signals_come_once", plain_signals_come_once),
    ("value_arrives", value_arrives),
    ("sigtimedwait", sigtimedwait),
    ("kill_refused", kill_refused),
    ("signal_comes_after_what_was_waited_for", comes_after),
];

fn child_ended_is_told() -> Outcome {
    sys::handle(SIGCHLD, note, 0)?;
    let wait = |pid| -> Result<Status, Errno> {
        loop {
            match sys::wait4(pid, 0) {
                Err(Errno(EINTR)) => {}
                other => return other.map(|(_, status)| status),
            }
        }
    };
    let pid = sys::spawn(|| 7)?.0;
    check_eq!(wait(pid)?, Status::exited(7));
    check_eq!((CODE.load(Relaxed), STATUS.load(Relaxed)), (CLD_EXITED, 7));
    check_eq!((COUNT.load(Relaxed), PID.load(Relaxed)), (1, pid as u32));
    let pid = sys::spawn(|| raise(SIGKILL).map_or(1, |()| 0))?.0;
    check_eq!(wait(pid)?, Status::killed(SIGKILL));
    check_eq!(
        (CODE.load(Relaxed), STATUS.load(Relaxed)),
        (CLD_KILLED, SIGKILL)
    );
    check_eq!(COUNT.load(Relaxed), 2);
    Ok(())
}

/// Ignored, or by SA_NOCLDWAIT: there are no zombies, and wait waits for all.
fn nobody_waits() -> Outcome {
    let no_zombies = Action {
        flags: SA_NOCLDWAIT as u64,
        ..Action::DEFAULT
    };
    for action in [Action::IGNORE, no_zombies] {
        if action == no_zombies {
            not_in_qemu_user("it drops SA_NOCLDWAIT")?;
        }
        sys::sigaction(SIGCHLD, Some(&action), None)?;
        for _ in 0..3 {
            sys::spawn(|| 3)?;
        }
        check_eq!(sys::wait4(-1, 0), Err(Errno(ECHILD)));
    }
    sys::sigaction(SIGCHLD, Some(&Action::DEFAULT), None)?;
    check_eq!(sys::spawn(|| 3)?.wait()?, Status::exited(3));
    Ok(())
}

fn broken_pipe_handled() -> Outcome {
    sys::handle(SIGPIPE, note, 0)?;
    let pipe = sys::pipe()?;
    sys::close(pipe.read)?;
    check_eq!(sys::write(pipe.write, b"x"), Err(Errno(EPIPE)));
    check_eq!(
        (COUNT.load(Relaxed), ORDER.load(Relaxed)),
        (1, SIGPIPE as u64)
    );
    Ok(())
}

/// Real-time signals that leave room for those that a C library or qemu keeps.
const FIRST: u32 = 40;
const SECOND: u32 = 41;

extern "C" fn queue_note(signal: u32, info: &Info, _: &mut Context) {
    append(signal as u64 % 2 * 100 + info.value());
}

fn real_time_order() -> Outcome {
    let action = Action {
        mask: u64::MAX,
        ..Action::run(queue_note, 0)
    };
    for signal in [FIRST, SECOND] {
        sys::sigaction(signal, Some(&action), None)?;
        sys::block(&[signal])?;
    }
    for (signal, value) in [(SECOND, 1), (FIRST, 2), (SECOND, 3), (FIRST, 4), (FIRST, 2)] {
        sys::queue(sys::getpid(), signal, value)?;
    }
    // Taken one by one: the lower number first, and each in the order of sending.
    let both = sys::set(&[FIRST, SECOND]);
    for wanted in [(FIRST, 2), (FIRST, 4), (FIRST, 2), (SECOND, 1), (SECOND, 3)] {
        let mut info = Info::NONE;
        let signal = sys::sigtimedwait(&both, Some(&mut info), Some(&Time::from_ns(0)))?;
        check_eq!((signal, info.value()), wanted);
    }
    // By a handler: all that were sent come, in the order of sending.
    (1..=5).try_for_each(|value| sys::queue(sys::getpid(), SECOND, value))?;
    sys::unblock(&[FIRST, SECOND])?;
    check_eq!(ORDER.load(Relaxed), 0x65_66_67_68_69);
    Ok(())
}

fn plain_signals_come_once() -> Outcome {
    sys::handle(SIGUSR1, note, 0)?;
    sys::block(&[SIGUSR1])?;
    (0..5).try_for_each(|_| raise(SIGUSR1))?;
    sys::unblock(&[SIGUSR1])?;
    check_eq!(COUNT.load(Relaxed), 1);
    Ok(())
}

fn value_arrives() -> Outcome {
    sys::handle(SIGUSR1, note, 0)?;
    sys::queue(sys::getpid(), SIGUSR1, 0x1234_5678_9abc_def0)?;
    check_eq!(VALUE.load(Relaxed), 0x1234_5678_9abc_def0);
    check_eq!(CODE.load(Relaxed) as i32, SI_QUEUE);
    check_eq!(PID.load(Relaxed), sys::getpid() as u32);
    // Nobody but the kernel may say that it is the kernel: rt_sigqueueinfo(2).
    let mut info = Info::NONE;
    info.code = SI_USER as i32;
    in_child(|| {
        let result = sys::rt_sigqueueinfo(sys::getppid(), SIGUSR1, &info);
        check_eq!(result, Err(Errno(EPERM)));
        Ok(())
    })
}

fn sigtimedwait() -> Outcome {
    let set = sys::set(&[SIGUSR1, SIGTERM]);
    sys::block(&[SIGUSR1, SIGTERM])?;
    let wait = |ns| sys::sigtimedwait(&set, None, Some(&Time::from_ns(ns)));
    check_eq!(wait(0), Err(Errno(EAGAIN)));
    let start = sys::now();
    check_eq!(wait(3_000_000), Err(Errno(EAGAIN)));
    check!(sys::now() - start >= 3_000_000);
    raise(SIGTERM)?;
    check_eq!(wait(0), Ok(SIGTERM));
    check_eq!(pending()?, 0);
    let parent = sys::getpid();
    let child = crate::harness::begin(|| {
        sys::nanosleep(Time::from_ns(3_000_000))?;
        Ok(sys::kill(parent, SIGUSR1)?)
    })?;
    let mut info = Info::NONE;
    let pid = child.0;
    check_eq!(sys::sigtimedwait(&set, Some(&mut info), None), Ok(SIGUSR1));
    check_eq!(
        (info.signal, info.code, info.pid()),
        (SIGUSR1 as i32, 0, pid)
    );
    crate::harness::finish(child)?;
    let wrong = Time {
        seconds: 0,
        nanoseconds: -1,
    };
    check_eq!(
        sys::sigtimedwait(&set, None, Some(&wrong)),
        Err(Errno(EINVAL))
    );
    Ok(())
}

fn kill_refused() -> Outcome {
    let pid = sys::getpid();
    check_eq!(sys::kill(pid, 65), Err(Errno(EINVAL)));
    check_eq!(sys::kill(pid, u32::MAX), Err(Errno(EINVAL)));
    check_eq!(sys::kill(pid, 0), Ok(()));
    check_eq!(sys::kill(i32::MAX, 0), Err(Errno(ESRCH)));
    check_eq!(sys::kill(-i32::MAX, SIGTERM), Err(Errno(ESRCH)));
    check_eq!(sys::tgkill(pid, i32::MAX, 0), Err(Errno(ESRCH)));
    check_eq!(sys::tgkill(pid, 0, 0), Err(Errno(EINVAL)));
    check_eq!(sys::tgkill(-1, pid, 0), Err(Errno(EINVAL)));
    // One that has ended and was not waited for is still there.
    let child = sys::spawn(|| 0)?;
    check!(crate::harness::soon(|| sys::has_ended(child.0)));
    check_eq!(sys::kill(child.0, 0), Ok(()));
    let pid = child.0;
    child.wait()?;
    check_eq!(sys::kill(pid, 0), Err(Errno(ESRCH)));
    Ok(())
}

/// Who waits to read gets a byte and then a signal, from a child whose end closes a file:
/// all before it runs. It has read the byte by the time that it sees the signal.
fn comes_after() -> Outcome {
    sys::handle(SIGUSR1, note, SA_RESTART)?;
    let pipe = sys::pipe()?;
    for n in 1..=10 {
        let child = sys::spawn(|| {
            let give = || {
                sys::open(c"/dev/null", O_RDONLY)?;
                (0..3).for_each(|_| _ = sys::sched_yield());
                sys::write_all(pipe.write, &[n as u8])?;
                sys::kill(sys::getppid(), SIGUSR1)
            };
            give().is_err().into()
        })?;
        let mut byte = [0];
        check_eq!(sys::read(pipe.read, &mut byte), Ok(1));
        check_eq!(byte, [n as u8]);
        check_eq!(child.wait()?, Status::exited(0));
        check_eq!(COUNT.load(Relaxed), n);
    }
    Ok(pipe.close()?)
}
