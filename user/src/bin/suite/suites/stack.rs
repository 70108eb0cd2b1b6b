//! Stacks that grow as they are used, and where they stop.

use crate::harness::{Case, Outcome, dies_of, in_child, not_in_qemu_user};
use quire_user::area::RW;
use quire_user::linux::*;
use quire_user::sys::{self, Status};
use quire_user::{Area, Errno, PAGE, SEGMENT, proc};

/// The suite's first part.
pub const CASES: &[Case] = &[
    ("grows_by_recursion", grows_by_recursion),
    ("limit_is_kept", limit_is_kept),
    ("limit_is_inherited", limit_is_inherited),
    ("grows_for_the_kernel", grows_for_the_kernel),
    ("grows_on_one_side_of_a_fork", grows_on_one_side),
    ("maps_names_it", maps_names_it),
    ("growing_region", growing_region),
    ("growing_region_is_the_limits_too", growing_region_limit),
    ("growing_region_keeps_its_rights", growing_region_rights),
    ("growing_region_after_fork", growing_region_after_fork),
    ("growing_region_across_a_segment", growing_across_a_segment),
    ("gap_below_is_kept", gap_below_is_kept),
];

const QEMU: &str = "its stack is as it is";
/// A place where nothing is, at a segment's start.
const FAR: usize = 4096 * SEGMENT;
/// Pages that stay free below what grows.
const GAP: usize = 256;

/// Uses a page of stack a call, and comes back.
#[inline(never)]
fn recurse(pages: usize) -> usize {
    let mut room = [0u8; PAGE];
    room[pages % PAGE] = 1;
    core::hint::black_box(&mut room);
    match pages {
        0 => 0,
        _ => recurse(pages - 1) + room[pages % PAGE] as usize,
    }
}

fn grows_by_recursion() -> Outcome {
    for pages in [100, 1000] {
        in_child(|| {
            check_eq!(recurse(pages), pages);
            // What was used once stays.
            check_eq!(recurse(pages), pages);
            Ok(())
        })?;
    }
    Ok(())
}

/// Touches the page so far below, and what is between in great steps: a stack grows at
/// each access within its limit, and takes no frame for what is only between.
fn reach(pages: usize) -> usize {
    let here = 0u8;
    let step = pages.min(100);
    for n in (step..=pages).step_by(step) {
        let below = (&raw const here as usize) - n * PAGE;
        Area::over(below, 8).store_word(0, 1);
    }
    pages
}

fn limit_is_kept() -> Outcome {
    not_in_qemu_user(QEMU)?;
    let mib = 1 << 20;
    let with = |limit: u64, pages: usize| {
        sys::spawn(|| match sys::limit_to(RLIMIT_STACK, limit) {
            Ok(()) if pages < 1000 => (recurse(pages) != pages) as i32,
            Ok(()) => (reach(pages) != pages) as i32,
            Err(_) => 2,
        })?
        .wait()
    };
    check_eq!(with(mib, 150)?, Status::exited(0));
    check_eq!(with(mib, 300)?, Status::killed(SIGSEGV));
    check_eq!(with(4 * mib, 900)?, Status::exited(0));
    check_eq!(with(4 * mib, 1100)?, Status::killed(SIGSEGV));
    check_eq!(with(32 * mib, 7000)?, Status::exited(0));
    Ok(())
}

fn limit_is_inherited() -> Outcome {
    not_in_qemu_user(QEMU)?;
    in_child(|| {
        sys::limit_to(RLIMIT_STACK, 1 << 20)?;
        in_child(|| {
            check_eq!(sys::getrlimit(RLIMIT_STACK)?.soft, 1 << 20);
            dies_of(SIGSEGV, || recurse(400))
        })
    })?;
    check!(sys::getrlimit(RLIMIT_STACK)?.soft > 1 << 20);
    Ok(())
}

/// The kernel's own stores make it grow as the program's do.
fn grows_for_the_kernel() -> Outcome {
    not_in_qemu_user(QEMU)?;
    in_child(|| {
        let here = 0u8;
        let below = (&raw const here as usize) - 500 * PAGE;
        let zero = sys::open(c"/dev/urandom", O_RDONLY)?;
        // SAFETY: that far below, no function uses the stack yet.
        check_eq!(unsafe { sys::read_at(zero, below, 100) }, Ok(100));
        check!((0..100).any(|i| Area::over(below, 100).load(i) != 0));
        Ok(())
    })
}

fn grows_on_one_side() -> Outcome {
    let mark = core::hint::black_box([7u8; 100]);
    in_child(|| {
        check_eq!(recurse(300), 300);
        in_child(|| {
            check_eq!(recurse(400), 400);
            Ok(())
        })?;
        check_eq!(mark, [7; 100]);
        Ok(())
    })?;
    check_eq!(recurse(200), 200);
    check_eq!(mark, [7; 100]);
    Ok(())
}

/// The stack's bytes, as /proc/self/maps has them.
fn stack_len() -> Result<usize, Errno> {
    let mut buffer = [0; 16 << 10];
    let text = proc::read(c"/proc/self/maps", &mut buffer)?;
    let line = text.lines().find(|line| line.ends_with("[stack]"));
    let range = line.and_then(|line| line.split_whitespace().next()?.split_once('-'));
    let hex = |digits| usize::from_str_radix(digits, 16).unwrap_or(0);
    Ok(range.map_or(0, |(start, end)| hex(end) - hex(start)))
}

fn maps_names_it() -> Outcome {
    not_in_qemu_user(QEMU)?;
    let before = stack_len()?;
    check!(before > 0);
    check_eq!(recurse(300), 300);
    let after = stack_len()?;
    check!(
        after >= 300 * PAGE && after > before,
        "{before} and {after}"
    );
    Ok(())
}

/// One page at `at` that grows downwards.
fn grower(at: usize, prot: u32) -> Result<Area, Errno> {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED_NOREPLACE;
    // SAFETY: nothing is replaced.
    let base = unsafe { sys::mmap(at, PAGE, prot, flags, -1, 0) }?;
    Ok(Area::over(base, PAGE))
}

/// `pages` pages below `top`, wherever that is.
fn below(top: usize, pages: usize) -> Area {
    Area::over(top - pages * PAGE, pages * PAGE)
}

fn growing_region() -> Outcome {
    not_in_qemu_user("it drops MAP_GROWSDOWN")?;
    let top = grower(FAR + 2000 * PAGE, RW)?.base() + PAGE;
    for n in 1..=100 {
        below(top, n).store_word(0, n as u64);
    }
    check!((1..=100).all(|n| below(top, n).load_word(0) == n as u64));
    // A read grows it too, and over several pages at once.
    check_eq!(below(top, 150).not_zero().map(|at| at / PAGE), Some(50));
    below(top, 150).unmap()?;
    dies_of(SIGSEGV, || below(top, 1).load(0))
}

fn growing_region_limit() -> Outcome {
    not_in_qemu_user("it drops MAP_GROWSDOWN")?;
    sys::limit_to(RLIMIT_STACK, 1 << 20)?;
    let top = grower(FAR + 2000 * PAGE, RW)?.base() + PAGE;
    below(top, 200).store(0, 1);
    dies_of(SIGSEGV, || below(top, 300).store(0, 1))?;
    check_eq!(below(top, 200).load(0), 1);
    Ok(())
}

fn growing_region_rights() -> Outcome {
    not_in_qemu_user("it drops MAP_GROWSDOWN")?;
    let top = grower(FAR + 2000 * PAGE, PROT_READ)?.base() + PAGE;
    check_eq!(below(top, 10).not_zero(), None);
    dies_of(SIGSEGV, || below(top, 5).store(0, 1))?;
    dies_of(SIGSEGV, || below(top, 20).store(0, 1))?;
    below(top, 10).protect(RW)?;
    below(top, 10).fill(1);
    check_eq!(below(top, 10).differs(1), None);
    Ok(())
}

fn growing_region_after_fork() -> Outcome {
    not_in_qemu_user("it drops MAP_GROWSDOWN")?;
    let top = grower(FAR + 2000 * PAGE, RW)?.base() + PAGE;
    below(top, 10).fill(1);
    in_child(|| {
        check_eq!(below(top, 10).differs(1), None);
        below(top, 60).fill(2);
        check_eq!(below(top, 60).differs(2), None);
        Ok(())
    })?;
    check_eq!(below(top, 10).differs(1), None);
    below(top, 30).fill(3);
    check_eq!(below(top, 60).part(0, 30 * PAGE).not_zero(), None);
    check_eq!(below(top, 30).differs(3), None);
    Ok(())
}

fn growing_across_a_segment() -> Outcome {
    not_in_qemu_user("it drops MAP_GROWSDOWN")?;
    let top = grower(FAR + 3 * PAGE, RW)?.base() + PAGE;
    (1..=20).for_each(|n| below(top, n).store_word(8, n as u64));
    in_child(|| {
        check!((1..=20).all(|n| below(top, n).load_word(8) == n as u64));
        below(top, 40).fill(2);
        Ok(())
    })?;
    check!((1..=20).all(|n| below(top, n).load_word(8) == n as u64));
    Ok(())
}

fn gap_below_is_kept() -> Outcome {
    not_in_qemu_user("it drops MAP_GROWSDOWN")?;
    let other = Area::map(Some(FAR), PAGE, RW, MAP_PRIVATE)?;
    let top = grower(FAR + 400 * PAGE, RW)?.base() + PAGE;
    // So many pages may it have, and no more.
    let most = 400 - GAP;
    below(top, most).store(0, 1);
    dies_of(SIGSEGV, || below(top, most + 1).store(0, 1))?;
    dies_of(SIGSEGV, || below(top, 399).store(0, 1))?;
    check_eq!((below(top, most).load(0), other.load(0)), (1, 0));
    // Without the other, there is room.
    other.unmap()?;
    below(top, most + 1).store(0, 1);
    Ok(())
}
