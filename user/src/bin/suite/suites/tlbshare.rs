//! What a change of memory that several processes see takes out of the TLB, and which
//! process identifiers its entries are tagged with.

use super::text;
use super::tlb::{PLACE, pages, sometime, tidy, tlb};
use crate::harness::{Case, Outcome, Why, begin, finish};
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use quire_user::area::RW;
use quire_user::linux::*;
use quire_user::sys::{self, Child, Fd, Pipe};
use quire_user::tlb::Tlb;
use quire_user::{Area, Errno, PAGE, SEGMENT, Shared, proc};

/// The second part of the suite.
pub const CASES: &[Case] = &[
    ("shorter_file_is_gone_for_all", shorter_file),
    ("shorter_file_at_odd_places", shorter_file_at_odd_places),
    ("file_outgrows_its_mappings", file_outgrows),
    ("unmapped_by_one_stays_for_others", unmapped_by_one),
    ("fork_takes_the_right_to_write", fork_takes_the_right),
    ("key_comes_back_without_loss", key_comes_back),
    ("writer_moves_away", writer_moves_away),
    ("copy_replaces_the_entry", copy_replaces),
    ("exit_leaves_nothing", exit_leaves_nothing),
    ("exec_leaves_nothing", exec_leaves_nothing),
    ("more_processes_than_identifiers", more_processes),
];

/// Pages as far apart as this are not entered by one fault (kernel/vm/src/around.rs).
const NEIGHBOURS: usize = 16;

/// Others that have touched some memory and now wait.
struct Others<const N: usize> {
    go: Pipe,
    children: [Child; N],
}

impl<const N: usize> Others<N> {
    /// Each child does `touch` with its number, then waits.
    fn start(touch: impl Fn(usize) -> Outcome) -> Result<Self, Why> {
        let (go, ready) = (sys::pipe()?, sys::pipe()?);
        let mut children = [const { Child(0) }; N];
        for (n, child) in children.iter_mut().enumerate() {
            *child = begin(|| {
                sys::close(go.write)?;
                touch(n)?;
                sys::write(ready.write, b"x")?;
                sys::read(go.read, &mut [0])?;
                Ok(())
            })?;
        }
        sys::close(ready.write)?;
        for _ in 0..N {
            check_eq!(sys::read(ready.read, &mut [0])?, 1);
        }
        sys::close(ready.read)?;
        Ok(Others { go, children })
    }

    /// They end.
    fn end(self) -> Outcome {
        self.go.close()?;
        self.children.into_iter().try_for_each(finish)
    }
}

/// Of how many pages the processes see those of a file, and how many are left of them.
const LONG: usize = 4;
const SHORT: usize = 2;
/// How many others map it.
const OTHERS: usize = 3;

/// A file that some processes have mapped becomes shorter. `map` gives process `n` the
/// file from page `first` on, and says where.
fn shortened(map: fn(n: usize, fd: Fd, first: usize) -> Result<usize, Errno>) -> Outcome {
    sometime(|at| {
        let first = (at - PLACE) / PAGE;
        let fd = sys::memfd_create(c"shortened", 0)?;
        sys::ftruncate(fd, ((first + LONG) * PAGE) as i64)?;
        let places = Shared::<[AtomicUsize; OTHERS]>::new()?;
        let others = Others::<OTHERS>::start(|n| {
            let place = map(n, fd, first)?;
            Area::over(place, LONG * PAGE).fill(1);
            places[n].store(place, SeqCst);
            Ok(())
        })?;
        let before = tlb()?;
        sys::ftruncate(fd, ((first + SHORT) * PAGE) as i64)?;
        let after = tlb()?;
        tidy()?;
        let (mut seen, mut kept) = (true, true);
        for place in places.iter().map(|place| place.load(SeqCst)) {
            for page in 0..LONG {
                let at = place + page * PAGE;
                let [was, is] = [&before, &after].map(|tlb| tlb.of(at).count());
                check!(page < SHORT || is == 0, "{at:#x} is still there");
                seen &= was > 0;
                kept &= page >= SHORT || is == was;
            }
        }
        others.end()?;
        sys::close(fd)?;
        Ok(seen && kept)
    })
}

/// A whole segment: the processes have the same, and the same PTEs.
fn shorter_file() -> Outcome {
    shortened(|_, fd, first| {
        Area::file_at(PLACE, fd, 0, SEGMENT, RW, MAP_SHARED)?;
        Ok(PLACE + first * PAGE)
    })
}

/// In each process at another address: by aliases.
fn shorter_file_at_odd_places() -> Outcome {
    shortened(|n, fd, first| {
        let at = PLACE + SEGMENT - 3 * PAGE + (first + n * 7) * PAGE;
        let area = Area::file_at(at, fd, first * PAGE, LONG * PAGE, RW, MAP_SHARED)?;
        Ok(area.base())
    })
}

/// Others have mapped all of a file, each as a segment, which is no longer right when it
/// is longer: then they must reach it in another way.
fn file_outgrows() -> Outcome {
    sometime(|at| {
        let fd = sys::memfd_create(c"outgrows", 0)?;
        let length = at - PLACE + OTHERS * PAGE;
        sys::ftruncate(fd, length as i64)?;
        // Each has a page of its own, so that they do not take one's place from another.
        let page = |n| at + n * PAGE;
        let others = Others::<OTHERS>::start(|n| {
            Area::file_at(PLACE, fd, 0, length, RW, MAP_SHARED)?;
            Area::over(page(n), PAGE).fill(1);
            Ok(())
        })?;
        let before = tlb()?;
        sys::ftruncate(fd, (length + PAGE) as i64)?;
        tidy()?;
        sys::ftruncate(fd, 0)?;
        let after = tlb()?;
        tidy()?;
        others.end()?;
        sys::close(fd)?;
        check!((0..OTHERS).all(|n| after.of(page(n)).count() == 0));
        Ok((0..OTHERS).all(|n| before.of(page(n)).count() == 1))
    })
}

fn unmapped_by_one() -> Outcome {
    sometime(|at| {
        let fd = sys::memfd_create(c"unmapped", 0)?;
        sys::ftruncate(fd, (at - PLACE + 2 * PAGE) as i64)?;
        let area = Area::file_at(PLACE, fd, 0, SEGMENT, RW, MAP_SHARED)?;
        let [mine, theirs] = [at, at + PAGE].map(|at| Area::over(at, PAGE));
        let others = Others::<1>::start(|_| {
            theirs.store(0, 1);
            Ok(())
        })?;
        mine.store(0, 2);
        let there = |tlb: &Tlb| [mine, theirs].map(|page| tlb.of(page.base()).count());
        let before = tlb()?;
        area.unmap()?;
        let after = tlb()?;
        tidy()?;
        others.end()?;
        sys::close(fd)?;
        check_eq!(there(&after)[0], 0);
        Ok(there(&before) == [1, 1] && there(&after) == [0, 1])
    })
}

fn fork_takes_the_right() -> Outcome {
    sometime(|at| {
        let area = pages(at, 4)?;
        // A process that has nothing to do with the fork.
        let elsewhere = at + 5 * SEGMENT + 60 * PAGE;
        let bystander = Others::<1>::start(|_| {
            pages(elsewhere, 1)?.store(0, 1);
            Ok(())
        })?;
        let seen = Shared::<AtomicU64>::new()?;
        area.fill(1);
        let before = tlb()?;
        finish(begin(|| {
            let after = tlb()?;
            tidy()?;
            for page in 0..4 {
                for entry in after.of(area.base() + page * PAGE) {
                    check!(!entry.programs.contains(&b'w'), "after fork: {entry:x?}");
                }
            }
            seen.store(after.of(elsewhere).count() as u64, SeqCst);
            Ok(())
        })?)?;
        bystander.end()?;
        check_eq!(area.differs(1), None);
        area.unmap()?;
        let there = (0..4).all(|page| before.mine(at + page * PAGE).is_some());
        Ok(there && before.of(elsewhere).count() == 1 && seen.load(SeqCst) == 1)
    })
}

/// The child is gone, the segment its parent's alone: a write turns the key back, and
/// the other pages' entries stay as they are. Not those of its neighbours: after an eager
/// fork the fault gives them the right to write too, and the entries that lack it go.
fn key_comes_back() -> Outcome {
    let mut line = [0; 1024];
    if proc::read(c"/proc/cmdline", &mut line)?.contains("fork=lazy") {
        return Err(Why::skipped("a lazy fork moves both sides"));
    }
    sometime(|at| {
        let area = pages(at, NEIGHBOURS + 1)?;
        area.fill(1);
        finish(begin(|| Ok(()))?)?;
        let far = NEIGHBOURS * PAGE;
        [0, far].iter().for_each(|offset| _ = area.load(*offset));
        let before = tlb()?;
        area.store(0, 5);
        let after = tlb()?;
        tidy()?;
        area.unmap()?;
        let was = before.mine(at + far).map(|entry| entry.programs);
        let kept = after.mine(at + far).map(|entry| entry.programs);
        check!(was.is_none_or(|rights| rights == *b"r--"), "it was {was:?}");
        Ok(was.is_some() && kept == was)
    })
}

/// One side writes while the other is there: what it translated by the segment that both
/// had is gone, whether it was written or not.
fn writer_moves_away() -> Outcome {
    for _ in 0..5 {
        let area = pages(PLACE, 3)?;
        area.fill(1);
        let others = Others::<1>::start(|_| {
            check_eq!(area.differs(1), None);
            Ok(())
        })?;
        check_eq!(area.differs(1), None);
        area.part(0, PAGE).fill(2);
        tidy()?;
        check_eq!(area.part(0, PAGE).differs(2), None);
        others.end()?;
        area.fill(3);
        tidy()?;
        check_eq!(area.differs(3), None);
        area.unmap()?;
    }
    Ok(())
}

fn copy_replaces() -> Outcome {
    sometime(|at| {
        let area = pages(at, 1)?;
        area.store(0, 1);
        let real = || Ok::<_, Why>(tlb()?.mine(at).map(|entry| entry.real));
        let others = Others::<1>::start(|_| Ok(()))?;
        area.load(0);
        let before = real()?;
        area.store(0, 2);
        let after = real()?;
        tidy()?;
        check_eq!(area.load(0), 2);
        others.end()?;
        area.unmap()?;
        check!(before.is_none() || before != after, "still at {before:?}");
        Ok(before.is_some() && after.is_some())
    })
}

fn exit_leaves_nothing() -> Outcome {
    tlb()?;
    let tag = Shared::<AtomicU64>::new()?;
    for _ in 0..5 {
        finish(begin(|| {
            tag.store(tlb()?.pid, SeqCst);
            pages(PLACE, 4)?.fill(1);
            Ok(())
        })?)?;
        let (tag, after) = (tag.load(SeqCst), tlb()?);
        let left = after.entries().filter(|entry| entry.pid == tag).count();
        check!(left == 0, "{left} entries of a process that is no more");
        tidy()?;
    }
    Ok(())
}

fn exec_leaves_nothing() -> Outcome {
    let area = pages(PLACE, 4)?;
    tlb()?;
    let (said, go) = (sys::pipe()?, sys::pipe()?);
    for _ in 0..5 {
        area.fill(1);
        let child = sys::spawn(|| {
            area.differs(1);
            text::become_waiting(said, go)
        })?;
        check_eq!(sys::read(said.read, &mut [0])?, 1);
        let after = tlb()?;
        for page in 0..4 {
            let entries = after.of(PLACE + page * PAGE);
            let others = entries.filter(|entry| entry.pid != after.pid).count();
            check!(others == 0, "the new program has the old one's page");
        }
        tidy()?;
        sys::write(go.write, b"x")?;
        check_eq!(child.wait()?.code(), Some(0));
    }
    Ok(())
}

/// More than PIDs. They take turns at one address, and each finds what it has left there.
fn more_processes() -> Outcome {
    const MANY: usize = 300;
    const TURNS: u64 = 4;
    let area = pages(PLACE, 1)?;
    let go = sys::pipe()?;
    let mut children = [const { Child(0) }; MANY];
    for (n, child) in children.iter_mut().enumerate() {
        *child = begin(|| {
            area.store_word(0, n as u64);
            sys::read(go.read, &mut [0])?;
            for turn in 0..TURNS {
                check_eq!(area.load_word(0), n as u64 + turn * 1000);
                area.store_word(0, n as u64 + (turn + 1) * 1000);
                sys::sched_yield();
            }
            check_eq!(area.load_word(0), n as u64 + TURNS * 1000);
            Ok(())
        })?;
    }
    let before = tlb();
    sys::write(go.write, &[0; MANY])?;
    children.into_iter().try_for_each(finish)?;
    // On other machines there is nothing more to see.
    if let (Ok(before), Ok(after)) = (before, tlb()) {
        let more = after.given - before.given;
        check!(more > TURNS * 30, "only {more} PIDs were given");
        tidy()?;
    }
    Ok(())
}
