//! Any system call with any argument: the kernel lives, its books are right, and
//! processes that do nothing wrong notice nothing.
//!
//! A case is a seed. Four processes make calls chosen by it, plausible ones and
//! others, on a window of pages of every kind; they fork and exec as well. Beside
//! them two bystanders look at their own memory all the time. What would end the
//! machine or others is left out: reboot, and kill of anybody but oneself.

use super::wild::{PLAYGROUND, Wild};
use crate::harness::{Case, Outcome, begin, finish, needs_vm, soon};
use crate::scratch::Scratch;
use core::ffi::CStr;
use quire_user::linux::*;
use quire_user::sys::{self, Child, IPC_CREAT, IPC_PRIVATE, Pid, Status, Time};
use quire_user::{Area, PAGE, proc};

macro_rules! seeds {
    ($($name:ident = $seed:literal)*) => {
        /// The suite.
        pub const CASES: &[Case] = &[$((stringify!($name), || round($seed)),)*];
    };
}
seeds! { seed_1 = 1 seed_2 = 2 seed_3 = 3 seed_4 = 4 seed_5 = 5 seed_6 = 6 seed_7 = 7 seed_8 = 8 }

/// Processes that make calls at random, not counting their children.
const WILD: u64 = 4;
/// Nanoseconds after which those that wait for something are ended.
const ENOUGH: u64 = 400_000_000;

fn round(seed: u64) -> Outcome {
    needs_vm()?;
    let _playground = playground()?;
    let stop = Area::shared(PAGE)?;
    let bystander = begin(|| bystander(seed, stop))?;
    check!(soon(|| stop.load_word(READY) != 0));
    let kept = stop.load_word(READY) as usize;
    let first = births()?;
    let wild: [_; WILD as usize] = core::array::from_fn(|n| {
        sys::spawn(|| {
            let _ = stop.unmap();
            Wild::new(seed << 8 | n as u64, kept).run()
        })
    });
    let start = sys::now();
    let mut left = wild.into_iter().flatten().count();
    while left > 0 && sys::now() - start < ENOUGH {
        left -= usize::from(matches!(sys::wait4(-1, WNOHANG), Ok((pid, _)) if pid > 0));
        sys::nanosleep(Time::from_ns(1_000_000))?;
    }
    end_all_since(first)?;
    remove_segments(kept as i32)?;
    stop.store_word(STOP, 1);
    finish(bystander)?;
    let verdict = proc::audit().unwrap_or_default();
    check!(verdict.as_str() == "clean", "seed {seed}: {verdict}");
    Ok(())
}

/// The directory whose files may be changed: the programs in it are copies.
fn playground() -> Result<Scratch, quire_user::Errno> {
    let scratch = Scratch::at(PLAYGROUND)?;
    copy(c"/bin/true", c"true")?;
    copy(c"/bin/false", c"false")?;
    copy(c"/broken/enoexec-wrong-magic", c"text")?;
    Ok(scratch)
}

fn copy(from: &CStr, to: &CStr) -> Result<(), quire_user::Errno> {
    let from = sys::open(from, O_RDONLY)?;
    let to = sys::create(to, O_WRONLY | O_EXCL, 0o755)?;
    let mut buffer = [0; PAGE];
    loop {
        match sys::read(from, &mut buffer)? {
            0 => break,
            len => sys::write_all(to, &buffer[..len])?,
        }
    }
    sys::close(from)?;
    sys::close(to)
}

/// The number of a process that is born now, and has gone.
fn births() -> Result<Pid, quire_user::Errno> {
    let Child(pid) = sys::spawn(|| 0)?;
    Child(pid).wait()?;
    Ok(pid)
}

/// Ends every process born after `first`, whoever its parent is now, and waits for
/// those that are this process's.
fn end_all_since(mut first: Pid) -> Outcome {
    loop {
        let last = births()?;
        for pid in first + 1..last {
            // Those that have ended already are no error.
            let _ = sys::kill(pid, SIGKILL);
            let _ = sys::wait4(pid, 0);
        }
        if last == first + 1 {
            return Ok(());
        }
        first = last;
    }
}

/// Removes the System V segments from `first` to the newest: nobody's end does that.
fn remove_segments(first: i32) -> Outcome {
    let last = sys::shmget(IPC_PRIVATE, PAGE, IPC_CREAT)?;
    // Those that have been removed already are no error.
    (first..=last).for_each(|id| _ = sys::shm_remove(id));
    Ok(())
}

/// Words of the page that the bystanders share with the case: 1 + the number of
/// their System V segment, and whether they should stop.
const READY: usize = 0;
const STOP: usize = 8;

/// Private, shared and System V memory that must stay as it is.
fn bystander(seed: u64, stop: Area) -> Outcome {
    let len = 40 * PAGE;
    let id = sys::shmget(IPC_PRIVATE, len, IPC_CREAT | 0o600)?;
    let attached = Area::attach(id, 0, len, 0)?;
    sys::shm_remove(id)?;
    let areas = [Area::private(len)?, Area::shared(len)?, attached];
    areas.iter().for_each(|area| area.fill_all(seed));
    let other = begin(|| watch(areas, seed, stop))?;
    stop.store_word(READY, id as u64 + 1);
    watch(areas, seed, stop)?;
    finish(other)
}

/// Looks again and again, and lets children look that write what is private.
fn watch(areas: [Area; 3], seed: u64, stop: Area) -> Outcome {
    while stop.load_word(STOP) == 0 {
        intact(areas, seed)?;
        // It is no harm if there is no room for a child just now, or if it is taken
        // for one of the wild ones and ended.
        if let Ok(child) = begin(|| {
            intact(areas, seed)?;
            areas[0].fill(!seed);
            Ok(())
        }) {
            let status = child.wait()?;
            let ended = status == Status::exited(0) || status == Status::killed(SIGKILL);
            check!(ended, "seed {seed}: a bystander's child: {status:?}");
        }
        sys::nanosleep(Time::from_ns(10_000_000))?;
    }
    intact(areas, seed)
}

fn intact(areas: [Area; 3], seed: u64) -> Outcome {
    let found = areas.map(|area| area.differs_anywhere(seed));
    check!(
        found == [None; 3],
        "seed {seed}: a bystander's memory changed: {found:?}"
    );
    Ok(())
}
