//! Page faults, each page touched once.

use crate::row::{Bench, Row};
use crate::touch::{BATCH, Gate, PAGES, Touch, batches, in_child, join, read, write, written};
use quire_user::area::RW;
use quire_user::linux::*;
use quire_user::{Area, Errno, PAGE, sys};

pub const ROWS: &[Row] = &[
    Row::time("first-write", "page", Some(600), first_write),
    Row::time("first-read", "page", Some(400), first_read),
    Row::time("cow-child", "page", Some(1500), cow_child),
    Row::time("cow-parent", "page", Some(1500), cow_parent),
    Row::time("cow-last-owner", "page", Some(600), cow_last_owner),
    Row::time("soft-inherited-read", "page", Some(400), soft_inherited),
    Row::time("soft-anon-write", "page", Some(400), soft_anon_write),
    Row::time("soft-anon-read", "page", Some(400), soft_anon_read),
    Row::time("soft-file-write", "page", Some(400), soft_file_write),
    Row::time("soft-file-read", "page", Some(400), soft_file_read),
    Row::time("soft-shm-write", "page", Some(400), soft_shm_write),
    Row::time("soft-shm-read", "page", Some(400), soft_shm_read),
];

/// Takes samples: each batch of pages is touched.
fn sample(bench: &Bench, area: Area, touch: Touch) {
    for batch in batches(area) {
        bench.samples.time(BATCH, || touch(batch));
    }
}

/// The same, in a child.
fn sample_in_child(bench: &Bench, area: Area, touch: Touch) -> Result<(), Errno> {
    in_child(|| {
        bench.samples.at_hand();
        sample(bench, area, touch);
        Ok(())
    })
}

fn first_write(bench: &Bench) -> Result<(), Errno> {
    let area = Area::private(PAGES * PAGE)?;
    sample(bench, area, write);
    area.unmap()
}

fn first_read(bench: &Bench) -> Result<(), Errno> {
    let area = Area::private(PAGES * PAGE)?;
    sample(bench, area, read);
    area.unmap()
}

fn cow_child(bench: &Bench) -> Result<(), Errno> {
    let area = written(PAGES * PAGE)?;
    sample_in_child(bench, area, write)?;
    area.unmap()
}

/// The parent writes while a child lives.
fn cow_parent(bench: &Bench) -> Result<(), Errno> {
    let area = written(PAGES * PAGE)?;
    let gate = Gate::new()?;
    let child = sys::spawn(|| gate.pass().is_err() as i32)?;
    bench.samples.at_hand();
    sample(bench, area, write);
    gate.open()?;
    join(child)?;
    gate.remove()?;
    area.unmap()
}

/// The parent writes after its child has ended.
fn cow_last_owner(bench: &Bench) -> Result<(), Errno> {
    let area = written(PAGES * PAGE)?;
    in_child(|| Ok(()))?;
    bench.samples.at_hand();
    sample(bench, area, write);
    area.unmap()
}

fn soft_inherited(bench: &Bench) -> Result<(), Errno> {
    let area = written(PAGES * PAGE)?;
    sample_in_child(bench, area, read)?;
    area.unmap()
}

/// A child's first access to shared anonymous pages that its parent has written.
fn soft_anon(bench: &Bench, touch: Touch) -> Result<(), Errno> {
    let area = Area::shared(PAGES * PAGE)?;
    write(area);
    sample_in_child(bench, area, touch)?;
    area.unmap()
}

fn soft_anon_write(bench: &Bench) -> Result<(), Errno> {
    soft_anon(bench, write)
}

fn soft_anon_read(bench: &Bench) -> Result<(), Errno> {
    soft_anon(bench, read)
}

/// The first access through a new shared mapping to a file's pages that are in memory.
fn soft_file(bench: &Bench, touch: Touch) -> Result<(), Errno> {
    let path = c"/bench-file";
    // SAFETY: the kernel only reads the path.
    let fd = unsafe {
        let flags = O_RDWR | O_CREAT | O_TRUNC;
        sys::call(__NR_open, &[path.as_ptr() as usize, flags as usize, 0o600])
    }? as sys::Fd;
    for page in 0..PAGES {
        sys::pwrite(fd, &[1; PAGE], (page * PAGE) as i64)?;
    }
    let area = Area::file(fd, 0, PAGES * PAGE, RW, MAP_SHARED)?;
    sample(bench, area, touch);
    area.unmap()?;
    sys::close(fd)?;
    // SAFETY: as above.
    unsafe { sys::call(__NR_unlink, &[path.as_ptr() as usize]) }.map(drop)
}

fn soft_file_write(bench: &Bench) -> Result<(), Errno> {
    soft_file(bench, write)
}

fn soft_file_read(bench: &Bench) -> Result<(), Errno> {
    soft_file(bench, read)
}

/// The first access of a process that attaches a segment which another has written.
fn soft_shm(bench: &Bench, touch: Touch) -> Result<(), Errno> {
    let len = PAGES * PAGE;
    let id = sys::shmget(sys::IPC_PRIVATE, len, sys::IPC_CREAT | 0o600)?;
    in_child(|| {
        let area = Area::attach(id, 0, len, 0)?;
        write(area);
        area.detach()
    })?;
    in_child(|| {
        bench.samples.at_hand();
        let area = Area::attach(id, 0, len, 0)?;
        sample(bench, area, touch);
        area.detach()
    })?;
    sys::shm_remove(id)
}

fn soft_shm_write(bench: &Bench) -> Result<(), Errno> {
    soft_shm(bench, write)
}

fn soft_shm_read(bench: &Bench) -> Result<(), Errno> {
    soft_shm(bench, read)
}
