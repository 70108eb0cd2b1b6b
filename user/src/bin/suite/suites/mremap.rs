//! mremap: mappings that grow, shrink and move, with their bytes.

use crate::harness::{Case, Outcome, dies_of, in_child, not_in_qemu_user};
use quire_user::area::RW;
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::{Area, Errno, PAGE, SEGMENT, Text, proc, sys};

/// The suite.
pub const CASES: &[Case] = &[
    ("shrink", shrink),
    ("grow_in_place", grow_in_place),
    ("grow_refused_in_place", grow_refused_in_place),
    ("grow_elsewhere", grow_elsewhere),
    ("move_to_a_place", move_to_a_place),
    ("move_over_something", move_over_something),
    ("move_by_less_than_a_segment", move_by_pages),
    ("move_across_segments", move_across_segments),
    ("move_and_shrink_or_grow", move_and_resize),
    ("move_a_part", move_a_part),
    ("move_keeps_rights", move_keeps_rights),
    ("move_keeps_holes_in_the_pages", move_keeps_untouched_pages),
    ("move_again_and_again", move_again_and_again),
    ("move_keeps_what_was_used", move_keeps_what_was_used),
    ("dont_unmap", dont_unmap),
    ("refused", refused),
    ("refused_changes_nothing", refused_changes_nothing),
    ("not_mapped", not_mapped),
];

/// A place where nothing is, at a segment's start.
pub const FAR: usize = 4096 * SEGMENT;
pub const MOVE: u32 = MREMAP_MAYMOVE | MREMAP_FIXED;

/// Private memory at `at`, filled with `seed`.
pub fn filled(at: usize, pages: usize, seed: u64) -> Result<Area, Errno> {
    let area = Area::map(Some(at), pages * PAGE, RW, MAP_PRIVATE)?;
    area.fill(seed);
    Ok(area)
}

/// Nothing is mapped at any page of `area`.
pub fn gone(area: Area) -> Outcome {
    for offset in [0, area.len() / 2, area.len() - 1] {
        dies_of(SIGSEGV, || area.load(offset))?;
    }
    Ok(())
}

fn shrink() -> Outcome {
    let area = filled(FAR, 10, 1)?;
    let less = area.resize(6 * PAGE, 0, 0)?;
    check_eq!(less, area.part(0, 6 * PAGE));
    check_eq!(less.differs(1), None);
    gone(area.part(6 * PAGE, 4 * PAGE))?;
    // The same size is no change.
    check_eq!(less.resize(6 * PAGE, 0, 0), Ok(less));
    // A size that is not whole pages counts as more.
    check_eq!(less.resize(5 * PAGE + 1, 0, 0)?.base(), FAR);
    check_eq!(less.differs(1), None);
    Ok(())
}

fn grow_in_place() -> Outcome {
    let area = filled(FAR, 4, 1)?;
    let more = area.resize(9 * PAGE, 0, 0)?;
    check_eq!(more, Area::over(FAR, 9 * PAGE));
    check_eq!(area.differs(1), None);
    check_eq!(more.part(4 * PAGE, 5 * PAGE).not_zero(), None);
    more.fill(2);
    check_eq!(more.differs(2), None);
    Ok(())
}

fn grow_refused_in_place() -> Outcome {
    let area = filled(FAR, 4, 1)?;
    let next = filled(FAR + 6 * PAGE, 1, 2)?;
    check_eq!(area.resize(7 * PAGE, 0, 0), Err(Errno(ENOMEM)));
    check_eq!((area.differs(1), next.differs(2)), (None, None));
    check_eq!(area.resize(6 * PAGE, 0, 0).map(Area::len), Ok(6 * PAGE));
    Ok(())
}

fn grow_elsewhere() -> Outcome {
    let area = filled(FAR, 4, 1)?;
    filled(FAR + 4 * PAGE, 1, 2)?;
    let more = area.resize(20 * PAGE, MREMAP_MAYMOVE, 0)?;
    check!(more.base() != FAR);
    check_eq!(more.part(0, 4 * PAGE).differs(1), None);
    check_eq!(more.part(4 * PAGE, 16 * PAGE).not_zero(), None);
    gone(area)
}

fn move_to_a_place() -> Outcome {
    let area = filled(FAR, 5, 1)?;
    let to = FAR + 3 * SEGMENT + 7 * PAGE;
    let moved = area.resize(5 * PAGE, MOVE, to)?;
    check_eq!(moved.base(), to);
    check_eq!(moved.differs(1), None);
    gone(area)?;
    let back = moved.resize(5 * PAGE, MOVE, FAR)?;
    check_eq!(back.differs(1), None);
    gone(moved)
}

fn move_over_something() -> Outcome {
    let area = filled(FAR, 3, 1)?;
    let other = filled(FAR + SEGMENT, 9, 2)?;
    let moved = area.resize(3 * PAGE, MOVE, other.base() + 2 * PAGE)?;
    check_eq!(moved.differs(1), None);
    let kept = other.load_word(PAGE + 72);
    check_eq!(kept, quire_user::random::word(2, 1));
    check_eq!(
        other.load_word(5 * PAGE + 5 * 72),
        quire_user::random::word(2, 5)
    );
    gone(area)
}

fn move_by_pages() -> Outcome {
    let area = filled(FAR + 100 * PAGE, 30, 1)?;
    let down = area.resize(30 * PAGE, MOVE, FAR + 60 * PAGE)?;
    check_eq!(down.differs(1), None);
    let up = down.resize(30 * PAGE, MOVE, FAR + 90 * PAGE)?;
    check_eq!(up.differs(1), None);
    gone(down.part(0, 30 * PAGE))
}

fn move_across_segments() -> Outcome {
    let area = filled(FAR + SEGMENT - 5 * PAGE, 12, 1)?;
    // The boundary falls elsewhere, and then nowhere.
    let to = FAR + 5 * SEGMENT - 9 * PAGE;
    let moved = area.resize(12 * PAGE, MOVE, to)?;
    check_eq!(moved.differs(1), None);
    let again = moved.resize(12 * PAGE, MOVE, FAR + 8 * SEGMENT)?;
    check_eq!(again.differs(1), None);
    again.fill(2);
    check_eq!(again.differs(2), None);
    gone(area)
}

fn move_and_resize() -> Outcome {
    let area = filled(FAR, 8, 1)?;
    let less = area.resize(3 * PAGE, MOVE, FAR + SEGMENT)?;
    check_eq!((less.len(), less.differs(1)), (3 * PAGE, None));
    gone(area)?;
    gone(Area::over(less.base() + 3 * PAGE, PAGE))?;
    let more = less.resize(6 * PAGE, MOVE, FAR)?;
    check_eq!(more.part(0, 3 * PAGE).differs(1), None);
    check_eq!(more.part(3 * PAGE, 3 * PAGE).not_zero(), None);
    gone(less)
}

fn move_a_part() -> Outcome {
    let area = Area::map(Some(FAR), 9 * PAGE, RW, MAP_PRIVATE)?;
    area.fill_all(1);
    let moved = area
        .part(3 * PAGE, 3 * PAGE)
        .resize(3 * PAGE, MOVE, FAR + SEGMENT)?;
    check!(
        (0..3 * PAGE)
            .step_by(8)
            .all(|at| moved.load_word(at) == quire_user::random::word(1, 3 * PAGE + at))
    );
    check_eq!(area.part(0, 3 * PAGE).differs_anywhere(1), None);
    gone(area.part(3 * PAGE, 3 * PAGE))?;
    check_eq!(
        area.load_word(6 * PAGE),
        quire_user::random::word(1, 6 * PAGE)
    );
    Ok(())
}

fn move_keeps_rights() -> Outcome {
    let area = filled(FAR, 2, 1)?;
    area.protect(PROT_READ)?;
    let moved = area.resize(2 * PAGE, MOVE, FAR + SEGMENT)?;
    check_eq!(moved.differs(1), None);
    dies_of(SIGSEGV, || moved.store(0, 1))?;
    moved.protect(PROT_NONE)?;
    let moved = moved.resize(2 * PAGE, MOVE, FAR)?;
    dies_of(SIGSEGV, || moved.load(0))?;
    moved.protect(RW)?;
    check_eq!(moved.differs(1), None);
    Ok(())
}

fn move_keeps_untouched_pages() -> Outcome {
    let area = Area::map(Some(FAR), 40 * PAGE, RW, MAP_PRIVATE)?;
    (0..40)
        .step_by(7)
        .for_each(|n| area.store(n * PAGE, n as u8 + 1));
    let moved = area.resize(40 * PAGE, MOVE, FAR + SEGMENT - 20 * PAGE)?;
    for n in 0..40 {
        let wanted = if n % 7 == 0 { n as u8 + 1 } else { 0 };
        check_eq!(moved.load(n * PAGE), wanted);
    }
    Ok(())
}

fn move_again_and_again() -> Outcome {
    let mut area = filled(FAR, 20, 1)?;
    let mut random = quire_user::random::Random::new(4);
    for n in 0..60 {
        let slot = n % 2 * 3 * SEGMENT + random.below(1000) * PAGE;
        area = area.resize(20 * PAGE, MOVE, FAR + slot)?;
        check!(area.differs(1).is_none(), "after move {n}");
        if n % 5 == 0 {
            in_child(|| {
                check_eq!(area.differs(1), None);
                area.fill(2);
                Ok(())
            })?;
        }
    }
    Ok(())
}

/// KiB of the mapping at the start of `area` that have been used.
fn referenced(area: Area) -> Result<Option<u64>, Errno> {
    let mut buffer = [0; 16 << 10];
    let text = proc::read(c"/proc/self/smaps", &mut buffer)?;
    let head = Text::<24>::format(format_args!("{:x}-", area.base()));
    let lines = text.split_once(head.as_str()).map(|(_, lines)| lines);
    Ok(lines.and_then(|lines| proc::value(lines, "Referenced")))
}

/// What the hardware has noted in a page's entry goes with the page.
fn move_keeps_what_was_used() -> Outcome {
    not_in_qemu_user("its smaps does not say")?;
    let area = filled(FAR, 6, 3)?;
    let kib = (area.len() >> 10) as u64;
    check_eq!(referenced(area)?, Some(kib));
    let moved = area.resize(area.len(), MOVE, FAR + 2 * SEGMENT + PAGE)?;
    check_eq!(referenced(moved)?, Some(kib));
    check_eq!(moved.differs(3), None);
    Ok(())
}

fn dont_unmap() -> Outcome {
    not_in_qemu_user("it does not know MREMAP_DONTUNMAP")?;
    let area = filled(FAR, 5, 1)?;
    let flags = MREMAP_MAYMOVE | MREMAP_DONTUNMAP;
    let moved = area.resize(5 * PAGE, flags, 0)?;
    check!(moved.base() != FAR);
    check_eq!((moved.differs(1), area.not_zero()), (None, None));
    area.fill(2);
    check_eq!((moved.differs(1), area.differs(2)), (None, None));
    let third = area.resize(5 * PAGE, flags | MREMAP_FIXED, FAR + 3 * SEGMENT)?;
    check_eq!((third.differs(2), area.not_zero()), (None, None));
    check_eq!(area.resize(6 * PAGE, flags, 0), Err(Errno(EINVAL)));
    check_eq!(
        area.resize(5 * PAGE, MREMAP_DONTUNMAP, 0),
        Err(Errno(EINVAL))
    );
    in_child(|| {
        check_eq!((third.differs(2), moved.differs(1)), (None, None));
        Ok(())
    })
}

fn refused() -> Outcome {
    let area = filled(FAR, 4, 1)?;
    let (base, len) = (area.base(), area.len());
    let call = |old: usize, old_len: usize, new_len: usize, flags: u32, new: usize| {
        // SAFETY: each call is refused.
        unsafe { sys::mremap(old, old_len, new_len, flags, new) }
    };
    let invalid = Err(Errno(EINVAL));
    check_eq!(call(base + 1, len, len, 0, 0), invalid);
    check_eq!(call(base, len, len, 1 << 10, 0), invalid);
    check_eq!(call(base, len, len, MREMAP_FIXED, FAR + SEGMENT), invalid);
    check_eq!(call(base, len, len, MOVE, FAR + SEGMENT + 5), invalid);
    // The new range must not touch the old one.
    for to in [base, base + PAGE, base - 3 * PAGE, base + 3 * PAGE] {
        check_eq!(call(base, len, len, MOVE, to), invalid);
    }
    check_eq!(call(base, len, 2 * len, MOVE, base - 5 * PAGE), invalid);
    check_eq!(area.differs(1), None);
    not_in_qemu_user("its address space has another end")?;
    check_eq!(call(base, len, 0, MREMAP_MAYMOVE, 0), invalid);
    check_eq!(call(base, len, len, MOVE, 1 << 46), invalid);
    check_eq!(
        call(base, len, 1 << 46, MREMAP_MAYMOVE, 0),
        Err(Errno(ENOMEM))
    );
    let all = call(base, len, usize::MAX - PAGE + 1, MREMAP_MAYMOVE, 0);
    check!(matches!(all, Err(Errno(EINVAL | ENOMEM))));
    Ok(())
}

fn refused_changes_nothing() -> Outcome {
    let area = filled(FAR, 4, 1)?;
    let target = filled(FAR + SEGMENT, 4, 2)?;
    // SAFETY: what is not mapped cannot be moved: nothing changes.
    let result = unsafe { sys::mremap(FAR + 2 * SEGMENT, PAGE, PAGE, MOVE, target.base()) };
    check_eq!(result, Err(Errno(EFAULT)));
    check_eq!(area.differs(1), None);
    Ok(())
}

fn not_mapped() -> Outcome {
    let area = filled(FAR, 6, 1)?;
    let nowhere = Area::over(FAR + SEGMENT, 2 * PAGE);
    check_eq!(
        nowhere.resize(4 * PAGE, MREMAP_MAYMOVE, 0),
        Err(Errno(EFAULT))
    );
    area.part(3 * PAGE, PAGE).unmap()?;
    check_eq!(area.resize(8 * PAGE, MREMAP_MAYMOVE, 0), Err(Errno(EFAULT)));
    // Two mappings are not one.
    area.part(0, PAGE).protect(PROT_READ)?;
    let both = area.part(0, 2 * PAGE);
    check_eq!(both.resize(3 * PAGE, MREMAP_MAYMOVE, 0), Err(Errno(EFAULT)));
    check_eq!(area.part(0, 3 * PAGE).differs(1), None);
    Ok(())
}
