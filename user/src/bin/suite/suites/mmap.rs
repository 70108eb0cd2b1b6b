//! mmap, munmap, mprotect and brk.

use crate::harness::{Case, Outcome, dies_of, in_child, needs_vm};
use quire_user::area::RW;
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::{Area, Errno, PAGE, SEGMENT, sys};

/// The suite.
pub const CASES: &[Case] = &[
    ("private_is_zero_and_ours", private_is_zero_and_ours),
    ("shared_is_seen_by_children", shared_is_seen_by_children),
    ("fixed_replaces", fixed_replaces),
    ("fixed_noreplace_does_not", fixed_noreplace_does_not),
    ("hints", hints),
    ("unmap_splits", unmap_splits),
    ("unmap_over_holes", unmap_over_holes),
    ("protect_splits", protect_splits),
    ("protect_over_a_hole", protect_over_a_hole),
    ("protect_and_back_keeps_the_bytes", protect_and_back),
    ("across_a_segment_boundary", across_a_segment_boundary),
    ("after_fork", after_fork),
    ("many_mappings", many_mappings),
    ("sizes_are_rounded_up", sizes_are_rounded_up),
    ("errors", errors),
    ("refused_for_size", refused_for_size),
    ("brk_grows_and_shrinks", brk_grows_and_shrinks),
    ("brk_refuses", brk_refuses),
    ("maps_shows_it", maps_shows_it),
];

/// A place where nothing is.
const FAR: usize = 1 << 42;

fn private_is_zero_and_ours() -> Outcome {
    let area = Area::private(20 * PAGE)?;
    check_eq!(area.base() % PAGE, 0);
    check_eq!(area.not_zero(), None);
    area.fill_all(1);
    check_eq!(area.differs_anywhere(1), None);
    area.unmap()?;
    dies_of(SIGSEGV, || area.load(0))
}

fn shared_is_seen_by_children() -> Outcome {
    let area = Area::shared(20 * PAGE)?;
    area.part(0, PAGE).fill_all(1);
    in_child(|| {
        check_eq!(area.part(0, PAGE).differs_anywhere(1), None);
        // Also what nobody had touched before the fork.
        area.part(10 * PAGE, PAGE).fill_all(2);
        Ok(())
    })?;
    check_eq!(area.part(10 * PAGE, PAGE).differs_anywhere(2), None);
    Ok(())
}

fn fixed_replaces() -> Outcome {
    let area = Area::private(8 * PAGE)?;
    area.fill_all(1);
    let middle = area.part(2 * PAGE, 3 * PAGE);
    middle.remap(RW, MAP_PRIVATE)?;
    check_eq!(middle.not_zero(), None);
    check_eq!(area.part(0, 2 * PAGE).differs_anywhere(1), None);
    check_eq!(
        area.load_word(5 * PAGE),
        quire_user::random::word(1, 5 * PAGE)
    );
    Ok(())
}

fn fixed_noreplace_does_not() -> Outcome {
    let area = Area::private(4 * PAGE)?;
    area.fill_all(1);
    let taken = Some(area.base() + 3 * PAGE);
    check_eq!(
        Area::map(taken, 2 * PAGE, RW, MAP_PRIVATE),
        Err(Errno(EEXIST))
    );
    check_eq!(area.differs_anywhere(1), None);
    let free = Area::map(Some(FAR), PAGE, RW, MAP_PRIVATE)?;
    check_eq!(free.base(), FAR);
    check_eq!(
        Area::map(Some(FAR - PAGE), 3 * PAGE, RW, MAP_PRIVATE),
        Err(Errno(EEXIST))
    );
    dies_of(SIGSEGV, || unmapped_byte(FAR - PAGE))
}

fn unmapped_byte(address: usize) -> u8 {
    // SAFETY: nothing is there; the load ends this process.
    unsafe { (address as *const u8).read_volatile() }
}

/// mmap with no promise: for hints and for errors.
fn try_map(
    addr: usize,
    len: usize,
    prot: u32,
    flags: u32,
    fd: i32,
    offset: usize,
) -> Result<usize, Errno> {
    // SAFETY: no caller passes MAP_FIXED with an address where something is.
    unsafe { sys::mmap(addr, len, prot, flags, fd, offset) }
}

fn hints() -> Outcome {
    let anywhere = MAP_PRIVATE | MAP_ANONYMOUS;
    check_eq!(try_map(FAR, PAGE, RW, anywhere, -1, 0), Ok(FAR));
    let second = try_map(FAR, PAGE, RW, anywhere, -1, 0)?;
    check!(second != FAR, "the same page twice");
    // A hint need not be the start of a page.
    let third = try_map(FAR + 16 * PAGE + 5, PAGE, RW, anywhere, -1, 0)?;
    check_eq!(third % PAGE, 0);
    Ok(())
}

fn unmap_splits() -> Outcome {
    let area = Area::private(9 * PAGE)?;
    area.fill_all(1);
    area.part(4 * PAGE, PAGE).unmap()?;
    check_eq!(area.part(0, 4 * PAGE).differs_anywhere(1), None);
    check_eq!(
        area.load_word(5 * PAGE),
        quire_user::random::word(1, 5 * PAGE)
    );
    dies_of(SIGSEGV, || area.load(4 * PAGE))?;
    dies_of(SIGSEGV, || area.store(5 * PAGE - 1, 0))?;
    area.part(4 * PAGE, PAGE).remap(RW, MAP_PRIVATE)?;
    check_eq!(area.part(4 * PAGE, PAGE).not_zero(), None);
    Ok(())
}

fn unmap_over_holes() -> Outcome {
    let area = Area::private(9 * PAGE)?;
    area.part(2 * PAGE, PAGE).unmap()?;
    area.part(5 * PAGE, 2 * PAGE).unmap()?;
    area.part(PAGE, 7 * PAGE).unmap()?;
    area.part(PAGE, 7 * PAGE).unmap()?;
    area.store(0, 1);
    area.store(8 * PAGE, 1);
    (1..8).try_for_each(|page| dies_of(SIGSEGV, || area.load(page * PAGE)))
}

fn protect_splits() -> Outcome {
    let area = Area::private(6 * PAGE)?;
    area.fill_all(1);
    area.part(2 * PAGE, PAGE).protect(PROT_READ)?;
    area.part(4 * PAGE, PAGE).protect(PROT_NONE)?;
    [0, 1, 3, 5]
        .iter()
        .for_each(|page| area.part(page * PAGE, PAGE).store(0, 9));
    check_eq!(
        area.load_word(2 * PAGE),
        quire_user::random::word(1, 2 * PAGE)
    );
    dies_of(SIGSEGV, || area.store(2 * PAGE, 1))?;
    dies_of(SIGSEGV, || area.load(4 * PAGE))?;
    area.protect(RW)?;
    check_eq!(
        area.load_word(4 * PAGE),
        quire_user::random::word(1, 4 * PAGE)
    );
    area.fill_all(2);
    check_eq!(area.differs_anywhere(2), None);
    Ok(())
}

fn protect_over_a_hole() -> Outcome {
    let area = Area::private(3 * PAGE)?;
    area.part(PAGE, PAGE).unmap()?;
    check_eq!(area.protect(PROT_READ), Err(Errno(ENOMEM)));
    Ok(())
}

fn protect_and_back() -> Outcome {
    let area = Area::private(4 * PAGE)?;
    area.fill_all(1);
    for prot in [PROT_READ, PROT_NONE, PROT_READ | PROT_EXEC, PROT_NONE] {
        area.protect(prot)?;
        area.protect(RW)?;
        check_eq!(area.differs_anywhere(1), None);
    }
    Ok(())
}

fn across_a_segment_boundary() -> Outcome {
    let start = FAR + SEGMENT - 8 * PAGE;
    let area = Area::map(Some(start), 16 * PAGE, RW, MAP_PRIVATE)?;
    area.fill_all(1);
    check_eq!(area.differs_anywhere(1), None);
    in_child(|| {
        check_eq!(area.differs_anywhere(1), None);
        area.fill_all(2);
        area.part(6 * PAGE, 4 * PAGE).remap(RW, MAP_PRIVATE)?;
        check_eq!(area.part(6 * PAGE, 4 * PAGE).not_zero(), None);
        area.part(7 * PAGE, 2 * PAGE).protect(PROT_READ)?;
        dies_of(SIGSEGV, || area.store(7 * PAGE, 1))?;
        dies_of(SIGSEGV, || area.store(8 * PAGE, 1))?;
        area.part(7 * PAGE, 2 * PAGE).unmap()?;
        dies_of(SIGSEGV, || area.load(8 * PAGE))
    })?;
    check_eq!(area.differs_anywhere(1), None);
    let shared = Area::map(Some(FAR + 3 * SEGMENT - 4 * PAGE), 8 * PAGE, RW, MAP_SHARED)?;
    in_child(|| {
        shared.fill_all(3);
        Ok(())
    })?;
    check_eq!(shared.differs_anywhere(3), None);
    Ok(())
}

fn after_fork() -> Outcome {
    let before = Area::private(4 * PAGE)?;
    before.fill_all(1);
    in_child(|| {
        let after = Area::private(4 * PAGE)?;
        after.fill_all(2);
        before.unmap()?;
        check_eq!(after.differs_anywhere(2), None);
        Ok(())
    })?;
    let after = Area::private(4 * PAGE)?;
    check_eq!(after.not_zero(), None);
    check_eq!(before.differs_anywhere(1), None);
    Ok(())
}

/// Two hundred mappings of changing rights side by side.
fn many_mappings() -> Outcome {
    let area = Area::private(200 * PAGE)?;
    area.fill(1);
    for page in (0..200).step_by(2) {
        area.part(page * PAGE, PAGE).protect(PROT_READ)?;
    }
    check_eq!(area.differs(1), None);
    for page in (0..200).step_by(4) {
        dies_of_every_tenth(area, page)?;
        area.part(page * PAGE, PAGE).unmap()?;
    }
    for page in (0..200).filter(|page| page % 4 != 0) {
        area.load(page * PAGE);
    }
    area.unmap()?;
    Ok(())
}

fn dies_of_every_tenth(area: Area, page: usize) -> Outcome {
    if page.is_multiple_of(40) {
        dies_of(SIGSEGV, || area.store(page * PAGE, 1))
    } else {
        Ok(())
    }
}

fn sizes_are_rounded_up() -> Outcome {
    let base = try_map(FAR + 5, 1, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)?;
    // SAFETY: the page is mapped and nobody else's.
    unsafe { ((base + PAGE - 1) as *mut u8).write_volatile(1) };
    // SAFETY: as above.
    unsafe { sys::munmap(base, 1) }?;
    dies_of(SIGSEGV, || unmapped_byte(base + PAGE - 1))
}

fn errors() -> Outcome {
    let anon = MAP_PRIVATE | MAP_ANONYMOUS;
    check_eq!(try_map(0, 0, RW, anon, -1, 0), Err(Errno(EINVAL)));
    check_eq!(
        try_map(FAR + 1, PAGE, RW, anon | MAP_FIXED, -1, 0),
        Err(Errno(EINVAL))
    );
    check_eq!(
        try_map(0, PAGE, RW, MAP_ANONYMOUS, -1, 0),
        Err(Errno(EINVAL))
    );
    check_eq!(try_map(0, PAGE, RW, MAP_PRIVATE, -1, 0), Err(Errno(EBADF)));
    let area = Area::private(PAGE)?;
    // SAFETY: the calls are refused, or concern the area.
    unsafe {
        check_eq!(sys::munmap(area.base(), 0), Err(Errno(EINVAL)));
        check_eq!(sys::munmap(area.base() + 1, PAGE), Err(Errno(EINVAL)));
        check_eq!(sys::mprotect(area.base() + 1, PAGE, RW), Err(Errno(EINVAL)));
        check_eq!(sys::mprotect(area.base(), PAGE, 0x100), Err(Errno(EINVAL)));
    }
    area.store(0, 1);
    needs_vm()?;
    // User emulation says otherwise here.
    let nothing = area.part(0, 0);
    check_eq!(nothing.protect(PROT_READ), Ok(()));
    area.store(0, 2);
    Ok(())
}

fn refused_for_size() -> Outcome {
    // User emulation dies of it.
    needs_vm()?;
    let anon = MAP_PRIVATE | MAP_ANONYMOUS;
    check_eq!(try_map(0, 1 << 60, RW, anon, -1, 0), Err(Errno(ENOMEM)));
    check_eq!(
        try_map(0, usize::MAX - PAGE, RW, anon, -1, 0),
        Err(Errno(ENOMEM))
    );
    check!(try_map(0xc000_0000_0000_0000, PAGE, RW, anon | MAP_FIXED, -1, 0).is_err());
    check!(try_map(usize::MAX - PAGE + 1, PAGE, RW, anon | MAP_FIXED, -1, 0).is_err());
    // SAFETY: no program has anything there.
    let gone = unsafe { sys::munmap(usize::MAX - PAGE + 1, PAGE) };
    check_eq!(gone, Err(Errno(EINVAL)));
    Ok(())
}

fn brk_grows_and_shrinks() -> Outcome {
    // User emulation keeps what is given back.
    needs_vm()?;
    // SAFETY: only the heap's new pages are given back, and no Rust object is there.
    unsafe {
        let start = sys::brk(0);
        let first = start.next_multiple_of(PAGE);
        check_eq!(sys::brk(first + 5 * PAGE), first + 5 * PAGE);
        let heap = |page: usize| (first + page * PAGE) as *mut u64;
        (0..5).for_each(|page| heap(page).write_volatile(page as u64 + 1));
        check_eq!(heap(4).read_volatile(), 5);
        check_eq!(sys::brk(first + 2 * PAGE), first + 2 * PAGE);
        dies_of(SIGSEGV, || heap(2).read_volatile())?;
        check_eq!(sys::brk(first + 5 * PAGE), first + 5 * PAGE);
        check_eq!(
            [0, 1, 2, 3, 4].map(|page| heap(page).read_volatile()),
            [1, 2, 0, 0, 0]
        );
        check_eq!(sys::brk(start), start);
    }
    Ok(())
}

fn brk_refuses() -> Outcome {
    // SAFETY: the calls are refused: the heap's end stays.
    unsafe {
        let end = sys::brk(0);
        check_eq!(sys::brk(1), end);
        check_eq!(sys::brk(1 << 60), end);
        check_eq!(sys::brk(usize::MAX), end);
        check_eq!(sys::brk(0), end);
    }
    Ok(())
}

fn maps_shows_it() -> Outcome {
    let area = Area::map(Some(FAR), 2 * PAGE, RW, MAP_PRIVATE)?;
    let has_line = || {
        let mut buffer = [0; 16 << 10];
        let maps = quire_user::proc::read(c"/proc/self/maps", &mut buffer).unwrap_or("");
        let digits = |start: usize, line: &str| {
            usize::from_str_radix(line.split('-').next().unwrap_or(""), 16) == Ok(start)
        };
        maps.lines()
            .any(|line| digits(area.base(), line) && line.contains("rw-p"))
    };
    check!(has_line());
    area.unmap()?;
    check!(!has_line());
    Ok(())
}
