//! Files in memory: read, write and every mapping meet in the same bytes.

use crate::harness::{Case, Outcome, begin, finish, in_child};
use crate::scratch::{self, Scratch, page};
use quire_user::area::RW;
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self, Fd};
use quire_user::{Area, Errno, PAGE};

/// The suite's first part.
pub const CASES: &[Case] = &[
    ("shared_and_write_meet", shared_and_write_meet),
    ("private_copies_are_private", private_copies),
    ("private_sees_the_file_until_written", private_sees_the_file),
    ("offsets", offsets),
    ("tail_is_zero", tail_is_zero),
    ("unlinked_and_closed_stays_mapped", unlinked_and_closed),
    ("copies_of_itself", copies_of_itself),
    ("two_kinds_at_once", two_kinds_at_once),
    ("many_processes_write_one_file", many_processes),
    ("fork_shares_what_is_shared", fork_shares),
    ("fork_copies_what_is_private", fork_copies),
    ("devices_and_memfd", devices_and_memfd),
];

pub fn shared(fd: Fd, pages: usize) -> Result<Area, Errno> {
    Area::file(fd, 0, pages * PAGE, RW, MAP_SHARED)
}

pub fn private(fd: Fd, pages: usize) -> Result<Area, Errno> {
    Area::file(fd, 0, pages * PAGE, RW, MAP_PRIVATE)
}

/// Fails unless each page of `area` is that of the file that `scratch::pages` made.
pub fn pages_are(area: Area, first: usize, seed: u8) -> Outcome {
    for n in 0..area.pages() {
        let found = area.copy::<PAGE>(n * PAGE);
        check!(found == page(seed, first + n), "page {n} differs");
    }
    Ok(())
}

pub fn read_at<const N: usize>(fd: Fd, at: usize) -> Result<[u8; N], Errno> {
    let mut bytes = [0; N];
    sys::pread(fd, &mut bytes, at as i64).map(|_| bytes)
}

fn shared_and_write_meet() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 5, 1)?;
    let area = shared(fd, 5)?;
    pages_are(area, 0, 1)?;
    area.put(PAGE + 7, b"by store");
    check_eq!(&read_at(fd, PAGE + 7)?, b"by store");
    sys::pwrite(fd, b"by write", 2 * PAGE as i64 - 4)?;
    check_eq!(&area.copy(2 * PAGE - 4), b"by write");
    area.unmap()?;
    check_eq!(&read_at(fd, PAGE + 7)?, b"by store");
    let again = shared(fd, 5)?;
    check_eq!(&again.copy(PAGE + 7), b"by store");
    Ok(())
}

fn private_copies() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 4, 1)?;
    let (mine, other) = (private(fd, 4)?, private(fd, 4)?);
    mine.put(10, b"mine");
    check_eq!(read_at::<PAGE>(fd, 0)?, page(1, 0));
    pages_are(other, 0, 1)?;
    // What was copied no longer follows the file.
    sys::pwrite(fd, b"file", 20)?;
    check!(mine.copy::<4>(20) == page(1, 0)[20..24]);
    check_eq!(&mine.copy(10), b"mine");
    pages_are(mine.part(PAGE, 3 * PAGE), 1, 1)?;
    mine.unmap()?;
    check_eq!(&read_at(fd, 20)?, b"file");
    Ok(())
}

/// mmap(2) leaves it open; Linux does it so, and so does Quire.
fn private_sees_the_file() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 2, 1)?;
    let area = private(fd, 2)?;
    check_eq!(area.load(5), page(1, 0)[5]);
    sys::pwrite(fd, b"new", 5)?;
    check_eq!(&area.copy(5), b"new");
    shared(fd, 2)?.put(PAGE, b"too");
    check_eq!(&area.copy(PAGE), b"too");
    Ok(())
}

fn offsets() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 8, 3)?;
    for (first, count) in [(0, 8), (1, 3), (7, 1), (5, 3)] {
        for kind in [MAP_SHARED, MAP_PRIVATE] {
            let area = Area::file(fd, first * PAGE, count * PAGE, RW, kind)?;
            pages_are(area, first, 3)?;
            area.unmap()?;
        }
    }
    // Not whole pages: the rest of the last one is there too.
    let area = Area::file(fd, 2 * PAGE, 100, PROT_READ, MAP_SHARED)?;
    pages_are(Area::over(area.base(), PAGE), 2, 3)?;
    let map = |offset, len| Area::file(fd, offset, len, PROT_READ, MAP_SHARED);
    check_eq!(map(1, PAGE), Err(Errno(EINVAL)));
    check_eq!(map(PAGE / 2, PAGE), Err(Errno(EINVAL)));
    check_eq!(map(0, 0), Err(Errno(EINVAL)));
    check_eq!(map(usize::MAX - PAGE + 1, 2 * PAGE), Err(Errno(EOVERFLOW)));
    Ok(())
}

fn tail_is_zero() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", &page(1, 0)[..100])?;
    for kind in [MAP_PRIVATE, MAP_SHARED] {
        let area = Area::file(fd, 0, PAGE, RW, kind)?;
        check!(area.copy::<100>(0) == page(1, 0)[..100]);
        check_eq!(area.part(104, PAGE - 104).not_zero(), None);
        // It can be written, but that is not the file.
        area.put(200, b"tail");
        check_eq!(sys::fstat(fd)?.st_size, 100);
        check_eq!(read_at::<4>(fd, 200)?, [0; 4]);
    }
    Ok(())
}

fn unlinked_and_closed() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 3, 1)?;
    let (area, mine) = (shared(fd, 3)?, private(fd, 3)?);
    sys::close(fd)?;
    sys::unlink(c"a")?;
    pages_are(area, 0, 1)?;
    area.put(PAGE, b"still");
    check_eq!(&mine.copy(PAGE), b"still");
    area.unmap()?;
    check_eq!(&mine.copy(PAGE), b"still");
    in_child(|| pages_are(mine.part(0, PAGE), 0, 1))
}

/// Reading a file into a mapping of itself, and writing it from one.
fn copies_of_itself() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 4, 1)?;
    let area = shared(fd, 4)?;
    check_eq!(sys::lseek(fd, 3 * PAGE as i64, SEEK_SET), Ok(3 * PAGE));
    check_eq!(sys::write_from(fd, area.base(), PAGE), Ok(PAGE));
    pages_are(area.part(3 * PAGE, PAGE), 0, 1)?;
    sys::lseek(fd, PAGE as i64, SEEK_SET)?;
    // SAFETY: no Rust object is there.
    let result = unsafe { sys::read_at(fd, area.base() + 2 * PAGE, PAGE) };
    check_eq!(result, Ok(PAGE));
    check_eq!(read_at::<PAGE>(fd, 2 * PAGE)?, page(1, 1));
    Ok(())
}

fn two_kinds_at_once() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 6, 1)?;
    let (one, two, mine) = (shared(fd, 6)?, shared(fd, 6)?, private(fd, 6)?);
    for n in 0..6 {
        match n % 3 {
            0 => one.put(n * PAGE, b"one"),
            1 => two.put(n * PAGE, b"two"),
            _ => mine.put(n * PAGE, b"own"),
        }
    }
    for n in 0..6 {
        let bytes = [one, two, mine].map(|area| area.copy::<3>(n * PAGE));
        let old: [u8; 3] = core::array::from_fn(|i| page(1, n)[i]);
        check_eq!(
            bytes,
            match n % 3 {
                0 => [*b"one"; 3],
                1 => [*b"two"; 3],
                _ => [old, old, *b"own"],
            }
        );
    }
    one.unmap()?;
    check_eq!(&two.copy(0), b"one");
    check_eq!(&mine.copy(2 * PAGE), b"own");
    Ok(())
}

fn many_processes() -> Outcome {
    let _here = Scratch::new()?;
    const MANY: usize = 20;
    let fd = scratch::pages(c"a", MANY, 1)?;
    let before = shared(fd, MANY)?;
    let children: [_; MANY] = core::array::from_fn(|n| {
        begin(move || {
            // Each its own way: what is inherited, or a mapping of its own.
            let area = if n % 2 == 0 {
                before
            } else {
                shared(fd, MANY)?
            };
            pages_are(area.part(n * PAGE, PAGE), n, 1)?;
            area.put(n * PAGE, &page(2, n));
            Ok(())
        })
    });
    for child in children {
        finish(child?)?;
    }
    pages_are(before, 0, 2)?;
    check_eq!(read_at::<PAGE>(fd, 7 * PAGE)?, page(2, 7));
    Ok(())
}

fn fork_shares() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 3, 1)?;
    let area = shared(fd, 3)?;
    area.put(0, b"before");
    in_child(|| {
        check_eq!(&area.copy(0), b"before");
        area.put(0, b"child!");
        area.put(2 * PAGE, b"untouched before");
        in_child(|| {
            area.put(PAGE, b"grandchild");
            Ok(())
        })
    })?;
    check_eq!(&area.copy(0), b"child!");
    check_eq!(&area.copy(PAGE), b"grandchild");
    check_eq!(&area.copy(2 * PAGE), b"untouched before");
    check_eq!(&read_at(fd, PAGE)?, b"grandchild");
    Ok(())
}

fn fork_copies() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 4, 1)?;
    let area = private(fd, 4)?;
    area.put(0, b"parent");
    check_eq!(area.load(PAGE), page(1, 1)[0]);
    in_child(|| {
        check_eq!(&area.copy(0), b"parent");
        (0..4).for_each(|n| area.put(n * PAGE, b"child!"));
        in_child(|| {
            check_eq!(&area.copy(3 * PAGE), b"child!");
            area.put(3 * PAGE, b"grandc");
            Ok(())
        })?;
        check_eq!(&area.copy(3 * PAGE), b"child!");
        Ok(())
    })?;
    check_eq!(&area.copy(0), b"parent");
    pages_are(area.part(PAGE, 3 * PAGE), 1, 1)?;
    // Pages that nobody copied still follow the file.
    sys::pwrite(fd, b"file", 2 * PAGE as i64)?;
    check_eq!(&area.copy(2 * PAGE), b"file");
    check_eq!(read_at::<PAGE>(fd, 0)?, page(1, 0));
    Ok(())
}

fn devices_and_memfd() -> Outcome {
    let zero = sys::open(c"/dev/zero", O_RDWR)?;
    let (own, ours) = (private(zero, 2)?, shared(zero, 2)?);
    check_eq!((own.not_zero(), ours.not_zero()), (None, None));
    in_child(|| {
        own.store(0, 1);
        ours.store(PAGE, 1);
        Ok(())
    })?;
    check_eq!((own.load(0), ours.load(PAGE)), (0, 1));
    // Each shared mapping of it is memory of its own.
    check_eq!(shared(zero, 2)?.not_zero(), None);
    let fd = sys::memfd_create(c"memory", 0)?;
    sys::ftruncate(fd, 3 * PAGE as i64)?;
    let area = shared(fd, 3)?;
    area.put(PAGE, b"memfd");
    check_eq!(&read_at(fd, PAGE)?, b"memfd");
    sys::close(fd)?;
    check_eq!(&area.copy(PAGE), b"memfd");
    Ok(())
}
