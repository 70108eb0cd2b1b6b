//! mmap: new mappings, anonymous and of files.
//!
//! Flags that ask for what Quire does not have (MAP_HUGETLB, MAP_SYNC) are refused; those
//! that are hints (MAP_STACK, MAP_NONBLOCK) or that Linux ignores too (MAP_DENYWRITE,
//! MAP_EXECUTABLE) change nothing.

use super::memory::prot_of;
use super::{Call, Errno, Outcome, UserSlice, lock};
use crate::fs::Mapping;
use crate::process::USER_START;
use linux_raw_sys::general::{
    MAP_ANONYMOUS, MAP_DENYWRITE, MAP_EXECUTABLE, MAP_FIXED, MAP_FIXED_NOREPLACE, MAP_GROWSDOWN,
    MAP_LOCKED, MAP_NONBLOCK, MAP_NORESERVE, MAP_POPULATE, MAP_PRIVATE, MAP_SHARED,
    MAP_SHARED_VALIDATE, MAP_STACK, MAP_TYPE,
};
use vm::{Ea, Flags, Label, Map, ObjectId, PAGE_SIZE, Place, Prot, Source, USER_END};

/// mmap(2).
pub fn mmap(call: &mut Call) -> Outcome {
    let (addr, len, bits) = (call.arg(0), call.arg(1), call.bits(3));
    let prot = prot_of(call.bits(2))?;
    check_flags(bits)?;
    if len == 0 || !call.arg(5).is_multiple_of(PAGE_SIZE) {
        return Err(Errno::EINVAL.into());
    }
    let len = len
        .checked_next_multiple_of(PAGE_SIZE)
        .filter(|len| *len <= USER_END.0)
        .ok_or(Errno::ENOMEM)?;
    let place = place_of(addr, len, bits)?;
    let backing = backing(call, len, prot, bits)?;
    if prot.contains(Prot::WRITE) && !backing.source.is_shared() {
        commit(call, len, bits)?;
    }
    let request = Map {
        place: roomy(place, &backing.source),
        len,
        prot,
        flags: flags_of(call, bits) | backing.flags,
        source: backing.source,
        label: Label::None,
    };
    let space = call.process().space();
    let mapped = call.kernel.vm.map(space, &request);
    if let Some(object) = backing.made {
        call.kernel.vm.release_object(object);
    }
    let ea = mapped.map_err(Errno::from)?;
    call.kernel.sweep_shared();
    let touch = bits & (MAP_POPULATE | MAP_NONBLOCK) == MAP_POPULATE;
    if touch || lock::wants_pages(request.flags) {
        lock::populate(call, ea, len);
    }
    Ok(ea.0)
}

fn check_flags(bits: u32) -> Result<(), Errno> {
    const HINTS: u32 = MAP_NORESERVE
        | MAP_STACK
        | MAP_POPULATE
        | MAP_NONBLOCK
        | MAP_DENYWRITE
        | MAP_EXECUTABLE
        | MAP_LOCKED;
    const KNOWN: u32 =
        MAP_TYPE | MAP_ANONYMOUS | MAP_FIXED | MAP_FIXED_NOREPLACE | MAP_GROWSDOWN | HINTS;
    match bits & MAP_TYPE {
        MAP_SHARED_VALIDATE if bits & !KNOWN != 0 => Err(Errno::EOPNOTSUPP),
        MAP_PRIVATE | MAP_SHARED | MAP_SHARED_VALIDATE if bits & !KNOWN == 0 => Ok(()),
        _ => Err(Errno::EINVAL),
    }
}

#[inline]
fn commit(call: &Call, len: u64, bits: u32) -> Result<(), Errno> {
    match bits & MAP_NORESERVE {
        0 => call.kernel.check_commit(len),
        _ => Ok(()),
    }
}

#[inline]
fn flags_of(call: &Call, bits: u32) -> Flags {
    let mut flags = call.process().space.new_flags();
    flags.set(Flags::GROWS_DOWN, bits & MAP_GROWSDOWN != 0);
    if bits & MAP_LOCKED != 0 {
        flags |= Flags::LOCKED;
    }
    flags.set(Flags::NO_RESERVE, bits & MAP_NORESERVE != 0);
    flags
}

/// Where the mapping goes. What is below 64 KiB is nobody's: EPERM, as in Linux.
fn place_of(addr: u64, len: u64, flags: u32) -> Result<Place, Errno> {
    if flags & (MAP_FIXED | MAP_FIXED_NOREPLACE) == 0 {
        let hint = Ea(addr).floor();
        let fits = hint >= USER_START && hint < USER_END && len <= USER_END.0 - hint.0;
        return Ok(if fits { Place::Hint(hint) } else { Place::Any });
    }
    let at = Ea(addr);
    if !at.is_aligned() {
        return Err(Errno::EINVAL);
    }
    if UserSlice::new(addr, len).is_err() {
        return Err(Errno::ENOMEM);
    }
    if at < USER_START {
        return Err(Errno::EPERM);
    }
    match flags & MAP_FIXED_NOREPLACE {
        0 => Ok(Place::Fixed(at)),
        _ => Ok(Place::FixedNoReplace(at)),
    }
}

/// Where the program does not care, shared memory gets a segment of its own, to be
/// attached by VSID.
fn roomy(place: Place, source: &Source) -> Place {
    match place {
        Place::Any if source.is_shared() => Place::OwnSegment,
        _ => place,
    }
}

/// What a mapping shows.
struct Backing {
    source: Source,
    /// [`Flags::READ_ONLY`], where a file is open for reading.
    flags: Flags,
    /// An object that was made for it, and that the mapping alone will keep.
    made: Option<ObjectId>,
}

#[inline]
fn backing(call: &mut Call, len: u64, prot: Prot, bits: u32) -> Result<Backing, Errno> {
    match bits & MAP_ANONYMOUS {
        0 => of_file(call, len, prot, bits),
        _ => anonymous(call, len, bits),
    }
}

#[inline(never)]
fn of_file(call: &mut Call, len: u64, prot: Prot, bits: u32) -> Result<Backing, Errno> {
    let file = call.process().files.get(call.int(4))?;
    let file = file.lock();
    let shared = bits & MAP_TYPE != MAP_PRIVATE;
    let mapping = call.kernel.mapping(&file)?;
    if !file.mode.reads() || (shared && prot.contains(Prot::WRITE) && !file.mode.writes()) {
        return Err(Errno::EACCES);
    }
    match mapping {
        Mapping::Zero => anonymous(call, len, bits),
        Mapping::Object(_) if bits & MAP_GROWSDOWN != 0 => Err(Errno::EINVAL),
        Mapping::Object(object) => {
            let first = call.arg(5) / PAGE_SIZE;
            call.arg(5).checked_add(len).ok_or(Errno::EOVERFLOW)?;
            let mut flags = Flags::empty();
            flags.set(Flags::READ_ONLY, shared && !file.mode.writes());
            let source = match shared {
                true => Source::Shared { object, first },
                false => Source::Private { object, first },
            };
            Ok(Backing {
                source,
                flags,
                made: None,
            })
        }
    }
}

/// Memory without a file.
#[inline]
fn anonymous(call: &mut Call, len: u64, bits: u32) -> Result<Backing, Errno> {
    match bits & MAP_TYPE {
        MAP_PRIVATE => Ok(Backing {
            source: Source::Zero,
            flags: Flags::empty(),
            made: None,
        }),
        _ => anonymous_shared(call, len, bits),
    }
}

/// An object that the mapping alone keeps.
#[inline(never)]
fn anonymous_shared(call: &mut Call, len: u64, bits: u32) -> Result<Backing, Errno> {
    if bits & MAP_GROWSDOWN != 0 {
        return Err(Errno::EINVAL);
    }
    commit(call, len, bits)?;
    // More than an object can hold is more than there is: ENOMEM, not EINVAL.
    let object = call.kernel.vm.create_memory(len / PAGE_SIZE);
    let object = object.map_err(|_| Errno::ENOMEM)?;
    Ok(Backing {
        source: Source::Shared { object, first: 0 },
        flags: Flags::empty(),
        made: Some(object),
    })
}
