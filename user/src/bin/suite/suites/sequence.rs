//! Fork, then one side changes its mappings, then the other exits or writes: what
//! copy-on-write by the segment must get right.
//!
//! Each case is three choices: what is done to the middle pages, who does it, and
//! what the other side does meanwhile.

use crate::harness::{Case, Outcome, begin, dies_of, finish, in_child, needs_vm, soon};
use core::sync::atomic::{AtomicU32, Ordering::SeqCst};
use quire_user::area::RW;
use quire_user::linux::*;
use quire_user::{Area, PAGE, SEGMENT, Shared};

/// What is done to the middle pages.
#[derive(Clone, Copy)]
enum Change {
    /// munmap.
    Unmap,
    /// mprotect to read only.
    Protect,
    /// mprotect to nothing and back.
    Hide,
    /// mmap with MAP_FIXED: new zero pages.
    Replace,
    /// The same, shared.
    ReplaceShared,
    /// munmap, and then mmap at the same place.
    UnmapAndMap,
}

/// Which side of the fork does it.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Child,
    Parent,
}

/// What the other side does once that is done.
#[derive(Clone, Copy, PartialEq)]
enum Other {
    /// It ends without a look.
    Exits,
    /// It looks, writes everything, and looks again.
    Writes,
}

macro_rules! cases {
    ($($name:ident: $change:ident by $side:ident, other $other:ident;)*) => {
        /// The suite.
        pub const CASES: &[Case] = &[
            $((stringify!($name), || sequence(Change::$change, Side::$side, Other::$other)),)*
            ("grandchild_over_a_hole_that_its_parent_mapped_again", grandchild_over_a_hole),
            ("grandchild_over_a_hole_that_stays", grandchild_over_an_open_hole),
            ("change_twice_in_two_generations", change_twice),
            ("whole_segment_unmapped", whole_segment_unmapped),
            ("read_only_made_writable_after_fork", made_writable),
            ("heap_shrinks_and_grows_after_fork", heap_after_fork),
            ("detached_object_stays_with_the_other", detached_object),
        ];
    };
}
cases! {
    child_unmaps_parent_exits_first: Unmap by Child, other Exits;
    child_unmaps_parent_writes: Unmap by Child, other Writes;
    parent_unmaps_child_exits_first: Unmap by Parent, other Exits;
    parent_unmaps_child_writes: Unmap by Parent, other Writes;
    child_protects_parent_exits_first: Protect by Child, other Exits;
    child_protects_parent_writes: Protect by Child, other Writes;
    parent_protects_child_exits_first: Protect by Parent, other Exits;
    parent_protects_child_writes: Protect by Parent, other Writes;
    child_hides_parent_exits_first: Hide by Child, other Exits;
    child_hides_parent_writes: Hide by Child, other Writes;
    parent_hides_child_exits_first: Hide by Parent, other Exits;
    parent_hides_child_writes: Hide by Parent, other Writes;
    child_maps_anew_parent_exits_first: Replace by Child, other Exits;
    child_maps_anew_parent_writes: Replace by Child, other Writes;
    parent_maps_anew_child_exits_first: Replace by Parent, other Exits;
    parent_maps_anew_child_writes: Replace by Parent, other Writes;
    child_maps_shared_parent_exits_first: ReplaceShared by Child, other Exits;
    child_maps_shared_parent_writes: ReplaceShared by Child, other Writes;
    parent_maps_shared_child_exits_first: ReplaceShared by Parent, other Exits;
    parent_maps_shared_child_writes: ReplaceShared by Parent, other Writes;
    child_unmaps_and_maps_parent_exits_first: UnmapAndMap by Child, other Exits;
    child_unmaps_and_maps_parent_writes: UnmapAndMap by Child, other Writes;
    parent_unmaps_and_maps_child_exits_first: UnmapAndMap by Parent, other Exits;
    parent_unmaps_and_maps_child_writes: UnmapAndMap by Parent, other Writes;
}

/// Pages before, in and after the middle.
const PART: usize = 4 * PAGE;
const LEN: usize = 3 * PART;

/// Three parts, of which the middle one is changed.
#[derive(Clone, Copy)]
struct Parts([Area; 3]);

impl Parts {
    fn new() -> Result<Parts, quire_user::Errno> {
        Area::private(LEN).map(Parts::of)
    }

    fn of(whole: Area) -> Parts {
        let parts = Parts([0, 1, 2].map(|i| whole.part(i * PART, PART)));
        parts.fill(1);
        parts
    }

    fn middle(self) -> Area {
        self.0[1]
    }

    fn fill(self, seed: u64) {
        self.0.iter().for_each(|part| part.fill_all(seed));
    }

    fn hold(self, seed: u64) -> bool {
        self.0
            .iter()
            .all(|part| part.differs_anywhere(seed).is_none())
    }

    fn outside_holds(self, seed: u64) -> bool {
        [self.0[0], self.0[2]]
            .iter()
            .all(|part| part.differs_anywhere(seed).is_none())
    }
}

/// The steps that both sides wait for.
const CHANGED: u32 = 1;
const OTHER_DONE: u32 = 2;

/// The process that plays the parent is itself a child of the case, so that it
/// can end first.
fn sequence(change: Change, side: Side, other: Other) -> Outcome {
    let parts = Parts::new()?;
    let step = Shared::<AtomicU32>::new()?;
    let result = Shared::<AtomicU32>::new()?;
    let acts = |me: Side| -> Outcome {
        if me == side {
            act(parts, change, other, &step)?;
            result.store(1, SeqCst);
            Ok(())
        } else {
            meanwhile(parts, other, &step)
        }
    };
    in_child(|| {
        let child = begin(|| acts(Side::Child))?;
        acts(Side::Parent)?;
        // A parent that exits first leaves the child to run on, and does not wait.
        if side == Side::Child && other == Other::Exits {
            Ok(())
        } else {
            finish(child)
        }
    })?;
    check!(
        soon(|| result.load(SeqCst) == 1),
        "the side that changed its mappings found something wrong"
    );
    check!(parts.hold(1));
    Ok(())
}

/// The side that changes its mappings.
fn act(parts: Parts, change: Change, other: Other, step: &AtomicU32) -> Outcome {
    check!(parts.hold(1));
    apply(parts.middle(), change)?;
    look(parts, change, 1)?;
    step.store(CHANGED, SeqCst);
    match other {
        Other::Writes => check!(soon(|| step.load(SeqCst) == OTHER_DONE)),
        // It cannot say that it has gone. Some time is enough.
        Other::Exits => {
            for _ in 0..20 {
                quire_user::sys::sched_yield();
            }
        }
    }
    look(parts, change, 1)?;
    [parts.0[0], parts.0[2]]
        .iter()
        .for_each(|part| part.fill_all(3));
    look(parts, change, 3)?;
    write_middle(parts.middle(), change)
}

/// The other side.
fn meanwhile(parts: Parts, other: Other, step: &AtomicU32) -> Outcome {
    check!(soon(|| step.load(SeqCst) == CHANGED));
    if other == Other::Writes {
        check!(parts.hold(1));
        parts.fill(2);
        check!(parts.hold(2));
        step.store(OTHER_DONE, SeqCst);
    }
    Ok(())
}

fn apply(middle: Area, change: Change) -> Outcome {
    match change {
        Change::Unmap => middle.unmap()?,
        Change::Protect => middle.protect(PROT_READ)?,
        Change::Hide => middle.protect(PROT_NONE)?,
        Change::Replace => middle.remap(RW, MAP_PRIVATE)?,
        Change::ReplaceShared => middle.remap(RW, MAP_SHARED)?,
        Change::UnmapAndMap => {
            middle.unmap()?;
            middle.remap(RW, MAP_PRIVATE)?;
        }
    }
    Ok(())
}

/// What the changing side must see; `outside` is the seed of the other parts.
fn look(parts: Parts, change: Change, outside: u64) -> Outcome {
    let middle = parts.middle();
    check!(parts.outside_holds(outside));
    match change {
        Change::Unmap | Change::Hide => {
            dies_of(SIGSEGV, || middle.load(0))?;
            dies_of(SIGSEGV, || middle.store(PART - 1, 1))
        }
        Change::Protect => {
            check_eq!(middle.differs_anywhere(1), None);
            dies_of(SIGSEGV, || middle.store(0, 1))
        }
        Change::Replace | Change::ReplaceShared | Change::UnmapAndMap => {
            check_eq!(middle.not_zero(), None);
            Ok(())
        }
    }
}

/// In the end the middle can be written again, with what should be in it.
fn write_middle(middle: Area, change: Change) -> Outcome {
    match change {
        Change::Unmap => middle.remap(RW, MAP_PRIVATE)?,
        Change::Protect | Change::Hide => {
            middle.protect(RW)?;
            check_eq!(middle.differs_anywhere(1), None);
        }
        _ => {}
    }
    if !matches!(change, Change::Protect | Change::Hide) {
        check_eq!(middle.not_zero(), None);
    }
    middle.fill_all(7);
    check_eq!(middle.differs_anywhere(7), None);
    Ok(())
}

fn grandchild_over_a_hole() -> Outcome {
    let parts = Parts::new()?;
    in_child(|| {
        parts.middle().unmap()?;
        parts.middle().remap(RW, MAP_PRIVATE)?;
        let first = parts.middle().part(0, PAGE);
        first.fill_all(8);
        in_child(|| {
            check!(parts.outside_holds(1));
            check_eq!(first.differs_anywhere(8), None);
            check_eq!(parts.middle().part(PAGE, PART - PAGE).not_zero(), None);
            parts.fill(9);
            check!(parts.hold(9));
            Ok(())
        })?;
        check_eq!(first.differs_anywhere(8), None);
        check_eq!(parts.middle().part(PAGE, PART - PAGE).not_zero(), None);
        Ok(())
    })?;
    check!(parts.hold(1));
    Ok(())
}

fn grandchild_over_an_open_hole() -> Outcome {
    let parts = Parts::new()?;
    in_child(|| {
        parts.middle().unmap()?;
        in_child(|| {
            dies_of(SIGSEGV, || parts.middle().load(0))?;
            parts.middle().remap(RW, MAP_PRIVATE)?;
            check_eq!(parts.middle().not_zero(), None);
            parts.middle().fill_all(4);
            check_eq!(parts.middle().differs_anywhere(4), None);
            Ok(())
        })?;
        dies_of(SIGSEGV, || parts.middle().load(0))
    })?;
    check!(parts.hold(1));
    Ok(())
}

/// The child maps the middle anew and writes it; its child unmaps that; and the
/// first one still has what it had.
fn change_twice() -> Outcome {
    let parts = Parts::new()?;
    let middle = parts.middle();
    in_child(|| {
        middle.remap(RW, MAP_PRIVATE)?;
        middle.fill_all(5);
        in_child(|| {
            middle.part(0, PAGE).unmap()?;
            dies_of(SIGSEGV, || middle.load(0))?;
            middle.part(PAGE, PAGE).remap(RW, MAP_PRIVATE)?;
            check_eq!(middle.part(PAGE, PAGE).not_zero(), None);
            (2 * PAGE..PART).step_by(8).try_for_each(|at| {
                check_eq!(middle.load_word(at), quire_user::random::word(5, at));
                Ok(())
            })
        })?;
        check_eq!(middle.differs_anywhere(5), None);
        Ok(())
    })?;
    check!(parts.hold(1));
    Ok(())
}

/// A segment with nothing else in it goes as a whole, on one side.
fn whole_segment_unmapped() -> Outcome {
    let parts = Parts::of(Area::map(Some(SEGMENT * 4096), LEN, RW, MAP_PRIVATE)?);
    in_child(|| {
        parts.0.iter().try_for_each(|part| part.unmap())?;
        dies_of(SIGSEGV, || parts.0[0].load(0))?;
        parts
            .0
            .iter()
            .try_for_each(|part| part.remap(RW, MAP_PRIVATE))?;
        check_eq!(parts.0[2].not_zero(), None);
        parts.fill(2);
        Ok(())
    })?;
    check!(parts.hold(1));
    Ok(())
}

fn made_writable() -> Outcome {
    let parts = Parts::new()?;
    parts.middle().protect(PROT_READ)?;
    in_child(|| {
        parts.middle().protect(RW)?;
        parts.fill(2);
        check!(parts.hold(2));
        Ok(())
    })?;
    check!(parts.hold(1));
    dies_of(SIGSEGV, || parts.middle().store(0, 1))?;
    parts.middle().protect(RW)?;
    parts.fill(3);
    check!(parts.hold(3));
    Ok(())
}

fn heap_after_fork() -> Outcome {
    use quire_user::sys::brk;
    // User emulation keeps what brk gives back.
    needs_vm()?;
    // SAFETY: the heap's end only moves over pages that this case added.
    let (start, end) = unsafe {
        let start = brk(0).next_multiple_of(PAGE);
        (start, brk(start + 4 * PAGE))
    };
    check_eq!(end, start + 4 * PAGE);
    let word = |page: usize| {
        // SAFETY: a word of the heap's new pages, where no Rust object is.
        unsafe { &*((start + page * PAGE) as *const core::sync::atomic::AtomicU64) }
    };
    (0..4).for_each(|page| word(page).store(page as u64 + 1, SeqCst));
    in_child(|| {
        // SAFETY: as above.
        unsafe { brk(start + PAGE) };
        dies_of(SIGSEGV, || word(2).load(SeqCst))?;
        // SAFETY: as above.
        unsafe { brk(end) };
        check_eq!(
            [0, 1, 2, 3].map(|page| word(page).load(SeqCst)),
            [1, 0, 0, 0]
        );
        word(3).store(9, SeqCst);
        Ok(())
    })?;
    check_eq!(
        [0, 1, 2, 3].map(|page| word(page).load(SeqCst)),
        [1, 2, 3, 4]
    );
    Ok(())
}

fn detached_object() -> Outcome {
    let area = Area::shared(LEN)?;
    area.fill_all(1);
    in_child(|| {
        area.unmap()?;
        dies_of(SIGSEGV, || area.load(0))
    })?;
    check_eq!(area.differs_anywhere(1), None);
    Ok(())
}
