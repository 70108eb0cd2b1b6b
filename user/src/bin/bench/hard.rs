//! What is hard for a kernel that shares segments: the worst cases of its ideas.

use crate::forks::forked;
use crate::row::{Bench, Row, Unit};
use crate::touch::{BATCH, Gate, MIB, batches, in_child, join, read, write, written};
use quire_user::linux::PROT_READ;
use quire_user::sys::{self, Child};
use quire_user::{Area, Errno, PAGE, errors, proc, timebase};

pub const ROWS: &[Row] = &[
    Row::time("reread-256M", "page", Some(400), reread).big(400, 5),
    Row::time("fork-reread-256M", "fork", None, fork_reread).big(400, 5),
    Row::time("fork-64th", "call", Some(15_000), sixty_fourth),
    Row::time("fork-64th-read", "page", Some(1500), sixty_fourth_read),
    Row::time("fork-10000-regions", "call", Some(10_000), regions).big(64, 2),
    Row {
        unit: Unit::Count("frame"),
        ..Row::time("peak-frames-80M", "", Some(41_369), peak_frames).big(256, 2)
    },
];

/// The child lives while the parent writes one word and reads all. The ticks for the fork
/// with all that, and those after the fork alone.
fn write_and_read(bench: &Bench) -> Result<(u64, u64, usize), Errno> {
    let area = written(256 * MIB)?;
    let gate = Gate::new()?;
    let start = timebase::now();
    let (_, child) = forked(bench, || gate.pass().is_err() as i32)?;
    let middle = timebase::now();
    write(area.part(0, PAGE));
    read(area);
    let end = timebase::now();
    gate.open()?;
    join(child)?;
    gate.remove()?;
    area.unmap()?;
    Ok((end - start, end - middle, area.pages()))
}

fn reread(bench: &Bench) -> Result<(), Errno> {
    let (_, ticks, pages) = write_and_read(bench)?;
    bench.samples.push(ticks, pages);
    Ok(())
}

fn fork_reread(bench: &Bench) -> Result<(), Errno> {
    let (ticks, ..) = write_and_read(bench)?;
    bench.samples.push(ticks, 1);
    Ok(())
}

/// Workers that live before the last fork.
const WORKERS: usize = 63;

/// Forks 63 workers, who live on, writes a page after each fork, and then forks the 64th,
/// which does `body` with an area that nobody has written since before the first fork.
/// The last fork's ticks.
fn after_workers(bench: &Bench, body: impl Fn(Area)) -> Result<u64, Errno> {
    let (old, area) = (written(MIB)?, written(MIB)?);
    let (ready, end) = (Gate::new()?, Gate::new()?);
    let mut workers = [0; WORKERS];
    for (i, worker) in workers.iter_mut().enumerate() {
        let work = || ready.open().and_then(|()| end.pass());
        *worker = sys::spawn(|| work().is_err() as i32)?.0;
        ready.pass()?;
        write(area.part(i * PAGE, PAGE));
    }
    let (ticks, child) = forked(bench, || {
        body(old);
        0
    })?;
    join(child)?;
    for _ in workers {
        end.open()?;
    }
    workers.into_iter().try_for_each(|pid| join(Child(pid)))?;
    ready.remove()?;
    end.remove()?;
    old.unmap()?;
    area.unmap()?;
    Ok(ticks)
}

fn sixty_fourth(bench: &Bench) -> Result<(), Errno> {
    let ticks = after_workers(bench, |_| ())?;
    bench.samples.push(ticks, 1);
    Ok(())
}

/// The 64th child reads pages that it inherits from before the first.
fn sixty_fourth_read(bench: &Bench) -> Result<(), Errno> {
    after_workers(bench, |old| {
        bench.samples.at_hand();
        for batch in batches(old) {
            bench.samples.time(BATCH, || read(batch));
        }
    })
    .map(drop)
}

/// Every second page of an area that was written is made read-only, so that no two
/// neighbours are one region.
fn regions(bench: &Bench) -> Result<(), Errno> {
    const REGIONS: usize = 10_000;
    let area = written(REGIONS * PAGE)?;
    for page in (0..REGIONS).step_by(2) {
        area.part(page * PAGE, PAGE).protect(PROT_READ)?;
    }
    in_child(|| Ok(()))?;
    for _ in 0..5 {
        let (ticks, child) = forked(bench, || 0)?;
        join(child)?;
        bench.samples.push(ticks, 1);
    }
    area.unmap()
}

/// Frames that are free: MemFree, and on Linux those that a processor keeps at hand, which
/// can be an eighth of all (Linux, mm/page_alloc.c, "high_max") and are not in MemFree.
fn free_frames() -> Result<u64, Errno> {
    let kib = proc::lookup(c"/proc/meminfo", "MemFree").ok_or(Errno(errors::ENOENT))?;
    let mut buffer = [0; 16 << 10];
    let zones = proc::read(c"/proc/zoneinfo", &mut buffer).unwrap_or("");
    let kept = zones.lines().filter_map(|line| proc::value(line, "count"));
    Ok(kib * 1024 / PAGE as u64 + kept.sum::<u64>())
}

/// A process writes 80 MiB and forks; then it rewrites half, its child rewrites all, and it
/// rewrites the other half. The most frames that were in use, beyond those before.
fn peak_frames(bench: &Bench) -> Result<(), Errno> {
    let before = free_frames()?;
    let area = written(80 * MIB)?;
    let (go, done) = (Gate::new()?, Gate::new()?);
    let child = sys::spawn(|| {
        let work = || {
            go.pass()?;
            write(area);
            done.open()?;
            go.pass()
        };
        work().is_err() as i32
    })?;
    let mut least = free_frames()?;
    let mut look = || {
        least = least.min(free_frames()?);
        Ok::<(), Errno>(())
    };
    write(area.part(0, 40 * MIB));
    look()?;
    go.open()?;
    done.pass()?;
    look()?;
    write(area.part(40 * MIB, 40 * MIB));
    look()?;
    go.open()?;
    join(child)?;
    area.unmap()?;
    go.remove()?;
    done.remove()?;
    bench.samples.push(before.saturating_sub(least), 1);
    Ok(())
}
