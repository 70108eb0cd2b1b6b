//! System V shared memory by one process and by sixteen.

use crate::row::{Bench, Row};
use crate::touch::{Gate, PAGES, join, repeat, write};
use quire_user::sys::{self, Child};
use quire_user::{Area, Errno, PAGE, SEGMENT, timebase};

/// Processes that share.
const CROWD: usize = 16;

pub const ROWS: &[Row] = &[
    Row::time("shm-1-page", "segment", None, one_page),
    Row::time("shm-1", "page", None, one),
    Row::time("shm-16-aligned", "page and process", Some(50), aligned).big(32, 4),
    Row::time("shm-16-unaligned", "page and process", None, unaligned).big(32, 4),
];

/// A segment's whole life: made, attached, all its pages written, detached, removed.
fn life(len: usize) -> Result<(), Errno> {
    let id = sys::shmget(sys::IPC_PRIVATE, len, sys::IPC_CREAT | 0o600)?;
    let area = Area::attach(id, 0, len, 0)?;
    write(area);
    area.detach()?;
    sys::shm_remove(id)
}

fn one_page(bench: &Bench) -> Result<(), Errno> {
    const TIMES: usize = 16;
    for _ in 0..8 {
        bench
            .samples
            .time(TIMES, || repeat(TIMES, || _ = life(PAGE)));
    }
    Ok(())
}

fn one(bench: &Bench) -> Result<(), Errno> {
    bench.samples.time(PAGES, || life(PAGES * PAGE))
}

/// Each at the start of another segment of the hashed page table.
fn aligned(bench: &Bench) -> Result<(), Errno> {
    sixteen(bench, |i| (0x1000 + i) * SEGMENT)
}

/// Each somewhere else in such a segment.
fn unaligned(bench: &Bench) -> Result<(), Errno> {
    sixteen(bench, |i| (0x1000 + i) * SEGMENT + (i + 1) * 0x31_0000)
}

/// Sixteen processes, one after another, attach one segment, each at its own address, and
/// write all its pages; all keep it until the last has. What attaching and writing takes,
/// for each page and process.
fn sixteen(bench: &Bench, place: fn(usize) -> usize) -> Result<(), Errno> {
    let len = PAGES * PAGE;
    let id = sys::shmget(sys::IPC_PRIVATE, len, sys::IPC_CREAT | 0o600)?;
    let (done, end) = (Gate::new()?, Gate::new()?);
    let body = |i: usize| {
        bench.samples.at_hand();
        let start = timebase::now();
        let area = Area::attach(id, place(i), len, 0)?;
        write(area);
        let ticks = timebase::now() - start;
        bench.samples.leave(bench.samples.left() + ticks);
        done.open()?;
        end.pass()?;
        area.detach()
    };
    bench.samples.leave(0);
    let mut children = [0; CROWD];
    for (i, child) in children.iter_mut().enumerate() {
        *child = sys::spawn(|| body(i).is_err() as i32)?.0;
        done.pass()?;
    }
    bench.samples.push(bench.samples.left(), PAGES * CROWD);
    for _ in children {
        end.open()?;
    }
    children.into_iter().try_for_each(|pid| join(Child(pid)))?;
    done.remove()?;
    end.remove()?;
    sys::shm_remove(id)
}
