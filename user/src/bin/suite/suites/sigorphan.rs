//! Stopped process groups that nobody is left to let go on (setpgid(2), NOTES; POSIX,
//! "Orphaned Process Group").

use crate::harness::{Case, Outcome};
use core::sync::atomic::{AtomicI32, Ordering::Relaxed};
use quire_user::linux::*;
use quire_user::sys::{self, Child, Context, Info, interest};
use quire_user::{Errno, Shared};

/// The last part of suite signal.
pub const CASES: &[Case] = &[
    ("newly_orphaned_group_is_let_go", newly_orphaned),
    ("orphaned_group_stays_stopped", orphaned_before),
];

/// The pipe that [`tell`] writes to.
static PIPE: AtomicI32 = AtomicI32::new(-1);

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
