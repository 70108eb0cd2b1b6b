//! madvise, mincore and the mlock family.

use crate::harness::{Case, Outcome, dies_of, in_child, not_in_qemu_user};
use crate::scratch::{self, Scratch};
use quire_user::area::RW;
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::{Area, Errno, PAGE, SEGMENT, sys};

/// The suite's first part.
pub const CASES: &[Case] = &[
    ("dontneed_clears_private_memory", dontneed_clears),
    ("dontneed_brings_back_the_file", dontneed_file),
    ("dontneed_keeps_what_is_shared", dontneed_shared),
    ("dontneed_in_part", dontneed_in_part),
    ("dontneed_after_fork", dontneed_after_fork),
    ("willneed", willneed),
    ("free", free),
    ("dontfork", dontfork),
    ("wipeonfork", wipeonfork),
    (
        "wipeonfork_passes_to_grandchildren",
        wipeonfork_grandchildren,
    ),
    ("populate_read", populate_read),
    ("populate_write", populate_write),
    ("remove", remove),
    ("advice_without_effect", advice_without_effect),
    ("advice_refused", advice_refused),
];

pub const QEMU: &str = "it ignores most advice";

/// A place where nothing is, at a segment's start.
pub const FAR: usize = 4096 * SEGMENT;

pub fn filled(pages: usize, seed: u64) -> Result<Area, Errno> {
    let area = Area::private(pages * PAGE)?;
    area.fill(seed);
    Ok(area)
}

/// Which pages of `area` are resident.
pub fn resident<const N: usize>(area: Area) -> Result<[u8; N], Errno> {
    let mut pages = [0xfe; N];
    sys::mincore(area.base(), area.len(), &mut pages)?;
    Ok(pages.map(|page| page & 1))
}

fn dontneed_clears() -> Outcome {
    let area = Area::map(Some(FAR + SEGMENT - 4 * PAGE), 8 * PAGE, RW, MAP_PRIVATE)?;
    area.fill_all(1);
    area.advise(MADV_DONTNEED)?;
    check_eq!(area.not_zero(), None);
    area.fill_all(2);
    check_eq!(area.differs_anywhere(2), None);
    Ok(())
}

fn dontneed_file() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 4, 1)?;
    let area = super::mapfile::private(fd, 4)?;
    area.fill(7);
    area.advise(MADV_DONTNEED)?;
    super::mapfile::pages_are(area, 0, 1)
}

fn dontneed_shared() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 4, 1)?;
    let area = super::mapfile::shared(fd, 4)?;
    area.put(PAGE, b"kept");
    area.advise(MADV_DONTNEED)?;
    check_eq!(&area.copy(PAGE), b"kept");
    let area = Area::shared(4 * PAGE)?;
    area.fill(1);
    area.advise(MADV_DONTNEED)?;
    check_eq!(area.differs(1), None);
    Ok(())
}

fn dontneed_in_part() -> Outcome {
    let area = Area::private(9 * PAGE)?;
    area.fill_all(1);
    let middle = area.part(3 * PAGE, 3 * PAGE);
    middle.advise(MADV_DONTNEED)?;
    check_eq!(middle.not_zero(), None);
    check_eq!(area.part(0, 3 * PAGE).differs_anywhere(1), None);
    // The length is rounded up; the address must be a page's.
    Area::over(area.base(), 1).advise(MADV_DONTNEED)?;
    check_eq!(area.part(0, PAGE).not_zero(), None);
    check!(area.load_word(PAGE) != 0);
    Ok(())
}

fn dontneed_after_fork() -> Outcome {
    let area = Area::private(9 * PAGE)?;
    area.fill_all(1);
    in_child(|| {
        area.part(0, 5 * PAGE).advise(MADV_DONTNEED)?;
        check_eq!(area.part(0, 5 * PAGE).not_zero(), None);
        in_child(|| {
            check_eq!(area.part(0, 5 * PAGE).not_zero(), None);
            Ok(())
        })
    })?;
    check_eq!(area.differs_anywhere(1), None);
    Ok(())
}

fn willneed() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 4, 1)?;
    let area = super::mapfile::shared(fd, 4)?;
    area.advise(MADV_WILLNEED)?;
    super::mapfile::pages_are(area, 0, 1)
}

fn free() -> Outcome {
    let area = Area::private(4 * PAGE)?;
    area.fill_all(1);
    area.advise(MADV_FREE)?;
    // Each page is as it was, or zero; what is written now stays.
    for page in 0..4 {
        let page = area.part(page * PAGE, PAGE);
        check!(page.not_zero().is_none() || page.load_word(0) != 0);
    }
    area.fill_all(2);
    check_eq!(area.differs_anywhere(2), None);
    not_in_qemu_user(QEMU)?;
    check_eq!(Area::shared(PAGE)?.advise(MADV_FREE), Err(Errno(EINVAL)));
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 1, 1)?;
    check_eq!(
        super::mapfile::private(fd, 1)?.advise(MADV_FREE),
        Err(Errno(EINVAL))
    );
    Ok(())
}

fn dontfork() -> Outcome {
    not_in_qemu_user(QEMU)?;
    let area = filled(9, 1)?;
    let middle = area.part(3 * PAGE, 3 * PAGE);
    middle.advise(MADV_DONTFORK)?;
    in_child(|| {
        check_eq!(area.part(0, 3 * PAGE).differs(1), None);
        dies_of(SIGSEGV, || middle.load(0))?;
        dies_of(SIGSEGV, || middle.store(3 * PAGE - 1, 1))?;
        // It is room for something else.
        let new = Area::map(Some(middle.base()), 3 * PAGE, RW, MAP_PRIVATE)?;
        check_eq!(new.not_zero(), None);
        new.fill(2);
        in_child(|| {
            check_eq!(new.differs(2), None);
            Ok(())
        })
    })?;
    check_eq!(area.differs(1), None);
    middle.advise(MADV_DOFORK)?;
    in_child(|| {
        check_eq!(area.differs(1), None);
        Ok(())
    })
}

fn wipeonfork() -> Outcome {
    not_in_qemu_user(QEMU)?;
    let area = filled(9, 1)?;
    let middle = area.part(3 * PAGE, 3 * PAGE);
    middle.advise(MADV_WIPEONFORK)?;
    check_eq!(area.differs(1), None);
    in_child(|| {
        check_eq!(middle.not_zero(), None);
        check_eq!(area.part(0, 3 * PAGE).differs(1), None);
        middle.fill(2);
        check_eq!(middle.differs(2), None);
        Ok(())
    })?;
    check_eq!(area.differs(1), None);
    middle.advise(MADV_KEEPONFORK)?;
    in_child(|| {
        check_eq!(area.differs(1), None);
        Ok(())
    })?;
    // madvise(2): only of private anonymous memory.
    check_eq!(
        Area::shared(PAGE)?.advise(MADV_WIPEONFORK),
        Err(Errno(EINVAL))
    );
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 1, 1)?;
    let file = super::mapfile::private(fd, 1)?;
    check_eq!(file.advise(MADV_WIPEONFORK), Err(Errno(EINVAL)));
    Ok(())
}

fn wipeonfork_grandchildren() -> Outcome {
    not_in_qemu_user(QEMU)?;
    let area = filled(4, 1)?;
    area.advise(MADV_WIPEONFORK)?;
    in_child(|| {
        area.fill(2);
        in_child(|| {
            check_eq!(area.not_zero(), None);
            area.fill(3);
            Ok(())
        })?;
        check_eq!(area.differs(2), None);
        Ok(())
    })?;
    check_eq!(area.differs(1), None);
    Ok(())
}

fn populate_read() -> Outcome {
    not_in_qemu_user(QEMU)?;
    let area = Area::private(4 * PAGE)?;
    area.advise(MADV_POPULATE_READ)?;
    check_eq!(resident::<4>(area)?, [1; 4]);
    check_eq!(area.not_zero(), None);
    area.protect(PROT_NONE)?;
    check_eq!(area.advise(MADV_POPULATE_READ), Err(Errno(EINVAL)));
    area.part(PAGE, PAGE).unmap()?;
    area.part(0, PAGE).protect(RW)?;
    let part = area.part(0, 2 * PAGE);
    check_eq!(part.advise(MADV_POPULATE_READ), Err(Errno(ENOMEM)));
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 2, 1)?;
    let file = super::mapfile::shared(fd, 3)?;
    check_eq!(file.advise(MADV_POPULATE_READ), Err(Errno(EFAULT)));
    Ok(())
}

fn populate_write() -> Outcome {
    not_in_qemu_user(QEMU)?;
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 4, 1)?;
    let area = super::mapfile::private(fd, 4)?;
    area.advise(MADV_POPULATE_WRITE)?;
    super::mapfile::pages_are(area, 0, 1)?;
    // They are copies already.
    sys::pwrite(fd, b"new", 0)?;
    super::mapfile::pages_are(area, 0, 1)?;
    area.protect(PROT_READ)?;
    check_eq!(area.advise(MADV_POPULATE_WRITE), Err(Errno(EINVAL)));
    let fresh = Area::private(4 * PAGE)?;
    fresh.advise(MADV_POPULATE_WRITE)?;
    check_eq!(resident::<4>(fresh)?, [1; 4]);
    Ok(())
}

fn remove() -> Outcome {
    not_in_qemu_user(QEMU)?;
    let fd = sys::memfd_create(c"a", 0)?;
    sys::ftruncate(fd, 4 * PAGE as i64)?;
    let area = super::mapfile::shared(fd, 4)?;
    area.fill_all(1);
    area.part(PAGE, 2 * PAGE).advise(MADV_REMOVE)?;
    check_eq!(area.part(PAGE, 2 * PAGE).not_zero(), None);
    check_eq!(area.part(0, PAGE).differs_anywhere(1), None);
    let mut bytes = [1; PAGE];
    sys::pread(fd, &mut bytes, PAGE as i64)?;
    check!(bytes == [0; PAGE]);
    check_eq!(sys::fstat(fd)?.st_size as usize, 4 * PAGE);
    check_eq!(filled(1, 1)?.advise(MADV_REMOVE), Err(Errno(EINVAL)));
    let private = super::mapfile::private(fd, 1)?;
    check_eq!(private.advise(MADV_REMOVE), Err(Errno(EACCES)));
    Ok(())
}

fn advice_without_effect() -> Outcome {
    let area = filled(4, 1)?;
    for advice in [MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL] {
        area.advise(advice)?;
    }
    check_eq!(area.differs(1), None);
    Ok(())
}

fn advice_refused() -> Outcome {
    not_in_qemu_user(QEMU)?;
    let area = filled(4, 1)?;
    check_eq!(area.advise(77), Err(Errno(EINVAL)));
    check_eq!(area.advise(u32::MAX), Err(Errno(EINVAL)));
    let odd = Area::over(area.base() + 1, PAGE);
    check_eq!(odd.advise(MADV_DONTNEED), Err(Errno(EINVAL)));
    let wrap = Area::over(area.base(), usize::MAX - PAGE);
    check_eq!(wrap.advise(MADV_DONTNEED), Err(Errno(EINVAL)));
    check_eq!(Area::over(area.base(), 0).advise(MADV_DONTNEED), Ok(()));
    check_eq!(area.differs(1), None);
    // With a hole: what is there is done, and ENOMEM says that there is a hole.
    area.part(PAGE, PAGE).unmap()?;
    check_eq!(area.advise(MADV_DONTNEED), Err(Errno(ENOMEM)));
    check_eq!(area.part(0, PAGE).not_zero(), None);
    check_eq!(area.part(2 * PAGE, 2 * PAGE).not_zero(), None);
    Ok(())
}
