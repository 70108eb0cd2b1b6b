//! Files that become shorter or longer while they are mapped.

use super::mapfile::{pages_are, private, read_at, shared};
use crate::harness::{Case, Outcome, begin, dies_of, finish, in_child, not_in_qemu_user};
use crate::scratch::{self, Scratch, page};
use quire_user::area::RW;
use quire_user::errors::*;
use quire_user::fault::{self, Fault};
use quire_user::linux::*;
use quire_user::sys::{self};
use quire_user::{Area, Errno, PAGE};

/// More of suite mapfile.
pub const CASES: &[Case] = &[
    ("past_the_end_is_a_bus_error", past_the_end),
    ("bus_error_says_where", bus_error_says_where),
    ("calls_past_the_end_fail", calls_past_the_end),
    ("truncated_under_shared", truncated_under_shared),
    ("truncated_under_private", truncated_under_private),
    ("truncated_in_the_middle_of_a_page", truncated_in_a_page),
    ("truncated_by_another_process", truncated_by_another),
    ("grown_under_a_mapping", grown_under_a_mapping),
    ("hole_punched_under_a_mapping", hole_punched),
    ("truncated_after_fork", truncated_after_fork),
];

fn past_the_end() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", &[1; PAGE + 1])?;
    for kind in [MAP_SHARED, MAP_PRIVATE] {
        let area = Area::file(fd, 0, 4 * PAGE, RW, kind)?;
        check_eq!((area.load(PAGE), area.load(2 * PAGE - 1)), (1, 0));
        dies_of(SIGBUS, || area.load(2 * PAGE))?;
        dies_of(SIGBUS, || area.store(4 * PAGE - 1, 1))?;
        let beyond = Area::file(fd, 10 * PAGE, PAGE, RW, kind)?;
        dies_of(SIGBUS, || beyond.load(0))?;
    }
    let empty = sys::memfd_create(c"empty", 0)?;
    let area = shared(empty, 1)?;
    dies_of(SIGBUS, || area.load(0))
}

/// The fault that an access past the end at `offset` of `area` is.
fn past(area: Area, offset: usize) -> Fault {
    Fault {
        signal: SIGBUS,
        code: BUS_ADRERR,
        address: area.base() + offset,
    }
}

fn bus_error_says_where() -> Outcome {
    if cfg!(target_endian = "big") {
        not_in_qemu_user("it swaps the halves of a big-endian SIGBUS's address")?;
    }
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", &[1; PAGE + 1])?;
    fault::watch()?;
    for kind in [MAP_SHARED, MAP_PRIVATE] {
        let area = Area::file(fd, 0, 4 * PAGE, RW, kind)?;
        let at = 3 * PAGE + 33;
        check_eq!(area.try_load(at), Err(past(area, at)));
        check_eq!(area.try_store(at, 5), Err(past(area, at)));
        check_eq!(area.try_load(PAGE), Ok(1));
        // Once the file is long enough, the same access works.
        sys::ftruncate(fd, 4 * PAGE as i64)?;
        check_eq!(area.try_store(at, 5), Ok(()));
        check_eq!(area.try_load(at), Ok(5));
        sys::ftruncate(fd, PAGE as i64 + 1)?;
        check_eq!(area.try_load(at), Err(past(area, at)));
    }
    Ok(())
}

fn calls_past_the_end() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", &[1; PAGE])?;
    let area = shared(fd, 3)?;
    let pipe = sys::pipe()?;
    check_eq!(
        sys::write_from(pipe.write, area.base() + PAGE, 8),
        Err(Errno(EFAULT))
    );
    sys::write(pipe.write, &[2; 8])?;
    // SAFETY: no Rust object is there.
    let result = unsafe { sys::read_at(pipe.read, area.base() + 2 * PAGE, 8) };
    check_eq!(result, Err(Errno(EFAULT)));
    Ok(())
}

fn truncated_under_shared() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 4, 1)?;
    let area = shared(fd, 4)?;
    pages_are(area, 0, 1)?;
    area.put(3 * PAGE, b"changed");
    sys::ftruncate(fd, 2 * PAGE as i64)?;
    pages_are(area.part(0, 2 * PAGE), 0, 1)?;
    dies_of(SIGBUS, || area.load(2 * PAGE))?;
    dies_of(SIGBUS, || area.store(3 * PAGE, 1))?;
    sys::ftruncate(fd, 4 * PAGE as i64)?;
    check_eq!(area.part(2 * PAGE, 2 * PAGE).not_zero(), None);
    area.put(3 * PAGE, b"again");
    check_eq!(&read_at(fd, 3 * PAGE)?, b"again");
    Ok(())
}

/// Private copies behind the new end go as well: truncate(2) on Linux.
fn truncated_under_private() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 4, 1)?;
    let area = private(fd, 4)?;
    area.put(PAGE, b"kept");
    area.put(3 * PAGE, b"lost");
    check_eq!(area.load(2 * PAGE), page(1, 2)[0]);
    sys::ftruncate(fd, 2 * PAGE as i64)?;
    check_eq!(&area.copy(PAGE), b"kept");
    dies_of(SIGBUS, || area.load(2 * PAGE))?;
    dies_of(SIGBUS, || area.load(3 * PAGE))?;
    sys::ftruncate(fd, 4 * PAGE as i64)?;
    check_eq!(area.part(2 * PAGE, 2 * PAGE).not_zero(), None);
    check_eq!(&area.copy(PAGE), b"kept");
    area.put(3 * PAGE, b"mine");
    check_eq!(read_at::<4>(fd, 3 * PAGE)?, [0; 4]);
    Ok(())
}

fn truncated_in_a_page() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 2, 1)?;
    let (area, copied) = (shared(fd, 2)?, private(fd, 2)?);
    copied.put(PAGE + 1000, b"copy");
    sys::ftruncate(fd, PAGE as i64 + 200)?;
    check!(area.copy::<200>(PAGE) == page(1, 1)[..200]);
    check_eq!(area.part(PAGE + 200, PAGE - 200).not_zero(), None);
    // A private copy is not the file's any more: it stays.
    check_eq!(&copied.copy(PAGE + 1000), b"copy");
    Ok(())
}

fn truncated_by_another() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 4, 1)?;
    let (area, mine) = (shared(fd, 4)?, private(fd, 4)?);
    mine.put(3 * PAGE, b"mine");
    pages_are(area, 0, 1)?;
    in_child(|| Ok(sys::truncate(c"a", PAGE as i64)?))?;
    dies_of(SIGBUS, || area.load(3 * PAGE))?;
    dies_of(SIGBUS, || mine.load(3 * PAGE))?;
    pages_are(mine.part(0, PAGE), 0, 1)
}

fn grown_under_a_mapping() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 1, 1)?;
    let (area, mine) = (shared(fd, 4)?, private(fd, 4)?);
    dies_of(SIGBUS, || area.load(PAGE))?;
    sys::pwrite(fd, &page(1, 2), 2 * PAGE as i64)?;
    for area in [area, mine] {
        check_eq!(area.part(PAGE, PAGE).not_zero(), None);
        pages_are(area.part(2 * PAGE, PAGE), 2, 1)?;
        dies_of(SIGBUS, || area.load(3 * PAGE))?;
    }
    Ok(())
}

fn hole_punched() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 4, 1)?;
    let (area, mine) = (shared(fd, 4)?, private(fd, 4)?);
    pages_are(area, 0, 1)?;
    mine.put(PAGE, b"mine");
    let punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    sys::fallocate(fd, punch, PAGE as i64, 2 * PAGE as i64)?;
    check_eq!(area.part(PAGE, 2 * PAGE).not_zero(), None);
    check_eq!(mine.part(2 * PAGE, PAGE).not_zero(), None);
    pages_are(area.part(3 * PAGE, PAGE), 3, 1)?;
    // Unlike truncation, a hole leaves private copies alone.
    check_eq!(&mine.copy(PAGE), b"mine");
    area.put(PAGE, b"new");
    check_eq!(&read_at(fd, PAGE)?, b"new");
    Ok(())
}

fn truncated_after_fork() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 4, 1)?;
    let (area, mine) = (shared(fd, 4)?, private(fd, 4)?);
    mine.put(3 * PAGE, b"before");
    let (ready, go) = (sys::pipe()?, sys::pipe()?);
    let child = begin(|| {
        mine.put(2 * PAGE, b"child");
        sys::write(ready.write, b"x")?;
        check_eq!(sys::read(go.read, &mut [0]), Ok(1));
        dies_of(SIGBUS, || mine.load(2 * PAGE))?;
        dies_of(SIGBUS, || mine.load(3 * PAGE))?;
        dies_of(SIGBUS, || area.load(3 * PAGE))?;
        pages_are(mine.part(0, 2 * PAGE), 0, 1)
    })?;
    sys::read(ready.read, &mut [0])?;
    sys::ftruncate(fd, 2 * PAGE as i64)?;
    sys::write(go.write, b"x")?;
    dies_of(SIGBUS, || mine.load(3 * PAGE))?;
    finish(child)?;
    sys::ftruncate(fd, 4 * PAGE as i64)?;
    check_eq!(mine.part(2 * PAGE, 2 * PAGE).not_zero(), None);
    Ok(())
}
