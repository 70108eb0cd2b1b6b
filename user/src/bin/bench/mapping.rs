//! mmap and what changes mappings.

use crate::row::{Bench, Row};
use crate::touch::{MIB, read, repeat, write, written};
use quire_user::area::RW;
use quire_user::linux::*;
use quire_user::{Area, Errno, PAGE};

/// Samples in a round.
const SAMPLES: usize = 8;
/// Pages that are mapped at once.
const MANY: usize = 256;

pub const ROWS: &[Row] = &[
    Row::time("map-unmap", "pair of calls", None, map_unmap),
    Row::time("map-touch-unmap", "page", Some(1800), map_touch_unmap),
    Row::time("map-touch-unmap-256", "page", None, map_touch_unmap_256),
    Row::time("unmap-256", "page", Some(130), unmap_256),
    Row::time("protect-toggle-256", "page", None, protect_toggle),
    Row::time("remap-grow-shrink", "pair of calls", None, grow_shrink),
    Row::time("remap-move-256", "page", None, move_256),
    Row::time("unmap-1G-sparse", "call", Some(20_000), unmap_sparse).big(1100, 6),
];

fn map_unmap(bench: &Bench) -> Result<(), Errno> {
    const TIMES: usize = 16;
    for _ in 0..SAMPLES {
        bench.samples.time(TIMES, || {
            repeat(TIMES, || _ = Area::private(PAGE).and_then(Area::unmap))
        });
    }
    Ok(())
}

fn map_touch_unmap(bench: &Bench) -> Result<(), Errno> {
    const TIMES: usize = 16;
    for _ in 0..SAMPLES {
        bench.samples.time(TIMES, || {
            (0..TIMES).try_for_each(|_| written(PAGE)?.unmap())
        })?;
    }
    Ok(())
}

fn map_touch_unmap_256(bench: &Bench) -> Result<(), Errno> {
    for _ in 0..SAMPLES {
        bench.samples.time(MANY, || written(MANY * PAGE)?.unmap())?;
    }
    Ok(())
}

fn unmap_256(bench: &Bench) -> Result<(), Errno> {
    for _ in 0..SAMPLES {
        let area = written(MANY * PAGE)?;
        bench.samples.time(MANY, || area.unmap())?;
    }
    Ok(())
}

/// Written pages are made read-only, and writable again, and all are written.
fn protect_toggle(bench: &Bench) -> Result<(), Errno> {
    let area = written(MANY * PAGE)?;
    for _ in 0..SAMPLES {
        bench.samples.time(MANY, || {
            area.protect(PROT_READ)?;
            area.protect(RW)?;
            write(area);
            Ok::<(), Errno>(())
        })?;
    }
    area.unmap()
}

/// One page becomes two, in place, and one again.
fn grow_shrink(bench: &Bench) -> Result<(), Errno> {
    const TIMES: usize = 16;
    let room = Area::private(2 * PAGE)?;
    room.part(PAGE, PAGE).unmap()?;
    let one = room.part(0, PAGE);
    for _ in 0..SAMPLES {
        bench.samples.time(TIMES, || {
            (0..TIMES).try_for_each(|_| one.resize(2 * PAGE, 0, 0)?.resize(PAGE, 0, 0).map(drop))
        })?;
    }
    one.unmap()
}

/// Written pages move to another place and are read there.
fn move_256(bench: &Bench) -> Result<(), Errno> {
    let len = MANY * PAGE;
    let mut here = written(len)?;
    let mut there = Area::private(len)?.base();
    for _ in 0..SAMPLES {
        let next = here.base();
        here = bench.samples.time(MANY, || {
            let moved = here.resize(len, MREMAP_MAYMOVE | MREMAP_FIXED, there)?;
            read(moved);
            Ok::<Area, Errno>(moved)
        })?;
        there = next;
    }
    here.unmap()
}

/// A large area of which ten pages were written.
fn unmap_sparse(bench: &Bench) -> Result<(), Errno> {
    let area = Area::private(1024 * MIB)?;
    (0..10).for_each(|i| write(area.part(i * 100 * MIB, PAGE)));
    bench.samples.time(1, || area.unmap())
}
