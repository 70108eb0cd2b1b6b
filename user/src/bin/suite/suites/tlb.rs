//! What a change of a page takes out of the TLB: all that it must, and nothing else.
//!
//! An entry may also go by itself, when another page needs its place. So what must be
//! gone is gone at each try; what must stay, and what must be there at first, is so at
//! one of many, each with other pages.

use crate::harness::{Case, Outcome, Why};
use quire_user::area::RW;
use quire_user::linux::*;
use quire_user::tlb::{Rights, Tlb};
use quire_user::{Area, Errno, PAGE, proc};

/// The first part of the suite: one process's pages.
pub const CASES: &[Case] = &[
    ("page_that_was_touched_is_there", touched_is_there),
    ("write_is_allowed_once_it_is_noted", write_once_noted),
    ("instructions_are_there_to_be_executed", instructions),
    ("kernel_has_no_rights_by_them", kernel_has_no_rights),
    ("protect_takes_one_page", protect_takes_one),
    ("protect_to_nothing_takes_one_page", protect_to_nothing),
    ("no_more_execution_takes_one_page", no_more_execution),
    ("unmap_takes_one_page", unmap_takes_one),
    ("new_mapping_takes_one_page", new_mapping_takes_one),
    ("dontneed_takes_one_page", dontneed_takes_one),
    ("move_takes_one_page", move_takes_one),
    ("every_way_of_a_set_is_looked_at", every_way),
];

/// Where the areas are: a segment that has nothing else.
pub const PLACE: usize = 1 << 45;
/// How often something is tried that the TLB may spoil by itself.
const TRIES: usize = 20;
/// Pages as far apart as this are in one set of any TLB that has no more than 1024 sets.
pub const STRIDE: usize = 1024 * PAGE;

/// The TLB, now.
pub fn tlb() -> Result<Tlb, Why> {
    Tlb::now()?.ok_or_else(|| Why::skipped("no /proc/vm/tlb says what the TLB has"))
}

/// The auditor, if there is one, finds nothing wrong, now.
pub fn tidy() -> Outcome {
    let Some(verdict) = proc::audit() else {
        return Ok(());
    };
    check!(verdict.as_str() == "clean", "the auditor says: {verdict}");
    Ok(())
}

/// Tries until `attempt`, which is told an address for its pages, has seen what it wants
/// to see.
pub fn sometime(mut attempt: impl FnMut(usize) -> Result<bool, Why>) -> Outcome {
    for n in 0..TRIES {
        if attempt(PLACE + n * 9 * PAGE)? {
            return Ok(());
        }
    }
    check!(false, "not once in {TRIES} tries was it as it must be");
    Ok(())
}

/// Private pages at `at`.
pub fn pages(at: usize, count: usize) -> Result<Area, Errno> {
    Area::map(Some(at), count * PAGE, RW, MAP_PRIVATE)
}

/// What is allowed at `address` after `touch`.
fn rights_after(address: usize, touch: impl Fn()) -> Result<Rights, Why> {
    for _ in 0..TRIES {
        touch();
        let tlb = tlb()?;
        check!(tlb.of(address).count() <= 1, "two entries for {address:#x}");
        if let Some(entry) = tlb.mine(address) {
            return Ok(entry.programs);
        }
    }
    check!(false, "{address:#x} is not in the TLB");
    Err(Why::Failed)
}

fn touched_is_there() -> Outcome {
    let area = pages(PLACE, 2)?;
    area.fill(1);
    let wanted = area.base();
    check_eq!(rights_after(wanted, || _ = area.load(0))?, *b"rw-");
    let never = Area::map(Some(PLACE + STRIDE), PAGE, PROT_READ, MAP_PRIVATE)?;
    check_eq!(tlb()?.of(never.base()).count(), 0);
    check_eq!(rights_after(never.base(), || _ = never.load(0))?, *b"r--");
    tidy()
}

/// Until the first store the entry allows none, so that it traps and C can be set.
fn write_once_noted() -> Outcome {
    let area = pages(PLACE, 2)?;
    let (page, other) = (area.base(), area.base() + PAGE);
    check_eq!(rights_after(page, || _ = area.load(5))?, *b"r--");
    check_eq!(rights_after(other, || _ = area.load(PAGE))?, *b"r--");
    area.store(5, 1);
    check_eq!(rights_after(page, || _ = area.load(5))?, *b"rw-");
    check_eq!(rights_after(other, || _ = area.load(PAGE))?, *b"r--");
    // The first access to a page is a store: C is set at once.
    let next = pages(PLACE + STRIDE, 1)?;
    check_eq!(rights_after(next.base(), || next.store(0, 1))?, *b"rw-");
    tidy()
}

/// blr: return.
pub const BLR: u32 = 0x4e80_0020;

fn instructions() -> Outcome {
    let area = pages(PLACE, 1)?;
    area.program(&[BLR])?;
    let run = || _ = area.call(1);
    check_eq!(rights_after(area.base(), run)?, *b"r-x");
    area.protect(RW)?;
    check_eq!(rights_after(area.base(), || area.store(0, 1))?, *b"rw-");
    area.program(&[BLR])?;
    area.protect(RW | PROT_EXEC)?;
    let both = || {
        area.store(8, 1);
        area.call(1);
    };
    check_eq!(rights_after(area.base(), both)?, *b"rwx");
    tidy()
}

fn kernel_has_no_rights() -> Outcome {
    pages(PLACE, 20)?.fill(1);
    let tlb = tlb()?;
    check!(tlb.entries().count() > 0);
    for entry in tlb.entries() {
        check!(entry.kernel == *b"---", "{entry:x?}");
        check!(entry.page < 1 << 46 && entry.pid != 0, "{entry:x?}");
    }
    Ok(())
}

/// Three pages, all written; `change` is done to the middle one.
///
/// `allowed` says what may still be done there after that.
fn middle(allowed: &[u8], change: fn(Area) -> Result<(), Errno>) -> Outcome {
    sometime(|at| {
        let area = pages(at, 3)?;
        let [left, page, right] = [0, 1, 2].map(|n| area.part(n * PAGE, PAGE));
        [left, page, right].iter().for_each(|page| page.store(0, 7));
        let before = tlb()?;
        change(page)?;
        let after = tlb()?;
        tidy()?;
        for entry in after.of(page.base()) {
            let more = |right: &u8| *right != b'-' && !allowed.contains(right);
            check!(!entry.programs.iter().any(more), "{entry:x?} is left");
        }
        check_eq!((left.load(0), right.load(0)), (7, 7));
        area.unmap()?;
        let there = |tlb: &Tlb, page: &Area| tlb.mine(page.base()).is_some();
        Ok([left, page, right].iter().all(|page| there(&before, page))
            && [left, right].iter().all(|page| there(&after, page)))
    })
}

fn protect_takes_one() -> Outcome {
    middle(b"r", |page| page.protect(PROT_READ))
}

fn protect_to_nothing() -> Outcome {
    middle(b"", |page| page.protect(PROT_NONE))
}

fn no_more_execution() -> Outcome {
    middle(b"rw", |page| {
        page.program(&[BLR])?;
        page.call(0);
        page.protect(RW)
    })
}

fn unmap_takes_one() -> Outcome {
    middle(b"", Area::unmap)
}

fn new_mapping_takes_one() -> Outcome {
    middle(b"", |page| page.remap(RW, MAP_PRIVATE))
}

fn dontneed_takes_one() -> Outcome {
    middle(b"", |page| page.advise(MADV_DONTNEED))
}

fn move_takes_one() -> Outcome {
    middle(b"", |page| {
        let to = PLACE + STRIDE;
        let moved = page.resize(PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to)?;
        moved.load(0);
        moved.unmap()
    })
}

/// As many pages in one set as it has ways, or more: wherever a page's entry is, it goes.
fn every_way() -> Outcome {
    for value in 0..3 {
        let mut set = [Area::over(0, PAGE); 8];
        for (n, page) in set.iter_mut().enumerate() {
            *page = pages(PLACE + n * STRIDE, 1)?;
        }
        set.iter().for_each(|page| page.store(0, value));
        let before = tlb()?;
        let there = set.iter().filter(|page| before.mine(page.base()).is_some());
        check!(there.count() >= 2, "the set has few of its pages");
        for page in set {
            page.unmap()?;
            let left = tlb()?.of(page.base()).count();
            check!(left == 0, "{:#x} is still there", page.base());
        }
    }
    tidy()
}
