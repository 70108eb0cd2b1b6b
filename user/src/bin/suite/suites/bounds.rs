//! What a process may have at most: RLIMIT_AS, RLIMIT_DATA, and all memory.

use crate::harness::{Case, Outcome, dies_of, in_child, not_in_qemu_user};
use quire_user::area::RW;
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self, Limit, NO_LIMIT};
use quire_user::{Area, Errno, PAGE, SEGMENT, exec, proc};

/// The second part of suite stack.
pub const CASES: &[Case] = &[
    ("limits_are_told", limits_are_told),
    ("limits_refused", limits_refused),
    ("limits_go_to_children", limits_go_to_children),
    ("address_space", address_space),
    ("address_space_of_mremap_and_brk", address_space_of_others),
    ("data", data),
    ("data_by_mprotect", data_by_mprotect),
    ("more_than_there_is", more_than_there_is),
];

const MIB: usize = 1 << 20;

/// What the cases count in, so that no mapping is refused for its size alone: 1 MiB, or
/// less where memory is short.
fn unit() -> usize {
    MIB.min(proc::memory() / 128).next_multiple_of(PAGE)
}

fn limits_are_told() -> Outcome {
    for resource in [RLIMIT_AS, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_NOFILE] {
        let limit = sys::getrlimit(resource)?;
        check!(limit.soft <= limit.hard && limit.soft > 0, "{limit:?}");
    }
    let new = Limit {
        soft: 5 << 20,
        hard: 6 << 20,
    };
    let mut old = Limit::default();
    let before = sys::getrlimit(RLIMIT_CORE)?;
    sys::prlimit(0, RLIMIT_CORE, Some(&new), Some(&mut old))?;
    check_eq!((old, sys::getrlimit(RLIMIT_CORE)?), (before, new));
    Ok(())
}

fn limits_refused() -> Outcome {
    let wrong = Limit { soft: 2, hard: 1 };
    let set = |resource, limit: &Limit| sys::prlimit(0, resource, Some(limit), None);
    check_eq!(set(RLIMIT_CORE, &wrong), Err(Errno(EINVAL)));
    check_eq!(sys::getrlimit(99), Err(Errno(EINVAL)));
    check_eq!(sys::prlimit(i32::MAX, 0, None, None), Err(Errno(ESRCH)));
    // SAFETY: the calls are refused.
    let call = |args: &[usize]| unsafe { sys::call(__NR_prlimit64, args) };
    let core = RLIMIT_CORE as usize;
    check_eq!(call(&[0, core, 8, 0]), Err(Errno(EFAULT)));
    check_eq!(call(&[0, core, 0, 8]), Err(Errno(EFAULT)));
    Ok(())
}

fn limits_go_to_children() -> Outcome {
    sys::limit_to(RLIMIT_NOFILE, 15)?;
    in_child(|| {
        check_eq!(sys::getrlimit(RLIMIT_NOFILE)?.soft, 15);
        Ok(sys::limit_to(RLIMIT_NOFILE, 7)?)
    })?;
    check_eq!(sys::getrlimit(RLIMIT_NOFILE)?.soft, 15);
    Ok(())
}

fn map(units: usize, prot: u32, flags: u32) -> Result<Area, Errno> {
    Area::file(-1, 0, units * unit(), prot, flags | MAP_ANONYMOUS)
}

/// Bytes that this process has mapped, as /proc/self/maps has them.
fn mapped() -> Result<usize, Errno> {
    let mut buffer = [0; 16 << 10];
    let hex = |digits| usize::from_str_radix(digits, 16).unwrap_or(0);
    let lines = proc::read(c"/proc/self/maps", &mut buffer)?.lines();
    let ranges = lines.filter_map(|line| line.split_whitespace().next()?.split_once('-'));
    Ok(ranges.map(|(start, end)| hex(end) - hex(start)).sum())
}

fn address_space() -> Outcome {
    not_in_qemu_user("it ignores RLIMIT_AS")?;
    let own = mapped()?;
    sys::limit_to(RLIMIT_AS, (own + 50 * unit()) as u64)?;
    for (prot, flags) in [
        (RW, MAP_PRIVATE),
        (PROT_READ, MAP_PRIVATE),
        (PROT_NONE, MAP_PRIVATE | MAP_NORESERVE),
        (RW, MAP_SHARED),
    ] {
        check_eq!(map(100, prot, flags), Err(Errno(ENOMEM)));
        map(20, prot, flags)?.unmap()?;
    }
    let most = map(40, RW, MAP_PRIVATE)?;
    check_eq!(map(30, RW, MAP_PRIVATE), Err(Errno(ENOMEM)));
    // What is replaced does not count twice.
    most.remap(RW, MAP_PRIVATE)?;
    in_child(|| {
        check_eq!(map(30, RW, MAP_PRIVATE), Err(Errno(ENOMEM)));
        most.unmap()?;
        map(40, RW, MAP_PRIVATE)?;
        Ok(())
    })?;
    sys::limit_to(RLIMIT_AS, NO_LIMIT)?;
    map(100, RW, MAP_PRIVATE)?;
    Ok(())
}

fn address_space_of_others() -> Outcome {
    not_in_qemu_user("it ignores RLIMIT_AS")?;
    let own = mapped()?;
    sys::limit_to(RLIMIT_AS, (own + 50 * unit()) as u64)?;
    let area = map(10, RW, MAP_PRIVATE)?;
    let more = area.resize(100 * unit(), MREMAP_MAYMOVE, 0);
    check_eq!(more, Err(Errno(ENOMEM)));
    area.resize(20 * unit(), MREMAP_MAYMOVE, 0)?;
    // SAFETY: the break only grows.
    let (end, then) = unsafe { (sys::brk(0), sys::brk(sys::brk(0) + 100 * unit())) };
    check_eq!(then, end);
    // SAFETY: as above.
    check_eq!(unsafe { sys::brk(end + unit()) }, end + unit());
    // Programs start in it, or do not start.
    sys::limit_to(RLIMIT_AS, 64 << 10)?;
    let status = exec::run(c"/bin/true", &[c"true"]);
    check!(status.is_err() || status.is_ok_and(|status| status.code() != Some(0)));
    Ok(())
}

fn data() -> Outcome {
    not_in_qemu_user("it ignores RLIMIT_DATA")?;
    sys::limit_to(RLIMIT_DATA, 16 * unit() as u64)?;
    check_eq!(map(32, RW, MAP_PRIVATE), Err(Errno(ENOMEM)));
    map(8, RW, MAP_PRIVATE)?;
    // Only what is private and can be written counts: setrlimit(2).
    map(32, PROT_READ, MAP_PRIVATE)?;
    map(32, RW, MAP_SHARED)?;
    // SAFETY: the break only grows.
    let (end, then) = unsafe { (sys::brk(0), sys::brk(sys::brk(0) + 16 * unit())) };
    check_eq!(then, end);
    in_child(|| {
        check_eq!(map(16, RW, MAP_PRIVATE), Err(Errno(ENOMEM)));
        Ok(())
    })
}

fn data_by_mprotect() -> Outcome {
    not_in_qemu_user("it ignores RLIMIT_DATA")?;
    sys::limit_to(RLIMIT_DATA, 16 * unit() as u64)?;
    let area = map(32, PROT_READ, MAP_PRIVATE)?;
    check_eq!(area.protect(RW), Err(Errno(ENOMEM)));
    dies_of(SIGSEGV, || area.store(0, 1))?;
    area.part(0, 4 * unit()).protect(RW)?;
    area.store(0, 1);
    Ok(())
}

/// One private writable mapping of more than all memory is refused, unless it says that
/// no memory need be kept for it.
fn more_than_there_is() -> Outcome {
    let kib = proc::lookup(c"/proc/meminfo", "MemTotal").unwrap_or(0) as usize;
    // Linux counts swap space as well: four times is more than there is.
    let len = (kib << 12).next_multiple_of(SEGMENT);
    let map = |prot, flags| Area::file(-1, 0, len, prot, flags | MAP_ANONYMOUS);
    check!(len > 0);
    check_eq!(map(RW, MAP_PRIVATE), Err(Errno(ENOMEM)));
    let area = map(RW, MAP_PRIVATE | MAP_NORESERVE)?;
    area.store(0, 1);
    area.store(len - 1, 2);
    check_eq!((area.load(0), area.load(len - 1)), (1, 2));
    area.unmap()?;
    let area = map(PROT_READ, MAP_PRIVATE)?;
    check_eq!(area.protect(RW), Err(Errno(ENOMEM)));
    check_eq!(area.load(len - PAGE), 0);
    Ok(())
}
