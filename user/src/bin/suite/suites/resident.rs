//! Pages that are there, and pages that must stay: mincore and the mlock family.

use super::madvise::{FAR, QEMU, filled, resident};
use crate::harness::{Case, Outcome, in_child, not_in_qemu_user};
use quire_user::area::RW;
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::{Area, Errno, PAGE, SEGMENT, sys};

/// More of suite madvise.
pub const CASES: &[Case] = &[
    ("mincore_is_exact", mincore_is_exact),
    ("mincore_of_files", mincore_of_files),
    ("mincore_of_what_is_mostly_empty", mincore_of_emptiness),
    ("mincore_refused", mincore_refused),
    ("mlock_fills", mlock_fills),
    ("mlock_on_fault", mlock_on_fault),
    ("mlock_keeps_pages", mlock_keeps_pages),
    ("mlock_of_holes", mlock_of_holes),
    ("mlockall", mlockall),
    ("mlock_is_not_inherited", mlock_is_not_inherited),
    ("mlock_refused", mlock_refused),
];

fn mincore_is_exact() -> Outcome {
    not_in_qemu_user("it answers for itself")?;
    let area = Area::map(Some(FAR + SEGMENT - 4 * PAGE), 8 * PAGE, RW, MAP_PRIVATE)?;
    check_eq!(resident::<8>(area)?, [0; 8]);
    area.store(PAGE, 1);
    area.store(5 * PAGE, 1);
    check_eq!(resident::<8>(area)?, [0, 1, 0, 0, 0, 1, 0, 0]);
    in_child(|| {
        check_eq!(resident::<8>(area)?, [0, 1, 0, 0, 0, 1, 0, 0]);
        area.store(0, 1);
        area.part(PAGE, PAGE).advise(MADV_DONTNEED)?;
        check_eq!(resident::<8>(area)?, [1, 0, 0, 0, 0, 1, 0, 0]);
        Ok(())
    })?;
    check_eq!(resident::<8>(area)?, [0, 1, 0, 0, 0, 1, 0, 0]);
    // Of a part of a page, the page.
    let mut pages = [9; 2];
    sys::mincore(area.base() + PAGE, 1, &mut pages)?;
    check_eq!((pages[0] & 1, pages[1]), (1, 9));
    Ok(())
}

fn mincore_of_files() -> Outcome {
    not_in_qemu_user("it answers for itself")?;
    let fd = sys::memfd_create(c"a", 0)?;
    sys::ftruncate(fd, 4 * PAGE as i64)?;
    sys::pwrite(fd, b"x", PAGE as i64)?;
    // What is in memory of the file, though not touched here.
    let area = super::mapfile::shared(fd, 4)?;
    check_eq!(resident::<4>(area)?, [0, 1, 0, 0]);
    let mine = super::mapfile::private(fd, 4)?;
    mine.store(3 * PAGE, 1);
    check_eq!(resident::<4>(mine)?, [0, 1, 0, 1]);
    // A hole of the file stays one, whoever writes over it privately.
    check_eq!(resident::<4>(area)?, [0, 1, 0, 0]);
    Ok(())
}

/// 32 GiB with two pages in it. The kernel goes by what is there; page by page it would
/// take seconds.
fn mincore_of_emptiness() -> Outcome {
    not_in_qemu_user("it answers for itself")?;
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    let area = Area::map(None, 128 * SEGMENT, RW, flags)?;
    let pages = area.len() / PAGE;
    let vector = Area::map(None, pages, RW, flags)?;
    area.store(5 * PAGE, 1);
    area.store(area.len() - PAGE, 1);
    // SAFETY: the area is there, and nothing else refers to it.
    let bytes = unsafe { core::slice::from_raw_parts_mut(vector.base() as *mut u8, pages) };
    sys::mincore(area.base(), area.len(), bytes)?;
    check_eq!((bytes[5], bytes[pages - 1]), (1, 1));
    check_eq!(bytes.iter().filter(|byte| **byte != 0).count(), 2);
    Ok(())
}

fn mincore_refused() -> Outcome {
    let area = filled(4, 1)?;
    let call = |at: usize, len: usize, pages: usize| {
        // SAFETY: the kernel writes to the array below, or nowhere.
        unsafe { sys::call(__NR_mincore, &[at, len, pages]) }
    };
    let pages = [0u8; 4];
    let vector = pages.as_ptr() as usize;
    check_eq!(call(area.base() + 1, PAGE, vector), Err(Errno(EINVAL)));
    check_eq!(call(area.base(), 4 * PAGE, 8), Err(Errno(EFAULT)));
    check_eq!(call(area.base(), 0, vector), Ok(0));
    area.part(2 * PAGE, PAGE).unmap()?;
    check_eq!(call(area.base(), 4 * PAGE, vector), Err(Errno(ENOMEM)));
    check_eq!(
        call(area.base(), usize::MAX - PAGE, vector),
        Err(Errno(ENOMEM))
    );
    Ok(())
}

fn mlock_fills() -> Outcome {
    not_in_qemu_user("it answers for itself")?;
    let area = Area::private(4 * PAGE)?;
    sys::mlock(area.base() + PAGE + 5, PAGE)?;
    check_eq!(resident::<4>(area)?, [0, 1, 1, 0]);
    check_eq!(area.not_zero(), None);
    sys::munlock(area.base(), 4 * PAGE)?;
    Ok(())
}

fn mlock_on_fault() -> Outcome {
    not_in_qemu_user("it does not know mlock2")?;
    let area = Area::private(4 * PAGE)?;
    sys::mlock2(area.base(), 4 * PAGE, MLOCK_ONFAULT)?;
    check_eq!(resident::<4>(area)?, [0; 4]);
    area.store(PAGE, 1);
    check_eq!(resident::<4>(area)?, [0, 1, 0, 0]);
    check_eq!(area.advise(MADV_DONTNEED), Err(Errno(EINVAL)));
    sys::mlock2(area.base(), 4 * PAGE, 0)?;
    check_eq!(resident::<4>(area)?, [1; 4]);
    check_eq!(sys::mlock2(area.base(), PAGE, 8), Err(Errno(EINVAL)));
    Ok(())
}

fn mlock_keeps_pages() -> Outcome {
    not_in_qemu_user(QEMU)?;
    let area = filled(4, 1)?;
    sys::mlock(area.base(), 2 * PAGE)?;
    check_eq!(
        area.part(PAGE, PAGE).advise(MADV_DONTNEED),
        Err(Errno(EINVAL))
    );
    check_eq!(area.differs(1), None);
    area.part(2 * PAGE, 2 * PAGE).advise(MADV_DONTNEED)?;
    sys::munlock(area.base(), 2 * PAGE)?;
    area.advise(MADV_DONTNEED)?;
    check_eq!(area.not_zero(), None);
    // What is locked can be unmapped all the same.
    sys::mlock(area.base(), 4 * PAGE)?;
    area.unmap()?;
    Ok(())
}

fn mlock_of_holes() -> Outcome {
    let area = filled(4, 1)?;
    area.part(2 * PAGE, PAGE).unmap()?;
    check_eq!(sys::mlock(area.base(), 4 * PAGE), Err(Errno(ENOMEM)));
    check_eq!(sys::munlock(area.base(), 4 * PAGE), Err(Errno(ENOMEM)));
    check_eq!(sys::mlock(FAR, PAGE), Err(Errno(ENOMEM)));
    check_eq!(sys::mlock(area.base(), 0), Ok(()));
    Ok(())
}

fn mlockall() -> Outcome {
    not_in_qemu_user("its own memory is so much")?;
    let area = Area::private(4 * PAGE)?;
    sys::mlockall(MCL_CURRENT)?;
    check_eq!(resident::<4>(area)?, [1; 4]);
    check_eq!(area.advise(MADV_DONTNEED), Err(Errno(EINVAL)));
    check_eq!(resident::<2>(Area::private(2 * PAGE)?)?, [0; 2]);
    sys::mlockall(MCL_FUTURE)?;
    check_eq!(resident::<2>(Area::private(2 * PAGE)?)?, [1; 2]);
    sys::mlockall(MCL_FUTURE | MCL_ONFAULT)?;
    let later = Area::private(2 * PAGE)?;
    check_eq!(resident::<2>(later)?, [0; 2]);
    check_eq!(later.advise(MADV_DONTNEED), Err(Errno(EINVAL)));
    sys::munlockall()?;
    area.advise(MADV_DONTNEED)?;
    check_eq!(resident::<2>(Area::private(2 * PAGE)?)?, [0; 2]);
    for flags in [0, MCL_ONFAULT, 1 << 3] {
        check_eq!(sys::mlockall(flags), Err(Errno(EINVAL)));
    }
    Ok(())
}

fn mlock_is_not_inherited() -> Outcome {
    not_in_qemu_user(QEMU)?;
    let area = filled(4, 1)?;
    sys::mlock(area.base(), 4 * PAGE)?;
    in_child(|| {
        check_eq!(area.differs(1), None);
        area.advise(MADV_DONTNEED)?;
        check_eq!(area.not_zero(), None);
        Ok(())
    })?;
    check_eq!(area.advise(MADV_DONTNEED), Err(Errno(EINVAL)));
    check_eq!(area.differs(1), None);
    Ok(())
}

fn mlock_refused() -> Outcome {
    let area = filled(1, 1)?;
    let wrap = sys::mlock(area.base(), usize::MAX - PAGE);
    check!(matches!(wrap, Err(Errno(EINVAL | ENOMEM))));
    check_eq!(area.differs(1), None);
    Ok(())
}
