//! System V segments: attached by VSID at a 256 MiB boundary, by aliases elsewhere.

use crate::harness::{Case, Outcome, Why, begin, dies_of, finish, in_child, needs_vm, soon};
use core::sync::atomic::{AtomicU32, Ordering::SeqCst};
use quire_user::linux::*;
use quire_user::sys::{self, IPC_CREAT, IPC_PRIVATE, SHM_RDONLY};
use quire_user::{Area, Errno, PAGE, SEGMENT, Shared, proc};

/// The suite.
pub const CASES: &[Case] = &[
    ("aligned_has_no_aliases", aligned_has_no_aliases),
    ("aligned_is_one_set_of_ptes_for_all", one_set_of_ptes),
    ("unaligned_has_aliases", unaligned_has_aliases),
    ("both_kinds_see_each_other", both_kinds_see_each_other),
    ("twice_in_one_process", twice_in_one_process),
    ("anywhere", anywhere),
    ("read_only", read_only),
    ("read_only_beside_writable", read_only_beside_writable),
    ("across_fork", across_fork),
    ("across_many_forks_with_writes", across_many_forks),
    ("bytes_outlive_processes", bytes_outlive_processes),
    ("protect_a_part", protect_a_part),
    ("unmap_a_part", unmap_a_part),
    ("more_than_a_segment_long", odd_sizes),
];

/// A 256 MiB boundary where nothing is.
pub const ALIGNED: usize = 1 << 43;
/// No such boundary.
pub const UNALIGNED: usize = (1 << 43) + 16 * SEGMENT + 3 * PAGE;
/// The size of most segments here.
pub const LEN: usize = 16 * PAGE;

/// A segment that is removed when the case is done with it.
pub struct Segment(pub i32);

impl Segment {
    /// Makes one of `len` bytes.
    pub fn new(len: usize) -> Result<Segment, Errno> {
        sys::shmget(IPC_PRIVATE, len, IPC_CREAT | 0o600).map(Segment)
    }

    /// Attaches it at `at`, [`LEN`] bytes.
    pub fn attach(&self, at: usize) -> Result<Area, Errno> {
        Area::attach(self.0, at, LEN, 0)
    }

    /// How many attachments it has.
    pub fn attached(&self) -> Result<usize, Errno> {
        sys::shm_info(self.0).map(|info| info.attached)
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        // It may be removed already.
        let _ = sys::shm_remove(self.0);
    }
}

fn row(area: Area) -> Result<proc::SegmentRow, Why> {
    proc::segment_of(area.base())
        .ok_or_else(|| Why::skipped("this kernel has no /proc/self/segments"))
}

fn aligned_has_no_aliases() -> Outcome {
    needs_vm()?;
    let segment = Segment::new(LEN)?;
    let area = segment.attach(ALIGNED)?;
    check_eq!(area.base(), ALIGNED);
    area.fill_all(1);
    let row = row(area)?;
    check_eq!((row.names, row.aliases, row.ptes), (16, 0, 16));
    check_eq!(area.differs_anywhere(1), None);
    Ok(())
}

fn one_set_of_ptes() -> Outcome {
    needs_vm()?;
    let segment = Segment::new(LEN)?;
    let area = segment.attach(ALIGNED)?;
    area.fill_all(1);
    let (mine, others) = (row(area)?, Shared::<[AtomicU32; 2]>::new()?);
    area.detach()?;
    let mut children = [0; 8];
    for pid in &mut children {
        *pid = begin(|| {
            let area = segment.attach(ALIGNED)?;
            check_eq!(area.differs_anywhere(1), None);
            area.fill_all(1);
            others[0].fetch_add(1, SeqCst);
            check!(soon(|| others[0].load(SeqCst) == 8));
            let row = row(area)?;
            check_eq!(
                (row.vsid, row.names, row.aliases, row.ptes),
                (mine.vsid, 16, 0, 16)
            );
            others[1].fetch_add(1, SeqCst);
            check!(soon(|| others[1].load(SeqCst) == 8));
            Ok(())
        })?
        .0;
    }
    children
        .into_iter()
        .try_for_each(|pid| finish(sys::Child(pid)))
}

fn unaligned_has_aliases() -> Outcome {
    needs_vm()?;
    let segment = Segment::new(LEN)?;
    let area = segment.attach(UNALIGNED)?;
    check_eq!(area.base(), UNALIGNED);
    area.fill_all(1);
    check_eq!(row(area)?.aliases, 16);
    area.detach()?;
    check!(
        row(area).map_or(0, |row| row.aliases) == 0,
        "aliases stay after shmdt"
    );
    Ok(())
}

fn both_kinds_see_each_other() -> Outcome {
    let segment = Segment::new(LEN)?;
    let turn = Shared::<AtomicU32>::new()?;
    let aligned = segment.attach(ALIGNED)?;
    aligned.fill_all(1);
    let child = begin(|| {
        aligned.detach()?;
        let area = segment.attach(UNALIGNED)?;
        check_eq!(area.differs_anywhere(1), None);
        area.fill_all(2);
        turn.store(1, SeqCst);
        check!(soon(|| turn.load(SeqCst) == 2));
        check_eq!(area.differs_anywhere(3), None);
        Ok(())
    })?;
    check!(soon(|| turn.load(SeqCst) == 1));
    check_eq!(aligned.differs_anywhere(2), None);
    aligned.fill_all(3);
    turn.store(2, SeqCst);
    finish(child)
}

fn twice_in_one_process() -> Outcome {
    let segment = Segment::new(LEN)?;
    let (a, b, c) = (
        segment.attach(ALIGNED)?,
        segment.attach(UNALIGNED)?,
        segment.attach(ALIGNED + 4 * SEGMENT)?,
    );
    for (i, area) in [a, b, c].into_iter().enumerate() {
        area.fill_all(i as u64);
        [a, b, c].into_iter().try_for_each(|seen| {
            check_eq!(seen.differs_anywhere(i as u64), None);
            Ok(())
        })?;
    }
    check_eq!(segment.attached()?, 3);
    b.detach()?;
    c.store(5, 99);
    check_eq!(a.load(5), 99);
    Ok(())
}

fn anywhere() -> Outcome {
    let segment = Segment::new(LEN)?;
    let (a, b) = (segment.attach(0)?, segment.attach(0)?);
    check!(a.base() != b.base() && a.base().is_multiple_of(PAGE));
    a.fill_all(1);
    check_eq!(b.differs_anywhere(1), None);
    Ok(())
}

fn read_only() -> Outcome {
    let segment = Segment::new(LEN)?;
    let writable = segment.attach(ALIGNED)?;
    writable.fill_all(1);
    writable.detach()?;
    for at in [ALIGNED, UNALIGNED] {
        let area = Area::attach(segment.0, at, LEN, SHM_RDONLY)?;
        check_eq!(area.differs_anywhere(1), None);
        dies_of(SIGSEGV, || area.store(0, 1))?;
        area.detach()?;
    }
    Ok(())
}

fn read_only_beside_writable() -> Outcome {
    let segment = Segment::new(LEN)?;
    let writable = segment.attach(ALIGNED)?;
    let reader = begin(|| {
        writable.detach()?;
        let area = Area::attach(segment.0, ALIGNED, LEN, SHM_RDONLY)?;
        check!(soon(|| area.load(0) == 7));
        dies_of(SIGSEGV, || area.store(0, 1))
    })?;
    writable.store(0, 7);
    finish(reader)?;
    writable.store(0, 8);
    check_eq!(writable.load(0), 8);
    Ok(())
}

fn across_fork() -> Outcome {
    let segment = Segment::new(LEN)?;
    for at in [ALIGNED, UNALIGNED] {
        let area = segment.attach(at)?;
        area.fill_all(1);
        in_child(|| {
            check_eq!(area.differs_anywhere(1), None);
            area.fill_all(2);
            Ok(())
        })?;
        check_eq!(area.differs_anywhere(2), None);
        area.detach()?;
    }
    Ok(())
}

/// A private page beside an unaligned attachment: its segment moves at each
/// write, and the aliases with it.
fn across_many_forks() -> Outcome {
    let segment = Segment::new(LEN)?;
    let (area, aligned) = (segment.attach(UNALIGNED)?, segment.attach(ALIGNED)?);
    let beside = Area::map(
        Some(UNALIGNED + LEN),
        PAGE,
        quire_user::area::RW,
        MAP_PRIVATE,
    )?;
    for i in 0..30 {
        beside.fill_all(i);
        in_child(|| {
            check_eq!(beside.differs_anywhere(i), None);
            beside.fill_all(i + 100);
            area.part(0, LEN / 2).fill_all(i);
            aligned.store_word(LEN - 8, i);
            Ok(())
        })?;
        check_eq!(aligned.part(0, LEN / 2).differs_anywhere(i), None);
        check_eq!(area.load_word(LEN - 8), i);
        check_eq!(beside.differs_anywhere(i), None);
    }
    Ok(())
}

fn bytes_outlive_processes() -> Outcome {
    let segment = Segment::new(LEN)?;
    in_child(|| {
        segment.attach(ALIGNED)?.fill_all(6);
        Ok(())
    })?;
    in_child(|| {
        check_eq!(segment.attach(UNALIGNED)?.differs_anywhere(6), None);
        Ok(())
    })
}

fn protect_a_part() -> Outcome {
    let segment = Segment::new(LEN)?;
    let area = segment.attach(ALIGNED)?;
    area.fill_all(1);
    in_child(|| {
        area.part(4 * PAGE, PAGE).protect(PROT_READ)?;
        dies_of(SIGSEGV, || area.store(4 * PAGE, 1))?;
        area.store(0, 9);
        check_eq!(
            area.load_word(4 * PAGE),
            quire_user::random::word(1, 4 * PAGE)
        );
        Ok(())
    })?;
    check_eq!(area.load(0), 9);
    area.fill_all(2);
    check_eq!(area.differs_anywhere(2), None);
    Ok(())
}

fn unmap_a_part() -> Outcome {
    let segment = Segment::new(LEN)?;
    let area = segment.attach(ALIGNED)?;
    area.fill_all(1);
    in_child(|| {
        area.part(4 * PAGE, PAGE).unmap()?;
        dies_of(SIGSEGV, || area.load(4 * PAGE))?;
        area.store(5 * PAGE, 9);
        let private = Area::map(
            Some(area.base() + 4 * PAGE),
            PAGE,
            quire_user::area::RW,
            MAP_PRIVATE,
        )?;
        private.fill_all(4);
        Ok(())
    })?;
    check_eq!(area.load(5 * PAGE), 9);
    check_eq!(area.part(0, 4 * PAGE).differs_anywhere(1), None);
    Ok(())
}

/// An object that needs more than one segment, of which the last is not full.
fn odd_sizes() -> Outcome {
    let len = SEGMENT + 5 * PAGE;
    let segment = Segment(sys::shmget(IPC_PRIVATE, len, IPC_CREAT | 0o600)?);
    let area = Area::attach(segment.0, ALIGNED, len, 0)?;
    let edges = [0, PAGE, SEGMENT - PAGE, SEGMENT, len - PAGE];
    edges
        .iter()
        .for_each(|&at| area.part(at, PAGE).fill_all(at as u64));
    in_child(|| {
        area.detach()?;
        let area = Area::attach(segment.0, UNALIGNED, len, 0)?;
        edges.iter().try_for_each(|&at| {
            check_eq!(area.part(at, PAGE).differs_anywhere(at as u64), None);
            Ok(())
        })
    })?;
    // SAFETY: nothing is mapped after the object; the load ends the child.
    dies_of(SIGSEGV, || unsafe {
        ((ALIGNED + len) as *const u8).read_volatile()
    })
}
