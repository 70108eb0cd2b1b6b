//! Copy-on-write: a page is copied when one side writes and the other could still
//! read it, and not otherwise.

use crate::harness::{
    Case, Outcome, begin, finish, in_child, needs_vm, pages_up_to, settled_free, soon,
};
use core::ffi::CStr;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};
use quire_user::linux::*;
use quire_user::{Area, PAGE, Shared, proc, sys};

/// The suite. The sequences of fork and changed mappings are in `sequence`.
pub const CASES: &[Case] = &[
    ("child_writes_first", child_writes_first),
    ("parent_writes_first", parent_writes_first),
    ("last_owner_keeps_its_frames", last_owner_keeps_its_frames),
    ("both_rewrite_everything", both_rewrite_everything),
    ("untouched_pages_read_zero", untouched_pages_read_zero),
    ("shared_pages_are_not_copied", shared_pages_are_not_copied),
    (
        "shared_and_private_side_by_side",
        shared_and_private_side_by_side,
    ),
    ("many_readers_one_writer", many_readers_one_writer),
    ("kernel_writes_into_the_child", kernel_writes_into_the_child),
    (
        "kernel_writes_into_the_parent",
        kernel_writes_into_the_parent,
    ),
    ("kernel_writes_across_pages", kernel_writes_across_pages),
    (
        "kernel_reads_what_each_side_wrote",
        kernel_reads_what_each_side_wrote,
    ),
    (
        "cycles_of_fork_and_write_keep_the_frames",
        cycles_keep_the_frames,
    ),
    ("chain_of_writers", chain_of_writers),
    ("sparse_pages", sparse_pages),
];

const LEN: usize = 32 * PAGE;

fn child_writes_first() -> Outcome {
    let area = Area::private(LEN)?;
    area.fill_all(1);
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

fn parent_writes_first() -> Outcome {
    let area = Area::private(LEN)?;
    area.fill_all(1);
    let turn = Shared::<AtomicU32>::new()?;
    let child = begin(|| {
        check!(soon(|| turn.load(SeqCst) == 1));
        check_eq!(area.differs_anywhere(1), None);
        area.part(0, LEN / 2).fill_all(2);
        check_eq!(area.part(0, LEN / 2).differs_anywhere(2), None);
        Ok(())
    })?;
    area.fill_all(3);
    turn.store(1, SeqCst);
    finish(child)?;
    check_eq!(area.differs_anywhere(3), None);
    Ok(())
}

/// The counter `name` of /proc/vm/stat.
fn stat(name: &str) -> u64 {
    proc::lookup(c"/proc/vm/stat", name).unwrap_or(0)
}

/// After the child has gone, the parent's writes copy nothing.
fn last_owner_keeps_its_frames() -> Outcome {
    needs_vm()?;
    let area = Area::private(256 * PAGE)?;
    area.fill(1);
    in_child(|| {
        area.part(0, 4 * PAGE).fill(2);
        Ok(())
    })?;
    let before = stat("copies");
    area.fill(3);
    let copies = stat("copies") - before;
    check!(
        copies < 16,
        "{copies} copies for 256 pages that no one else could see"
    );
    check_eq!(area.differs(3), None);
    Ok(())
}

/// 24 MiB, or what the machine has for it, rewritten by both sides at once: never more
/// than twice the process, plus 1 %.
fn both_rewrite_everything() -> Outcome {
    let area = Area::private(pages_up_to(6144) * PAGE)?;
    area.fill(1);
    let pages = area.pages() as u64;
    let free = || proc::free_frames().unwrap_or(u64::MAX);
    let (start, least) = (settled_free().unwrap_or(0), Shared::<AtomicU64>::new()?);
    least.store(free(), SeqCst);
    let rewrite = |seed: u64| {
        for page in 0..area.pages() {
            area.store_word(page * PAGE, seed + page as u64);
            if page % 64 == 0 {
                least.fetch_min(free(), SeqCst);
                sys::sched_yield();
            }
        }
        least.fetch_min(free(), SeqCst);
    };
    let written =
        |seed: u64| (0..area.pages()).all(|page| area.load_word(page * PAGE) == seed + page as u64);
    let child = begin(|| {
        rewrite(1 << 32);
        check!(written(1 << 32));
        Ok(())
    })?;
    rewrite(1 << 40);
    finish(child)?;
    check!(written(1 << 40));
    needs_vm()?;
    let extra = start.saturating_sub(least.load(SeqCst));
    check!(
        extra <= pages + 2 * pages / 100,
        "{extra} more frames at the peak, for a process of {pages}"
    );
    Ok(())
}

fn untouched_pages_read_zero() -> Outcome {
    let area = Area::private(LEN)?;
    area.part(0, PAGE).fill_all(1);
    in_child(|| {
        check_eq!(area.part(PAGE, LEN - PAGE).not_zero(), None);
        area.part(2 * PAGE, PAGE).fill_all(2);
        check_eq!(area.part(3 * PAGE, LEN - 3 * PAGE).not_zero(), None);
        Ok(())
    })?;
    check_eq!(area.part(PAGE, LEN - PAGE).not_zero(), None);
    Ok(())
}

fn shared_pages_are_not_copied() -> Outcome {
    let area = Area::shared(LEN)?;
    area.part(0, LEN / 2).fill_all(1);
    in_child(|| {
        check_eq!(area.part(0, LEN / 2).differs_anywhere(1), None);
        area.fill_all(2);
        in_child(|| {
            area.part(0, PAGE).fill_all(3);
            Ok(())
        })
    })?;
    check_eq!(area.part(0, PAGE).differs_anywhere(3), None);
    (0..LEN)
        .step_by(8)
        .filter(|&at| at >= PAGE)
        .try_for_each(|at| {
            check_eq!(area.load_word(at), quire_user::random::word(2, at));
            Ok(())
        })
}

fn shared_and_private_side_by_side() -> Outcome {
    let area = Area::private(3 * PAGE)?;
    let shared = area.part(PAGE, PAGE);
    shared.remap(quire_user::area::RW, MAP_SHARED)?;
    (0..3).for_each(|i| area.part(i * PAGE, PAGE).fill_all(1));
    in_child(|| {
        (0..3).for_each(|i| area.part(i * PAGE, PAGE).fill_all(2));
        Ok(())
    })?;
    check_eq!(area.part(0, PAGE).differs_anywhere(1), None);
    check_eq!(shared.differs_anywhere(2), None);
    check_eq!(area.part(2 * PAGE, PAGE).differs_anywhere(1), None);
    Ok(())
}

fn many_readers_one_writer() -> Outcome {
    let area = Area::private(LEN)?;
    area.fill_all(1);
    let go = Shared::<AtomicU32>::new()?;
    let read = || {
        check!(soon(|| go.load(SeqCst) == 1));
        check_eq!(area.differs_anywhere(1), None);
        Ok(())
    };
    let readers = [
        begin(read)?,
        begin(read)?,
        begin(read)?,
        begin(read)?,
        begin(read)?,
        begin(read)?,
    ];
    area.fill_all(2);
    go.store(1, SeqCst);
    readers.into_iter().try_for_each(finish)?;
    check_eq!(area.differs_anywhere(2), None);
    Ok(())
}

/// Reads `len` bytes of `file` to `offset` of `area`: the kernel's own write.
fn read_into(
    area: Area,
    offset: usize,
    len: usize,
    file: &CStr,
) -> Result<usize, quire_user::Errno> {
    let place = area.part(offset, len);
    let fd = sys::open(file, O_RDONLY)?;
    // SAFETY: the bytes are an area's.
    let n = unsafe { sys::read_at(fd, place.base(), len) };
    sys::close(fd)?;
    n
}

fn kernel_writes_into_the_child() -> Outcome {
    let area = Area::private(2 * PAGE)?;
    area.fill_all(1);
    in_child(|| {
        check_eq!(read_into(area, 0, PAGE, c"/dev/zero")?, PAGE);
        check_eq!(area.part(0, PAGE).not_zero(), None);
        check_eq!(area.load_word(PAGE), quire_user::random::word(1, PAGE));
        Ok(())
    })?;
    check_eq!(area.differs_anywhere(1), None);
    Ok(())
}

fn kernel_writes_into_the_parent() -> Outcome {
    let area = Area::private(2 * PAGE)?;
    area.fill_all(1);
    let turn = Shared::<AtomicU32>::new()?;
    let child = begin(|| {
        check!(soon(|| turn.load(SeqCst) == 1));
        check_eq!(area.differs_anywhere(1), None);
        area.fill_all(2);
        Ok(())
    })?;
    check_eq!(read_into(area, 0, PAGE, c"/dev/zero")?, PAGE);
    turn.store(1, SeqCst);
    finish(child)?;
    check_eq!(area.part(0, PAGE).not_zero(), None);
    check_eq!(area.load_word(PAGE), quire_user::random::word(1, PAGE));
    Ok(())
}

fn kernel_writes_across_pages() -> Outcome {
    let area = Area::private(4 * PAGE)?;
    area.fill_all(1);
    in_child(|| {
        check_eq!(read_into(area, PAGE - 8, 2 * PAGE, c"/dev/zero")?, 2 * PAGE);
        check_eq!(area.part(PAGE - 8, 2 * PAGE).not_zero(), None);
        check_eq!(area.load_word(0), quire_user::random::word(1, 0));
        Ok(())
    })?;
    check_eq!(area.differs_anywhere(1), None);
    // An ELF file starts with these bytes.
    check_eq!(read_into(area, PAGE - 2, 4, c"/bin/true")?, 4);
    check_eq!([0, 1, 2, 3].map(|i| area.load(PAGE - 2 + i)), *b"\x7fELF");
    Ok(())
}

/// The path is in a page that both sides write: the kernel reads each one's own.
fn kernel_reads_what_each_side_wrote() -> Outcome {
    let area = Area::private(PAGE)?;
    let put = |text: &[u8]| {
        text.iter()
            .enumerate()
            .for_each(|(i, &byte)| area.store(i, byte))
    };
    put(b"/nowhere\0");
    // SAFETY: the path is in the area and has its NUL.
    let path = unsafe { CStr::from_ptr(area.base() as *const _) };
    let opens = || sys::open(path, O_RDONLY).and_then(sys::close).is_ok();
    in_child(|| {
        check!(!opens());
        put(b"/dev/zero\0");
        check!(opens());
        Ok(())
    })?;
    check!(!opens());
    Ok(())
}

fn cycles_keep_the_frames() -> Outcome {
    let area = Area::private(LEN)?;
    area.fill(0);
    let mut before = None;
    for i in 0..300 {
        let child = begin(|| {
            check_eq!(area.differs(i), None);
            area.part(0, LEN / 2).fill(5);
            Ok(())
        })?;
        area.fill(i + 1);
        finish(child)?;
        if i == 9 {
            before = settled_free();
        }
    }
    check_eq!(settled_free(), before);
    Ok(())
}

/// A writes, forks B; B writes another page, forks C; C sees both and writes a
/// third; then each looks.
fn chain_of_writers() -> Outcome {
    let area = Area::private(4 * PAGE)?;
    let word = |page: usize| area.load_word(page * PAGE);
    let all = || [word(0), word(1), word(2), word(3)];
    area.store_word(0, 1);
    in_child(|| {
        area.store_word(PAGE, 2);
        in_child(|| {
            area.store_word(2 * PAGE, 3);
            check_eq!(all(), [1, 2, 3, 0]);
            area.store_word(0, 4);
            check_eq!(all(), [4, 2, 3, 0]);
            Ok(())
        })?;
        check_eq!(all(), [1, 2, 0, 0]);
        area.store_word(0, 5);
        check_eq!(all(), [5, 2, 0, 0]);
        Ok(())
    })?;
    check_eq!(all(), [1, 0, 0, 0]);
    Ok(())
}

/// One page in each of many segments.
fn sparse_pages() -> Outcome {
    const COUNT: usize = 40;
    let base = 1usize << 41;
    let page = |i: usize| {
        Area::map(
            Some(base + i * quire_user::SEGMENT + i * PAGE),
            PAGE,
            quire_user::area::RW,
            MAP_PRIVATE,
        )
    };
    let mut pages = [Area::private(PAGE)?; COUNT];
    for (i, slot) in pages.iter_mut().enumerate() {
        *slot = page(i)?;
        slot.fill_all(i as u64);
    }
    let holds = |shift: u64| {
        pages
            .iter()
            .enumerate()
            .all(|(i, page)| page.differs_anywhere(i as u64 + shift).is_none())
    };
    in_child(|| {
        check!(holds(0));
        pages
            .iter()
            .enumerate()
            .for_each(|(i, page)| page.fill_all(i as u64 + 100));
        check!(holds(100));
        Ok(())
    })?;
    check!(holds(0));
    Ok(())
}
