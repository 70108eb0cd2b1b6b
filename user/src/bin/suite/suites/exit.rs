//! How processes end, and how their parents hear of it.

use crate::harness::{Case, Outcome, begin, finish, in_child, soon};
use core::sync::atomic::{AtomicI32, Ordering::SeqCst};
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self, Status};
use quire_user::{Errno, Shared};

/// The suite.
pub const CASES: &[Case] = &[
    ("statuses", statuses),
    ("exit_and_exit_group", exit_and_exit_group),
    ("signals", signals),
    ("signal_zero_only_asks", signal_zero_only_asks),
    ("ignored_by_default", ignored_by_default),
    ("kill_a_spinning_process", kill_a_spinning_process),
    ("kill_a_sleeping_process", kill_a_sleeping_process),
    ("kill_a_waiting_process", kill_a_waiting_process),
    ("kill_errors", kill_errors),
    ("wait_for_any", wait_for_any),
    ("wait_for_one_of_many", wait_for_one_of_many),
    ("wait_without_hanging", wait_without_hanging),
    ("wait_blocks_until_exit", wait_blocks_until_exit),
    ("wait_errors", wait_errors),
    ("zombie_keeps_its_number", zombie_keeps_its_number),
    ("waitid_tells", waitid_tells),
    ("waitid_leaves_it", waitid_leaves_it),
    ("orphans_go_to_process_1", orphans_go_to_process_1),
    ("orphans_of_orphans", orphans_of_orphans),
    ("not_anothers_child", not_anothers_child),
];

fn statuses() -> Outcome {
    for code in [0, 1, 2, 42, 127, 128, 255] {
        check_eq!(sys::spawn(|| code)?.wait()?, Status::exited(code as u8));
    }
    for (code, seen) in [(256, 0), (257, 1), (-1, 255), (i32::MIN, 0)] {
        check_eq!(sys::spawn(|| code)?.wait()?, Status::exited(seen));
    }
    Ok(())
}

fn exit_and_exit_group() -> Outcome {
    let by = |number: u32| {
        sys::spawn(|| {
            // SAFETY: ends the process.
            let _ = unsafe { sys::call(number, &[6]) };
            1
        })
    };
    check_eq!(by(__NR_exit)?.wait()?, Status::exited(6));
    check_eq!(by(__NR_exit_group)?.wait()?, Status::exited(6));
    Ok(())
}

fn signals() -> Outcome {
    for signal in [
        SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGABRT, SIGFPE, SIGKILL, SIGUSR1, SIGSEGV, SIGPIPE,
        SIGALRM, SIGTERM,
    ] {
        let status = sys::spawn(|| {
            let _ = sys::kill(sys::getpid(), signal);
            // Its own signal arrives before kill returns; if not, soon.
            soon(|| false);
            0
        })?
        .wait()?;
        check!(
            status.signal() == Some(signal),
            "{status:?} after signal {signal}"
        );
    }
    Ok(())
}

/// A child that runs until a signal ends it.
fn spinning() -> Result<sys::Child, Errno> {
    sys::spawn(|| {
        loop {
            core::hint::spin_loop();
        }
    })
}

fn signal_zero_only_asks() -> Outcome {
    let child = spinning()?;
    check_eq!(sys::kill(child.0, 0), Ok(()));
    check_eq!(sys::wait4(child.0, WNOHANG)?.0, 0);
    sys::kill(child.0, SIGKILL)?;
    check_eq!(child.wait()?.signal(), Some(SIGKILL));
    Ok(())
}

fn ignored_by_default() -> Outcome {
    in_child(|| {
        for signal in [SIGCHLD, SIGURG, SIGWINCH, SIGCONT] {
            sys::kill(sys::getpid(), signal)?;
        }
        Ok(())
    })
}

fn kill_a_spinning_process() -> Outcome {
    let child = spinning()?;
    sys::sched_yield();
    sys::kill(child.0, SIGTERM)?;
    check_eq!(child.wait()?.signal(), Some(SIGTERM));
    Ok(())
}

fn kill_a_sleeping_process() -> Outcome {
    let child = sys::spawn(|| {
        let _ = sys::nanosleep(sys::Time::from_ns(60_000_000_000));
        0
    })?;
    sys::nanosleep(sys::Time::from_ns(2_000_000))?;
    sys::kill(child.0, SIGKILL)?;
    check_eq!(child.wait()?.signal(), Some(SIGKILL));
    Ok(())
}

/// The orphan is ended too: nobody else would.
fn kill_a_waiting_process() -> Outcome {
    let grandchild = Shared::<AtomicI32>::new()?;
    let parent = sys::spawn(|| {
        let Ok(child) = spinning() else { return 1 };
        grandchild.store(child.0, SeqCst);
        child.wait().is_err() as i32
    })?;
    check!(soon(|| grandchild.load(SeqCst) != 0));
    sys::nanosleep(sys::Time::from_ns(2_000_000))?;
    sys::kill(parent.0, SIGKILL)?;
    sys::kill(grandchild.load(SeqCst), SIGKILL)?;
    check_eq!(parent.wait()?.signal(), Some(SIGKILL));
    Ok(())
}

fn kill_errors() -> Outcome {
    check_eq!(sys::kill(0x3fff_fff0, SIGTERM), Err(Errno(ESRCH)));
    check_eq!(sys::kill(sys::getpid(), 1000), Err(Errno(EINVAL)));
    let gone = sys::spawn(|| 0)?;
    let pid = gone.0;
    gone.wait()?;
    check_eq!(sys::kill(pid, 0), Err(Errno(ESRCH)));
    Ok(())
}

fn wait_for_any() -> Outcome {
    let mut left = [
        sys::spawn(|| 10)?.0,
        sys::spawn(|| 11)?.0,
        sys::spawn(|| 12)?.0,
    ];
    for _ in 0..3 {
        let (pid, status) = sys::wait4(-1, 0)?;
        let at = left.iter().position(|&p| p == pid);
        check!(at.is_some(), "wait4 gave {pid}, which is no child");
        check_eq!(status, Status::exited(10 + at.unwrap_or(0) as u8));
        left[at.unwrap_or(0)] = 0;
    }
    check_eq!(sys::wait4(-1, 0).map(|(pid, _)| pid), Err(Errno(ECHILD)));
    Ok(())
}

fn wait_for_one_of_many() -> Outcome {
    let (a, b, c) = (sys::spawn(|| 1)?, sys::spawn(|| 2)?, sys::spawn(|| 3)?);
    check_eq!(c.wait()?, Status::exited(3));
    check_eq!(a.wait()?, Status::exited(1));
    check_eq!(b.wait()?, Status::exited(2));
    Ok(())
}

fn wait_without_hanging() -> Outcome {
    let go = Shared::<AtomicI32>::new()?;
    let child = begin(|| {
        check!(soon(|| go.load(SeqCst) == 1));
        Ok(())
    })?;
    check_eq!(sys::wait4(child.0, WNOHANG)?.0, 0);
    check_eq!(sys::wait4(-1, WNOHANG)?.0, 0);
    go.store(1, SeqCst);
    let mut seen = Ok((0, Status(0)));
    check!(soon(|| {
        seen = sys::wait4(child.0, WNOHANG);
        !matches!(seen, Ok((0, _)))
    }));
    check_eq!(seen?, (child.0, Status::exited(0)));
    Ok(())
}

fn wait_blocks_until_exit() -> Outcome {
    let start = sys::now();
    let child = sys::spawn(|| sys::nanosleep(sys::Time::from_ns(20_000_000)).is_err() as i32)?;
    check_eq!(child.wait()?, Status::exited(0));
    check!(sys::now() - start >= 20_000_000);
    Ok(())
}

fn wait_errors() -> Outcome {
    check_eq!(sys::wait4(-1, 0).map(|(pid, _)| pid), Err(Errno(ECHILD)));
    check_eq!(
        sys::wait4(1 << 29, 0).map(|(pid, _)| pid),
        Err(Errno(ECHILD))
    );
    check_eq!(
        sys::wait4(sys::getpid(), WNOHANG).map(|(pid, _)| pid),
        Err(Errno(ECHILD))
    );
    let child = sys::spawn(|| 0)?;
    check_eq!(
        sys::wait4(child.0, 0x40_0000).map(|(pid, _)| pid),
        Err(Errno(EINVAL))
    );
    child.wait()?;
    Ok(())
}

fn zombie_keeps_its_number() -> Outcome {
    let zombie = sys::spawn(|| 5)?;
    for _ in 0..50 {
        sys::sched_yield();
    }
    for _ in 0..20 {
        let other = sys::spawn(|| 0)?;
        check!(other.0 != zombie.0);
        other.wait()?;
    }
    check_eq!(zombie.wait()?, Status::exited(5));
    Ok(())
}

/// si_signo, si_code, si_pid and si_status: at 0, 8, 16 and 24 (Linux,
/// include/uapi/asm-generic/siginfo.h, for 64-bit machines).
fn fields(info: &siginfo_t) -> (i32, i32, i32, i32) {
    // SAFETY: the structure is 128 bytes of plain numbers.
    let words: &[i32; 32] = unsafe { &*(&raw const *info).cast() };
    (words[0], words[2], words[4], words[6])
}

fn no_info() -> siginfo_t {
    // SAFETY: all zero is a good `siginfo_t`.
    unsafe { core::mem::zeroed() }
}

fn waitid_tells() -> Outcome {
    let mut info = no_info();
    let child = sys::spawn(|| 33)?;
    sys::waitid(P_PID, child.0, &mut info, WEXITED)?;
    check_eq!(fields(&info), (SIGCHLD as i32, 1, child.0, 33));
    let child = spinning()?;
    sys::kill(child.0, SIGKILL)?;
    sys::waitid(P_ALL, 0, &mut info, WEXITED)?;
    check_eq!(fields(&info), (SIGCHLD as i32, 2, child.0, SIGKILL as i32));
    check_eq!(
        sys::waitid(P_ALL, 0, &mut info, WEXITED),
        Err(Errno(ECHILD))
    );
    check_eq!(sys::waitid(P_ALL, 0, &mut info, 0), Err(Errno(EINVAL)));
    Ok(())
}

fn waitid_leaves_it() -> Outcome {
    let child = sys::spawn(|| 3)?;
    for _ in 0..3 {
        let mut info = no_info();
        sys::waitid(P_PID, child.0, &mut info, WEXITED | WNOWAIT)?;
        check_eq!(fields(&info), (SIGCHLD as i32, 1, child.0, 3));
    }
    check_eq!(child.wait()?, Status::exited(3));
    Ok(())
}

fn orphans_go_to_process_1() -> Outcome {
    let seen = Shared::<[AtomicI32; 2]>::new()?;
    let middle = sys::spawn(|| {
        let me = sys::getpid();
        let orphan = sys::spawn(|| {
            soon(|| sys::getppid() != me);
            seen[0].store(sys::getppid(), SeqCst);
            seen[1].store(1, SeqCst);
            0
        });
        orphan.is_err() as i32
    })?;
    check_eq!(middle.wait()?, Status::exited(0));
    check!(soon(|| seen[1].load(SeqCst) == 1));
    check_eq!(seen[0].load(SeqCst), 1);
    Ok(())
}

/// A process with ten children ends; they end later; nothing is lost.
fn orphans_of_orphans() -> Outcome {
    let count = Shared::<AtomicI32>::new()?;
    let middle = sys::spawn(|| {
        for _ in 0..10 {
            let leaf = || (count.fetch_add(1, SeqCst) < 0) as i32;
            let _ = sys::spawn(|| sys::spawn(leaf).is_err() as i32);
        }
        0
    })?;
    middle.wait()?;
    check!(soon(|| count.load(SeqCst) == 10));
    Ok(())
}

fn not_anothers_child() -> Outcome {
    let mine = spinning()?;
    let result = in_child(|| {
        check_eq!(
            sys::wait4(mine.0, WNOHANG).map(|(pid, _)| pid),
            Err(Errno(ECHILD))
        );
        Ok(())
    });
    sys::kill(mine.0, SIGKILL)?;
    mine.wait()?;
    result?;
    finish(begin(|| Ok(()))?)
}
