//! Much of everything: the kernel runs with interrupts off, so a call must not take
//! the longer the more of something a process has, times the more of something else.
//! A call that does is found by the suite's time-out.

use crate::harness::{Case, Outcome, begin, needs_vm, pages_up_to};
use quire_user::area::RW;
use quire_user::errors::{ENAMETOOLONG, ENOMEM};
use quire_user::linux::*;
use quire_user::sys::{self, IPC_CREAT, IPC_PRIVATE, Time};
use quire_user::{Area, Errno, PAGE, SEGMENT, proc};

/// The second part of suite fuzz.
pub const CASES: &[Case] = &[
    ("thirty_thousand_regions", thirty_thousand_regions),
    ("ten_thousand_segments", ten_thousand_segments),
    ("removed_segments_and_exits", removed_segments_and_exits),
    ("endless_buffers", endless_buffers),
    (
        "signals_while_the_heap_is_full",
        signals_while_the_heap_is_full,
    ),
    ("calls_while_the_heap_is_full", calls_while_the_heap_is_full),
];

/// Makes every other page a region of its own, until there is no room for more.
fn split(area: Area) -> usize {
    let mut pages = (0..area.pages()).step_by(2);
    let refused = |page: &usize| area.part(page * PAGE, PAGE).protect(PROT_READ).is_err();
    pages.find(refused).unwrap_or(area.pages())
}

fn thirty_thousand_regions() -> Outcome {
    needs_vm()?;
    let flags = MAP_PRIVATE | MAP_NORESERVE;
    let area = Area::map(Some(SEGMENT * 4096), 30_000 * PAGE, RW, flags)?;
    check_eq!(split(area), area.pages());
    area.protect(RW)?;
    split(area);
    area.unmap()?;
    Ok(())
}

fn ten_thousand_segments() -> Outcome {
    needs_vm()?;
    let kept = pages_up_to(10_000);
    for n in 0..10_000 {
        let page = Area::map(Some(SEGMENT * (4096 + n)), PAGE, RW, MAP_PRIVATE)?;
        page.store(0, 1);
        // Where memory is short, the segments stay and their pages go.
        if n >= kept {
            page.advise(MADV_DONTNEED)?;
        }
    }
    check!(proc::audit().is_some_and(|verdict| verdict.as_str() == "clean"));
    Ok(())
}

/// Every exit has to ask which removed segments nobody has attached any more.
fn removed_segments_and_exits() -> Outcome {
    needs_vm()?;
    for _ in 0..4000 {
        let id = sys::shmget(IPC_PRIVATE, PAGE, IPC_CREAT)?;
        Area::attach(id, 0, PAGE, 0)?;
        sys::shm_remove(id)?;
    }
    (0..20).try_for_each(|_| sys::spawn(|| 0)?.wait().map(drop))?;
    Ok(())
}

/// Children fill the kernel's heap with regions, by the one call that cannot be told
/// from a harmless one. What others then ask for is refused, or done.
fn calls_while_the_heap_is_full() -> Outcome {
    needs_vm()?;
    let path = Area::private(2 * PAGE)?;
    (0..PAGE).for_each(|at| path.store(at, b'a'));
    let mut children = [const { None }; 200];
    for (n, child) in children.iter_mut().enumerate() {
        // Of every size, so that no gap is left.
        let pages = 40_000 >> (n % 14);
        *child = begin(|| {
            split(Area::private(pages * PAGE)?);
            loop {
                sys::nanosleep(Time::from_ns(1_000_000_000))?;
            }
        })
        .ok();
    }
    sys::nanosleep(Time::from_ns(500_000_000))?;
    let refused = |e: Errno| [ENOMEM, ENAMETOOLONG].contains(&e.0);
    for number in [__NR_open, __NR_chdir] {
        // SAFETY: the kernel only reads the path.
        let result = unsafe { sys::call(number, &[path.base()]) };
        check!(result.is_err_and(refused), "{number}: {result:?}");
    }
    for child in children.iter().flatten() {
        sys::kill(child.0, SIGKILL)?;
    }
    for child in children.into_iter().flatten() {
        child.wait()?;
    }
    Ok(())
}

/// A buffer may be as large as all addresses: what is moved is bounded, and so is the
/// time.
fn endless_buffers() -> Outcome {
    needs_vm()?;
    let flags = MAP_PRIVATE | MAP_NORESERVE;
    let area = Area::map(None, 1 << 45, RW, flags)?;
    let zero = sys::open(c"/dev/zero", O_RDWR)?;
    let start = sys::now();
    // SAFETY: the area is the case's, and holds nothing.
    let done = unsafe { sys::read_at(zero, area.base(), area.len()) }?;
    check!(done > 0 && done < area.len());
    let file = sys::create(c"/tmp/endless", O_RDWR, 0o600)?;
    sys::unlink(c"/tmp/endless")?;
    check!(sys::write_from(file, area.base(), area.len())? > 0);
    let took = sys::now() - start;
    check!(took < 20_000_000_000, "{took} ns");
    Ok(())
}

/// Children queue signals for themselves until the kernel has no memory for more. They can
/// still be killed, each of them: that signal needs none.
fn signals_while_the_heap_is_full() -> Outcome {
    /// More than the heap has room for, where memory is the least.
    const MOST: usize = 400;
    needs_vm()?;
    let ready = Area::shared(PAGE)?;
    let mut children = [const { None }; MOST];
    for (n, child) in children.iter_mut().enumerate() {
        let spawned = sys::spawn(|| {
            let masked = sys::sigprocmask(SIG_SETMASK, Some(&u64::MAX), None);
            while masked.is_ok() && sys::queue(sys::getpid(), 40, 1).is_ok() {}
            ready.store_word(0, n as u64 + 1);
            loop {
                let _ = sys::pause();
            }
        });
        match spawned {
            Ok(spawned) => *child = Some(spawned),
            Err(error) => {
                check_eq!(error, Errno(ENOMEM));
                break;
            }
        }
        while (ready.load_word(0) as usize) <= n {
            sys::sched_yield();
        }
    }
    for child in children.iter().flatten() {
        sys::kill(child.0, SIGKILL)?;
    }
    for child in children.into_iter().flatten() {
        check_eq!(child.wait()?.signal(), Some(SIGKILL));
    }
    Ok(())
}
