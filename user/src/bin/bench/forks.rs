//! Fork, exec and exit.

use crate::row::{Bench, Row};
use crate::touch::{MIB, in_child, join, write, written};
use core::ptr::null;
use quire_user::sys::{self, Child, Fork};
use quire_user::{Area, Errno, PAGE, timebase};

/// What is executed: the smallest of programs.
const TRUE: &core::ffi::CStr = c"/bin/true";

pub const ROWS: &[Row] = &[
    Row::time("fork-call-0M", "call", Some(5000), call::<0, 5>),
    Row::time("fork-call-1M", "call", Some(5000), call::<1, 5>),
    Row::time("fork-call-16M", "call", Some(5000), call::<16, 5>).big(64, 2),
    Row::time("fork-call-64M", "call", Some(5000), call::<64, 5>).big(128, 2),
    Row::time("fork-call-256M", "call", Some(5000), call::<256, 4>).big(400, 1),
    Row::time("fork-call-1024M", "call", Some(5000), call::<1024, 3>).big(1200, 1),
    Row::time("fork-exit-wait-0M", "fork", Some(15_000), life::<0, 5>),
    Row::time("fork-exit-wait-1M", "fork", None, life::<1, 5>),
    Row::time("fork-exit-wait-16M", "fork", None, life::<16, 5>).big(64, 2),
    Row::time("fork-exit-wait-64M", "fork", None, life::<64, 5>).big(128, 2),
    Row::time("fork-exit-wait-256M", "fork", None, life::<256, 4>).big(400, 1),
    Row::time("fork-exit-wait-1024M", "fork", None, life::<1024, 3>).big(1200, 1),
    Row::time("fork-exec-wait", "fork", Some(30_000), exec),
    Row::time("vfork-exec-wait", "vfork", None, vfork_exec),
    Row::time("exit-64M", "page", Some(90), exit).big(128, 4),
];

/// `mib` MiB that were written, or none.
fn memory(mib: usize) -> Result<Option<Area>, Errno> {
    if mib == 0 {
        return Ok(None);
    }
    written(mib * MIB).map(Some)
}

/// Forks once; the ticks from before the call until it first returns, on whichever side.
/// The child leaves when it did on its side, and does `body`.
pub fn forked(bench: &Bench, body: impl FnOnce() -> i32) -> Result<(u64, Child), Errno> {
    bench.samples.leave(u64::MAX);
    let fork = timebase::fork()?;
    match fork.side {
        Fork::Child => {
            bench.samples.leave(fork.after);
            sys::exit(body())
        }
        Fork::Parent(pid) => {
            let first = fork.after.min(bench.samples.left());
            Ok((first - fork.before, Child(pid)))
        }
    }
}

/// The fork alone, with `M` MiB touched, `N` times beside one to warm up.
fn call<const M: usize, const N: usize>(bench: &Bench) -> Result<(), Errno> {
    let area = memory(M)?;
    in_child(|| Ok(()))?;
    for _ in 0..N {
        let (ticks, child) = forked(bench, || 0)?;
        join(child)?;
        bench.samples.push(ticks, 1);
    }
    area.map_or(Ok(()), Area::unmap)
}

/// The child's whole life, as the parent sees it.
fn life<const M: usize, const N: usize>(bench: &Bench) -> Result<(), Errno> {
    let area = memory(M)?;
    in_child(|| Ok(()))?;
    for _ in 0..N {
        bench.samples.time(1, || in_child(|| Ok(())))?;
    }
    area.map_or(Ok(()), Area::unmap)
}

fn exec(bench: &Bench) -> Result<(), Errno> {
    let argv = [TRUE.as_ptr(), null()];
    for _ in 0..5 {
        bench.samples.time(1, || {
            join(sys::spawn(|| {
                sys::execve(TRUE, &argv, &[null()]);
                1
            })?)
        })?;
    }
    Ok(())
}

fn vfork_exec(bench: &Bench) -> Result<(), Errno> {
    let argv = [TRUE.as_ptr(), null()];
    let envp = [null()];
    for _ in 0..5 {
        let start = timebase::now();
        // SAFETY: the child calls execve and, if that fails, exit.
        match unsafe { sys::vfork() }? {
            Fork::Child => {
                sys::execve(TRUE, &argv, &envp);
                sys::exit(1)
            }
            Fork::Parent(pid) => join(Child(pid))?,
        }
        bench.samples.push(timebase::now() - start, 1);
    }
    Ok(())
}

/// From exit, in a process that has 64 MiB of its own, until its parent's wait returns.
fn exit(bench: &Bench) -> Result<(), Errno> {
    const LEN: usize = 64 * MIB;
    in_child(|| {
        let area = Area::private(LEN)?;
        write(area);
        bench.samples.leave(timebase::now());
        Ok(())
    })?;
    let ticks = timebase::now() - bench.samples.left();
    bench.samples.push(ticks, LEN / PAGE);
    Ok(())
}
