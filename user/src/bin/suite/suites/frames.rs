//! Frames: what is taken comes back.

use crate::harness::{Case, Outcome, Why, in_child, needs_vm, pages_up_to, settled_free};
use quire_user::area::RW;
use quire_user::linux::*;
use quire_user::sys::{self, IPC_CREAT, IPC_PRIVATE, Status};
use quire_user::{Area, PAGE, SEGMENT, proc};

/// The suite.
pub const CASES: &[Case] = &[
    ("kinds_add_up", kinds_add_up),
    ("touched_pages_take_one_frame_each", one_frame_a_page),
    ("untouched_pages_take_none", untouched_take_none),
    ("reading_is_touching", reading_is_touching),
    ("unmapping_gives_back", unmapping_gives_back),
    ("exit_gives_back", exit_gives_back),
    ("death_gives_back", death_gives_back),
    ("exec_gives_back", exec_gives_back),
    ("shared_memory_gives_back", shared_memory_gives_back),
    ("brk_gives_back", brk_gives_back),
    (
        "fork_takes_only_what_is_written",
        fork_takes_only_what_is_written,
    ),
    ("out_of_memory_kills_or_refuses", out_of_memory),
    ("out_of_memory_by_copies", out_of_memory_by_copies),
    ("too_many_processes_is_an_error", too_many_processes),
    ("meminfo_agrees", meminfo_agrees),
];

fn free() -> Result<u64, Why> {
    needs_vm()?;
    Ok(proc::free_frames().unwrap_or(0))
}

fn frames(kind: &str) -> Result<u64, Why> {
    proc::lookup(c"/proc/vm/frames", kind)
        .ok_or_else(|| Why::skipped("this kernel has no /proc/vm/frames"))
}

fn kinds_add_up() -> Outcome {
    needs_vm()?;
    let mut buffer = [0; 2048];
    let text = proc::read(c"/proc/vm/frames", &mut buffer)?;
    let kind = |name| proc::value(text, name).unwrap_or(0);
    let sum = kind("free") + kind("private") + kind("object") + kind("kernel");
    check!(
        sum == kind("total"),
        "the kinds make {sum}, the total is {}",
        kind("total")
    );
    check!(kind("free") > 0 && kind("private") > 0 && kind("kernel") > 0);
    Ok(())
}

fn one_frame_a_page() -> Outcome {
    let area = Area::private(500 * PAGE)?;
    area.store(0, 1);
    let before = free()?;
    area.part(0, 300 * PAGE).fill(1);
    check_eq!(before - free()?, 299);
    area.part(0, 300 * PAGE).fill(2);
    check_eq!(before - free()?, 299);
    Ok(())
}

fn untouched_take_none() -> Outcome {
    free()?;
    let before = free()?;
    // More than the machine may have: nothing is promised.
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    let area = Area::map(None, 4 * SEGMENT, RW, flags)?;
    check_eq!(free()?, before);
    area.unmap()?;
    check_eq!(free()?, before);
    Ok(())
}

/// There is no page of zeroes that all share: reading takes a frame, or it may
/// not; a write after it takes no second one.
fn reading_is_touching() -> Outcome {
    let area = Area::private(100 * PAGE)?;
    let before = free()?;
    check_eq!(area.not_zero(), None);
    let read = before - free()?;
    check!(read <= 100);
    area.fill(1);
    check_eq!(before - free()?, 100);
    Ok(())
}

fn unmapping_gives_back() -> Outcome {
    let area = Area::private(400 * PAGE)?;
    let before = free()?;
    area.fill(1);
    area.part(100 * PAGE, 200 * PAGE).unmap()?;
    check_eq!(before - free()?, 200);
    area.unmap()?;
    check_eq!(free()?, before);
    Ok(())
}

/// Runs `body` in a child twice: the second time leaves as many frames free.
fn leaves_nothing(body: impl Fn() -> Outcome) -> Outcome {
    needs_vm()?;
    body()?;
    let before = settled_free();
    body()?;
    check_eq!(settled_free(), before);
    Ok(())
}

fn exit_gives_back() -> Outcome {
    leaves_nothing(|| {
        in_child(|| {
            Area::private(1000 * PAGE)?.fill(1);
            Area::shared(100 * PAGE)?.fill(1);
            in_child(|| {
                Area::private(100 * PAGE)?.fill(1);
                Ok(())
            })
        })
    })
}

fn death_gives_back() -> Outcome {
    leaves_nothing(|| {
        crate::harness::dies_of(SIGSEGV, || {
            let _ = Area::private(300 * PAGE).map(|area| {
                area.fill(1);
                area.part(0, PAGE).unmap().map(|()| area.load(0))
            });
        })
    })
}

fn exec_gives_back() -> Outcome {
    leaves_nothing(|| {
        let child = sys::spawn(|| {
            let _ = Area::private(300 * PAGE).map(|area| area.fill(1));
            quire_user::exec::replace(c"/bin/true", &[c"true"], &[]);
            1
        })?;
        check_eq!(child.wait()?, Status::exited(0));
        Ok(())
    })
}

fn shared_memory_gives_back() -> Outcome {
    leaves_nothing(|| {
        in_child(|| {
            let id = sys::shmget(IPC_PRIVATE, 200 * PAGE, IPC_CREAT | 0o600)?;
            Area::attach(id, 1 << 43, 200 * PAGE, 0)?.fill(1);
            Area::attach(id, (1 << 43) + 9 * SEGMENT + PAGE, 200 * PAGE, 0)?.fill(2);
            sys::shm_remove(id)?;
            Ok(())
        })
    })
}

fn brk_gives_back() -> Outcome {
    needs_vm()?;
    // SAFETY: only the heap's new pages are given back, and no Rust object is there.
    unsafe {
        let start = sys::brk(0);
        let first = start.next_multiple_of(PAGE);
        let before = free()?;
        check_eq!(sys::brk(first + 100 * PAGE), first + 100 * PAGE);
        (0..100).for_each(|page| ((first + page * PAGE) as *mut u8).write_volatile(1));
        check_eq!(before - free()?, 100);
        sys::brk(start);
        check_eq!(free()?, before);
    }
    Ok(())
}

fn fork_takes_only_what_is_written() -> Outcome {
    needs_vm()?;
    let pages = pages_up_to(2000);
    let written = pages / 4;
    let area = Area::private(pages * PAGE)?;
    area.fill(1);
    let before = settled_free().unwrap_or(0);
    in_child(|| {
        let mine = before.saturating_sub(free()?);
        check!(mine < 64, "a fork of {pages} pages took {mine} frames");
        area.part(0, written * PAGE).fill(2);
        let mine = before.saturating_sub(free()?);
        check!(
            (written as u64..written as u64 + 64).contains(&mine),
            "{written} pages written took {mine} frames"
        );
        Ok(())
    })
}

/// What becomes of a process that asks for more memory than there is.
fn done_or_killed(status: Status) -> Outcome {
    let known = status == Status::exited(0) || status.signal() == Some(SIGKILL);
    check!(known, "{status:?}");
    Ok(())
}

/// A process that wants more than there is: it is refused or killed, and all its
/// frames come back.
fn out_of_memory() -> Outcome {
    needs_vm()?;
    let bytes = (frames("total")? as usize + 1000) * PAGE;
    leaves_nothing(|| {
        let status = sys::spawn(|| match Area::private(bytes) {
            Ok(area) => {
                area.fill(1);
                1
            }
            Err(_) => 0,
        })?
        .wait()?;
        done_or_killed(status)
    })
}

/// Two processes that each rewrite what both share, when there is not enough for
/// both: one or both may be killed; the parent and the kernel go on. The younger one may
/// live longer: it has a pipe open, which says when it has ended too.
fn out_of_memory_by_copies() -> Outcome {
    needs_vm()?;
    let bytes = (frames("free")? as usize * 2 / 3) * PAGE;
    leaves_nothing(|| {
        let alive = sys::pipe()?;
        let status = sys::spawn(|| {
            let Ok(area) = Area::private(bytes) else {
                return 0;
            };
            area.fill(1);
            let Ok(child) = sys::spawn(|| {
                area.fill(2);
                area.differs(2).is_some() as i32
            }) else {
                return 0;
            };
            let _ = child.wait();
            area.differs(1).is_some() as i32
        })?
        .wait()?;
        sys::close(alive.write)?;
        check_eq!(sys::read(alive.read, &mut [0])?, 0);
        sys::close(alive.read)?;
        done_or_killed(status)
    })
}

/// Forks until the kernel says no, or a thousand times.
fn too_many_processes() -> Outcome {
    needs_vm()?;
    leaves_nothing(|| {
        let mut pids = [0; 1000];
        let mut count = 0;
        while count < pids.len() {
            match sys::spawn(|| {
                let _ = sys::nanosleep(sys::Time::from_ns(3_600_000_000_000));
                0
            }) {
                Ok(child) => pids[count] = child.0,
                Err(_) => break,
            }
            count += 1;
        }
        for &pid in &pids[..count] {
            sys::kill(pid, SIGKILL)?;
            sys::wait4(pid, 0)?;
        }
        check!(count >= 100, "only {count} processes");
        Ok(())
    })
}

fn meminfo_agrees() -> Outcome {
    let total = proc::lookup(c"/proc/meminfo", "MemTotal").unwrap_or(0);
    let left = proc::lookup(c"/proc/meminfo", "MemFree").unwrap_or(0);
    check!(
        total > 0 && left > 0 && left < total,
        "{left} of {total} KiB free"
    );
    needs_vm()?;
    let area = Area::map(None, PAGE, RW, MAP_PRIVATE)?;
    area.store(0, 1);
    let frames = free()? * PAGE as u64 / 1024;
    check!(
        left.abs_diff(frames) < 1024,
        "{left} KiB, but {frames} KiB of frames"
    );
    Ok(())
}
