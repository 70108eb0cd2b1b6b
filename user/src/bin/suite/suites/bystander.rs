//! Who did nothing wrong when memory ran out: what it had, it has.

use crate::harness::{Case, Outcome, begin, finish, in_child, needs_vm};
use crate::scratch::{self, Scratch};
use quire_user::area::RW;
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys;
use quire_user::{Area, Errno, PAGE, Text, proc};

/// The second part of suite oom.
pub const CASES: &[Case] = &[
    ("memory_pipes_and_files_survive", all_survive),
    ("copies_on_write_survive", copies_survive),
    ("files_leave_half_of_memory_alone", files_leave_half),
    ("names_leave_the_kernel_room", names_leave_room),
];

/// Takes memory until the kernel ends this process.
fn hog() -> Result<(), Errno> {
    loop {
        let free = proc::free_frames().unwrap_or(0) as usize + 1;
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
        Area::file(-1, 0, free * PAGE, RW, flags)?.fill(1);
    }
}

/// A hog, which must be the one that is ended.
fn run_hog() -> Outcome {
    let status = sys::spawn(|| hog().is_err() as i32)?.wait()?;
    check_eq!(status.signal(), Some(SIGKILL));
    Ok(())
}

fn all_survive() -> Outcome {
    needs_vm()?;
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"file", 50, 1)?;
    let (own, ours) = (Area::private(100 * PAGE)?, Area::shared(100 * PAGE)?);
    let mapped = super::mapfile::private(fd, 50)?;
    own.fill(1);
    ours.fill(2);
    mapped.part(0, 10 * PAGE).fill(3);
    let pipe = sys::pipe()?;
    let len = super::pipe::fill(pipe)?;
    for _ in 0..3 {
        run_hog()?;
        check_eq!((own.differs(1), ours.differs(2)), (None, None));
        check_eq!(mapped.part(0, 10 * PAGE).differs(3), None);
        super::mapfile::pages_are(mapped.part(10 * PAGE, 40 * PAGE), 10, 1)?;
    }
    let (mut bytes, mut left) = ([0; PAGE], len);
    while left > 0 {
        let n = sys::read(pipe.read, &mut bytes)?;
        check!(
            bytes[..n].iter().all(|&b| b == 7),
            "the pipe's bytes changed"
        );
        left -= n;
    }
    Ok(())
}

/// What a process shares with its parent is still whole on both sides.
fn copies_survive() -> Outcome {
    needs_vm()?;
    let area = Area::private(500 * PAGE)?;
    area.fill(1);
    let go = sys::pipe()?;
    let child = begin(|| {
        area.part(0, 250 * PAGE).fill(2);
        sys::read(go.read, &mut [0])?;
        check_eq!(area.part(0, 250 * PAGE).differs(2), None);
        in_child(|| {
            check_eq!(area.load_word(0), quire_user::random::word(2, 0));
            Ok(())
        })
    })?;
    run_hog()?;
    check_eq!(area.differs(1), None);
    sys::write(go.write, b"x")?;
    finish(child)?;
    check_eq!(area.differs(1), None);
    Ok(())
}

/// Killing gives no file's frames back. So files, and System V segments, may take half of
/// memory; then their writers are told, and a mapping's hole that cannot be filled is
/// SIGBUS.
fn files_leave_half() -> Outcome {
    needs_vm()?;
    let _here = Scratch::new()?;
    let before = proc::free_frames().unwrap_or(0);
    let fd = sys::create(c"all", O_RDWR, 0o644)?;
    let bytes = Area::private(256 * PAGE)?;
    bytes.fill(1);
    // SAFETY: the area is there, and nothing else refers to it.
    let block = unsafe { core::slice::from_raw_parts(bytes.base() as *const u8, 256 * PAGE) };
    let error = loop {
        match sys::write(fd, block) {
            Ok(0) | Err(_) => break sys::write(fd, block),
            Ok(_) => {}
        }
    };
    check_eq!(error, Err(Errno(ENOSPC)));
    let taken = before - proc::free_frames().unwrap_or(0);
    check!(taken < before * 3 / 5, "{taken} of {before} frames");
    let hole = scratch::pages(c"hole", 0, 1)?;
    sys::ftruncate(hole, PAGE as i64)?;
    let mapped = super::mapfile::shared(hole, 1)?;
    let status = sys::spawn(|| {
        mapped.store(0, 1);
        0
    })?;
    check_eq!(status.wait()?.signal(), Some(SIGBUS));
    Area::private(before as usize / 5 * PAGE)?.fill(2);
    sys::ftruncate(fd, 0)?;
    mapped.store(0, 1);
    check_eq!(mapped.load(0), 1);
    Ok(())
}

/// Empty files take no frames, but the kernel's own memory. They must leave enough for
/// others to go on, and for their own removal.
fn names_leave_room() -> Outcome {
    needs_vm()?;
    let _here = Scratch::new()?;
    let name = |n: usize| Text::<16>::format(format_args!("{n}"));
    let mut made = 0;
    let error = loop {
        match sys::create(name(made).as_cstr(), O_RDWR | O_EXCL, 0o600) {
            Ok(fd) => sys::close(fd)?,
            Err(error) => break error,
        }
        made += 1;
    };
    check_eq!(error, Errno(ENOSPC));
    check!(made > 1000, "only {made} files");
    in_child(|| {
        Area::private(PAGE)?.fill(1);
        Ok(())
    })?;
    for n in 0..made {
        sys::unlink(name(n).as_cstr())?;
    }
    sys::close(sys::create(c"again", O_RDWR | O_EXCL, 0o600)?)?;
    sys::unlink(c"again")?;
    Ok(())
}
