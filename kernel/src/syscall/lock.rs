//! The mlock family. All memory stays in memory here: what a lock adds is that the pages
//! are there when the call returns, and that no advice throws them away.

use super::memory::pages_of;
use super::{Call, Errno, Outcome};
use linux_raw_sys::general::{MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT, MLOCK_ONFAULT};
use vm::{Access, Ea, Flags, Prot, Region, USER_END};

/// mlock(2).
pub fn mlock(call: &mut Call) -> Outcome {
    lock(call, Flags::LOCKED)
}

/// mlock2(2).
pub fn mlock2(call: &mut Call) -> Outcome {
    match call.bits(2) {
        0 => lock(call, Flags::LOCKED),
        MLOCK_ONFAULT => lock(call, LOCK),
        _ => Err(Errno::EINVAL.into()),
    }
}

/// Every flag of a lock.
const LOCK: Flags = Flags::LOCKED.union(Flags::ON_FAULT);

/// Whether what has these flags must be there at once.
pub fn wants_pages(flags: Flags) -> bool {
    flags & LOCK == Flags::LOCKED
}

/// Locks with these flags.
fn lock(call: &mut Call, flags: Flags) -> Outcome {
    let (start, len) = whole_pages(call)?;
    change(call, start, len, flags, LOCK)?;
    if wants_pages(flags) && !populate(call, start, len) {
        return Err(Errno::ENOMEM.into());
    }
    Ok(0)
}

/// munlock(2).
pub fn munlock(call: &mut Call) -> Outcome {
    let (start, len) = whole_pages(call)?;
    change(call, start, len, Flags::empty(), LOCK)?;
    Ok(0)
}

/// mlockall(2).
pub fn mlockall(call: &mut Call) -> Outcome {
    let given = call.bits(0);
    let known = MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT;
    if given & !known != 0 || given & (MCL_CURRENT | MCL_FUTURE) == 0 {
        return Err(Errno::EINVAL.into());
    }
    let flags = match given & MCL_ONFAULT {
        0 => Flags::LOCKED,
        _ => LOCK,
    };
    if given & MCL_CURRENT != 0 {
        change_all(call, flags)?;
    }
    let future = given & MCL_FUTURE != 0;
    let new = if future { flags } else { Flags::empty() };
    call.process().space.set_new_flags(new);
    if given & MCL_CURRENT != 0 && wants_pages(flags) {
        populate(call, Ea(0), USER_END.0);
    }
    Ok(0)
}

/// Gives all that is mapped these flags of a lock.
fn change_all(call: &mut Call, flags: Flags) -> Result<(), Errno> {
    let space = call.process().space();
    let vm = &mut call.kernel.vm;
    Ok(vm.set_flags(space, Ea(0), USER_END.0, flags, LOCK)?)
}

/// munlockall(2).
pub fn munlockall(call: &mut Call) -> Outcome {
    change_all(call, Flags::empty())?;
    call.process().space.set_new_flags(Flags::empty());
    Ok(0)
}

/// All pages that have a byte of the range that is asked for.
fn whole_pages(call: &Call) -> Result<(Ea, u64), Errno> {
    let start = Ea(call.arg(0)).floor();
    let len = call
        .arg(1)
        .checked_add(call.arg(0) - start.0)
        .ok_or(Errno::EINVAL)?;
    pages_of(start.0, len)
}

/// Changes the flags of a range all of which must be mapped.
fn change(call: &mut Call, start: Ea, len: u64, set: Flags, clear: Flags) -> Result<(), Errno> {
    if len == 0 {
        return Ok(());
    }
    let space = call.process().space();
    if !call.kernel.vm.is_covered(space, start, len) {
        return Err(Errno::ENOMEM);
    }
    Ok(call.kernel.vm.set_flags(space, start, len, set, clear)?)
}

/// Brings in what can be had of a range. Whether that was all of it. What is private and
/// may be written is made ready for that.
pub fn populate(call: &mut Call, start: Ea, len: u64) -> bool {
    let space = call.process().space();
    let end = Ea(start.0 + len);
    let (mut at, mut all) = (start, true);
    while at < end {
        let vm = &mut call.kernel.vm;
        let Some(region) = vm.regions_in(space, at, end.0 - at.0).first().copied() else {
            break;
        };
        let first = region.start.max(at);
        at = region.end;
        let len = region.end.min(end).0 - first.0;
        all &= vm.populate(space, first, len, access_of(&region)).is_ok();
    }
    all
}

fn access_of(region: &Region) -> Access {
    if region.prot.contains(Prot::WRITE) && !region.source.is_shared() {
        Access::Write
    } else {
        Access::Read
    }
}
