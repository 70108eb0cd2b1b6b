//! madvise.

use super::memory::pages_of;
use super::{Call, Errno, Outcome};
use linux_raw_sys::general::{
    MADV_COLD, MADV_DODUMP, MADV_DOFORK, MADV_DONTDUMP, MADV_DONTFORK, MADV_DONTNEED,
    MADV_DONTNEED_LOCKED, MADV_FREE, MADV_KEEPONFORK, MADV_NORMAL, MADV_PAGEOUT,
    MADV_POPULATE_READ, MADV_POPULATE_WRITE, MADV_RANDOM, MADV_REMOVE, MADV_SEQUENTIAL,
    MADV_WILLNEED, MADV_WIPEONFORK,
};
use vm::{Access, Ea, Fault, Flags, PAGE_SHIFT, PAGE_SIZE, Prot, Region, Source, SpaceId};

/// What there is to be done.
#[derive(Clone, Copy)]
enum Advice {
    /// Nothing: it is about reading ahead, about swapping, or about core dumps, and there
    /// is none of these.
    Hint,
    /// The pages go; what the mapping began with comes back. MADV_FREE may wait with
    /// that, but need not.
    Clear,
    /// The pages of the object go, for all.
    Punch,
    /// Flags to set, and to clear.
    Mark(Flags, Flags),
    /// The pages come.
    Populate(Access),
}

/// Which regions the advice is good for; others are an errno.
type Fits = fn(&Region) -> Result<(), Errno>;

fn advice_of(number: u32) -> Option<(Advice, Fits)> {
    const NONE: Flags = Flags::empty();
    let advice: (Advice, Fits) = match number {
        MADV_NORMAL | MADV_RANDOM | MADV_SEQUENTIAL | MADV_WILLNEED | MADV_DONTDUMP
        | MADV_DODUMP => (Advice::Hint, any),
        MADV_COLD | MADV_PAGEOUT => (Advice::Hint, unlocked),
        MADV_DONTNEED => (Advice::Clear, unlocked),
        MADV_DONTNEED_LOCKED => (Advice::Clear, any),
        MADV_FREE => (Advice::Clear, anonymous_unlocked),
        MADV_REMOVE => (Advice::Punch, shared_writable),
        MADV_DONTFORK => (Advice::Mark(Flags::DONT_FORK, NONE), any),
        MADV_DOFORK => (Advice::Mark(NONE, Flags::DONT_FORK), any),
        MADV_WIPEONFORK => (Advice::Mark(Flags::WIPE_ON_FORK, NONE), anonymous),
        MADV_KEEPONFORK => (Advice::Mark(NONE, Flags::WIPE_ON_FORK), any),
        MADV_POPULATE_READ => (Advice::Populate(Access::Read), readable),
        MADV_POPULATE_WRITE => (Advice::Populate(Access::Write), writable),
        _ => return None,
    };
    Some(advice)
}

/// madvise(2). Where there are holes, the rest is done, and the result is ENOMEM. Advice
/// that Linux refuses unless it was built for it (huge pages, merging, poison) is EINVAL.
pub fn madvise(call: &mut Call) -> Outcome {
    let (advice, fits) = advice_of(call.bits(2)).ok_or(Errno::EINVAL)?;
    // A range that wraps around is EINVAL here; others that are too long are ENOMEM.
    let len = call.arg(1).checked_next_multiple_of(PAGE_SIZE);
    let end = len.and_then(|len| call.arg(0).checked_add(len));
    end.ok_or(Errno::EINVAL)?;
    let (start, len) = pages_of(call.arg(0), call.arg(1))?;
    if len == 0 {
        return Ok(0);
    }
    let space = call.process().space();
    let regions = call.kernel.vm.regions_in(space, start, len);
    regions.iter().try_for_each(fits)?;
    let whole = call.kernel.vm.is_covered(space, start, len);
    if !whole && matches!(advice, Advice::Populate(_)) {
        return Err(Errno::ENOMEM.into());
    }
    follow(call, space, advice, start, len)?;
    if whole {
        Ok(0)
    } else {
        Err(Errno::ENOMEM.into())
    }
}

fn follow(
    call: &mut Call,
    space: SpaceId,
    advice: Advice,
    start: Ea,
    len: u64,
) -> Result<(), Errno> {
    let vm = &mut call.kernel.vm;
    match advice {
        Advice::Hint => Ok(()),
        Advice::Clear => Ok(vm.clear(space, start, len)?),
        Advice::Mark(set, clear) => Ok(vm.set_flags(space, start, len, set, clear)?),
        Advice::Punch => {
            punch(call, space, start, len);
            Ok(())
        }
        Advice::Populate(access) => match vm.populate(space, start, len, access) {
            Ok(()) => Ok(()),
            Err(Fault::NoMemory) => Err(Errno::ENOMEM),
            Err(_) => Err(Errno::EFAULT),
        },
    }
}

fn punch(call: &mut Call, space: SpaceId, start: Ea, len: u64) {
    let (mut at, end) = (start, Ea(start.0 + len));
    let vm = &mut call.kernel.vm;
    while at < end
        && let Some(region) = vm.regions_in(space, at, end.0 - at.0).first().copied()
    {
        let (from, to) = (region.start.max(at), region.end.min(end));
        if let (Some(object), Some(first)) = (region.source.object(), region.source.first()) {
            let page = |ea: Ea| first + ((ea.0 - region.start.0) >> PAGE_SHIFT);
            vm.punch_object(object, page(from)..page(to));
        }
        at = to;
    }
}

fn any(_: &Region) -> Result<(), Errno> {
    Ok(())
}

fn unlocked(region: &Region) -> Result<(), Errno> {
    refuse(region.flags.contains(Flags::LOCKED), Errno::EINVAL)
}

fn anonymous(region: &Region) -> Result<(), Errno> {
    refuse(region.source != Source::Zero, Errno::EINVAL)
}

fn anonymous_unlocked(region: &Region) -> Result<(), Errno> {
    anonymous(region).and(unlocked(region))
}

fn shared_writable(region: &Region) -> Result<(), Errno> {
    unlocked(region)?;
    refuse(region.source == Source::Zero, Errno::EINVAL)?;
    let writable = region.source.is_shared() && region.prot.contains(Prot::WRITE);
    refuse(!writable, Errno::EACCES)
}

fn readable(region: &Region) -> Result<(), Errno> {
    refuse(!region.allows(Access::Read), Errno::EINVAL)
}

fn writable(region: &Region) -> Result<(), Errno> {
    refuse(!region.allows(Access::Write), Errno::EINVAL)
}

fn refuse(when: bool, errno: Errno) -> Result<(), Errno> {
    if when { Err(errno) } else { Ok(()) }
}
