//! After a fork, one side changes its memory; nothing of that is seen on the other,
//! whoever goes first and whatever comes next.

use crate::harness::{Case, Outcome, begin, dies_of, finish, in_child, not_in_qemu_user};
use quire_user::area::RW;
use quire_user::linux::*;
use quire_user::{Area, PAGE, SEGMENT, random, sys};

/// The second part of suite madvise.
pub const CASES: &[Case] = &[
    ("one_side_unmaps", || each_side(Change::Unmap)),
    ("one_side_protects", || each_side(Change::Protect)),
    ("one_side_clears", || each_side(Change::Clear)),
    ("one_side_moves", || each_side(Change::Move)),
    ("one_side_maps_over", || each_side(Change::Over)),
    ("one_side_does_not_pass_it_on", || {
        not_in_qemu_user("it ignores most advice")?;
        each_side(Change::DontFork)
    }),
    ("one_side_wipes_it", || {
        not_in_qemu_user("it ignores most advice")?;
        each_side(Change::Wipe)
    }),
];

/// What one side does to the middle of its memory.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    Unmap,
    Protect,
    Clear,
    Move,
    Over,
    DontFork,
    Wipe,
}

/// Where the memory is: pages on both sides of a segment's end.
const AT: usize = 4097 * SEGMENT - PAGES / 2 * PAGE;
const PAGES: usize = 16;
/// Where it is moved to.
const AWAY: usize = 4100 * SEGMENT + 3 * PAGE;

fn middle(area: Area) -> Area {
    area.part(4 * PAGE, 8 * PAGE)
}

/// The word that [`Area::fill_all`] with 1 left at `offset`.
fn old(offset: usize) -> u64 {
    random::word(1, offset)
}

impl Change {
    fn make(self, area: Area) -> Outcome {
        let part = middle(area);
        Ok(match self {
            Change::Unmap => part.unmap(),
            Change::Protect => part.protect(PROT_READ),
            Change::Clear => part.advise(MADV_DONTNEED),
            Change::Move => part
                .resize(part.len(), MREMAP_MAYMOVE | MREMAP_FIXED, AWAY)
                .map(drop),
            Change::Over => part.remap(RW, MAP_PRIVATE),
            Change::DontFork => part.advise(MADV_DONTFORK),
            Change::Wipe => part.advise(MADV_WIPEONFORK),
        }?)
    }

    /// The side that made the change sees it, and so does its next child.
    fn holds(self, area: Area) -> Outcome {
        let part = middle(area);
        match self {
            Change::Unmap => dies_of(SIGSEGV, || part.load(PAGE)),
            Change::Protect => dies_of(SIGSEGV, || part.store(PAGE, 1)),
            Change::Clear | Change::Over => zero(part),
            Change::Move => {
                dies_of(SIGSEGV, || part.load(PAGE))?;
                moved()
            }
            Change::DontFork => in_child(|| dies_of(SIGSEGV, || part.load(PAGE))),
            Change::Wipe => in_child(|| zero(part)),
        }?;
        check_eq!(area.load_word(0), old(0));
        check_eq!(area.load_word(15 * PAGE), old(15 * PAGE));
        Ok(())
    }
}

fn zero(part: Area) -> Outcome {
    check_eq!(part.not_zero(), None);
    Ok(())
}

fn moved() -> Outcome {
    let away = Area::over(AWAY, 8 * PAGE);
    let right = (0..8 * PAGE)
        .step_by(512)
        .all(|at| away.load_word(at) == old(4 * PAGE + at));
    check!(right, "what was moved has changed");
    Ok(())
}

/// All is as before the fork, and can be written.
fn untouched(area: Area) -> Outcome {
    check_eq!(area.differs_anywhere(1), None);
    in_child(|| {
        area.fill_all(2);
        check_eq!(area.differs_anywhere(2), None);
        Ok(())
    })?;
    check_eq!(area.differs_anywhere(1), None);
    area.fill_all(3);
    check_eq!(area.differs_anywhere(3), None);
    Ok(())
}

fn each_side(change: Change) -> Outcome {
    child_changes_then_goes(change)?;
    parent_changes_then_child_looks(change)?;
    parent_changes_and_goes(change)?;
    grandchild_of_the_changed(change)
}

fn memory() -> Result<Area, quire_user::Errno> {
    let area = Area::map(Some(AT), PAGES * PAGE, RW, MAP_PRIVATE)?;
    area.fill_all(1);
    Ok(area)
}

fn child_changes_then_goes(change: Change) -> Outcome {
    in_child(|| {
        let area = memory()?;
        in_child(|| {
            change.make(area)?;
            change.holds(area)
        })?;
        untouched(area)
    })
}

fn parent_changes_then_child_looks(change: Change) -> Outcome {
    in_child(|| {
        let (area, go) = (memory()?, sys::pipe()?);
        let child = begin(|| {
            sys::read(go.read, &mut [0])?;
            untouched(area)
        })?;
        change.make(area)?;
        change.holds(area)?;
        sys::write(go.write, b"x")?;
        finish(child)?;
        change.holds(area)
    })
}

/// The one that changed its memory ends first; the other lives on, alone.
fn parent_changes_and_goes(change: Change) -> Outcome {
    let done = sys::pipe()?;
    in_child(|| {
        let (area, go) = (memory()?, sys::pipe()?);
        begin(|| {
            sys::close(go.write)?;
            // The end of the file is the parent's end.
            sys::read(go.read, &mut [0])?;
            untouched(area)?;
            sys::write(done.write, b"x")?;
            Ok(())
        })?;
        change.make(area)
    })?;
    sys::close(done.write)?;
    let mut said = [0];
    check_eq!(sys::read(done.read, &mut said), Ok(1));
    sys::close(done.read)?;
    Ok(())
}

/// The child's own child has what the child made of it.
fn grandchild_of_the_changed(change: Change) -> Outcome {
    in_child(|| {
        let area = memory()?;
        in_child(|| {
            change.make(area)?;
            if ![Change::DontFork, Change::Wipe].contains(&change) {
                in_child(|| change.holds(area))?;
            }
            area.part(0, 2 * PAGE).fill(9);
            change.holds_but_start(area)
        })?;
        untouched(area)
    })
}

impl Change {
    /// As [`holds`](Self::holds), with the first pages written since.
    fn holds_but_start(self, area: Area) -> Outcome {
        area.store_word(0, old(0));
        self.holds(area)
    }
}
