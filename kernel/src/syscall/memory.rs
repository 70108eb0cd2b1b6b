//! A process's memory: brk, mmap, munmap, mprotect.
//!
//! Mappings are anonymous: one of a file is ENODEV. Flags that ask for what Quire
//! does not do are EINVAL; those that are hints (MAP_NORESERVE, MAP_STACK,
//! MAP_POPULATE, MAP_NONBLOCK) or that Linux ignores too (MAP_DENYWRITE,
//! MAP_EXECUTABLE) change nothing.

use super::{Call, Errno, Outcome, UserSlice};
use crate::process::USER_START;
use linux_raw_sys::general::{
    MAP_ANONYMOUS, MAP_DENYWRITE, MAP_EXECUTABLE, MAP_FIXED, MAP_FIXED_NOREPLACE, MAP_NONBLOCK,
    MAP_NORESERVE, MAP_POPULATE, MAP_PRIVATE, MAP_SHARED, MAP_STACK, MAP_TYPE, PROT_EXEC,
    PROT_READ, PROT_SEM, PROT_WRITE,
};
use vm::{Ea, Flags, Label, Map, PAGE_SIZE, Place, Prot, Source, USER_END};

/// The rights that PROT_* bits ask for. PROT_SEM changes nothing, as in Linux.
fn prot_of(bits: u32) -> Result<Prot, Errno> {
    if bits & !(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM) != 0 {
        return Err(Errno::EINVAL);
    }
    // Prot's bits are Linux's.
    Ok(Prot::from_bits_truncate(bits as u8))
}

/// brk(2), the system call: it gives the break as it is afterwards, moved or not.
pub fn brk(call: &mut Call) -> Outcome {
    // Why it could not move is not told: the caller sees by the result that it
    // did not.
    let _ = move_break(call, Ea(call.arg(0)));
    Ok(call.process().space.heap().end.0)
}

fn move_break(call: &mut Call, wanted: Ea) -> Result<(), Errno> {
    let heap = call.process().space.heap();
    if wanted < heap.start || wanted > USER_END {
        return Err(Errno::ENOMEM);
    }
    let top = |end: Ea| end.0.next_multiple_of(PAGE_SIZE);
    let (old, new) = (top(heap.end), top(wanted));
    let space = call.process().space();
    if new > old {
        let prot = Prot::READ | Prot::WRITE;
        let place = Place::FixedNoReplace(Ea(old));
        let request = Map {
            place,
            len: new - old,
            prot,
            source: Source::Zero,
            flags: Flags::empty(),
            label: Label::Heap,
        };
        call.kernel.vm.map(space, &request)?;
    } else if new < old {
        call.kernel.vm.unmap(space, Ea(new), old - new)?;
        call.kernel.sweep_shared();
    }
    call.process().space.set_break(wanted);
    Ok(())
}

/// mmap(2).
pub fn mmap(call: &mut Call) -> Outcome {
    let (addr, len, flags) = (call.arg(0), call.arg(1), call.bits(3));
    let prot = prot_of(call.bits(2))?;
    check_flags(call, flags)?;
    if len == 0 || !call.arg(5).is_multiple_of(PAGE_SIZE) {
        return Err(Errno::EINVAL.into());
    }
    let len = len
        .checked_next_multiple_of(PAGE_SIZE)
        .filter(|len| *len <= USER_END.0)
        .ok_or(Errno::ENOMEM)?;
    let place = place_of(addr, len, flags)?;
    let ea = match flags & MAP_TYPE {
        MAP_PRIVATE => map_private(call, place, len, prot),
        _ => map_shared(call, place, len, prot),
    }?;
    call.kernel.sweep_shared();
    Ok(ea.0)
}

fn check_flags(call: &Call, flags: u32) -> Result<(), Errno> {
    const HINTS: u32 =
        MAP_NORESERVE | MAP_STACK | MAP_POPULATE | MAP_NONBLOCK | MAP_DENYWRITE | MAP_EXECUTABLE;
    const KNOWN: u32 = MAP_TYPE | MAP_ANONYMOUS | MAP_FIXED | MAP_FIXED_NOREPLACE | HINTS;
    if !matches!(flags & MAP_TYPE, MAP_PRIVATE | MAP_SHARED) || flags & !KNOWN != 0 {
        return Err(Errno::EINVAL);
    }
    if flags & MAP_ANONYMOUS == 0 {
        call.process().files.get(call.int(4))?;
        return Err(Errno::ENODEV);
    }
    Ok(())
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

fn map_private(call: &mut Call, place: Place, len: u64, prot: Prot) -> Result<Ea, Errno> {
    let space = call.process().space();
    let request = Map {
        place,
        len,
        prot,
        source: Source::Zero,
        flags: Flags::empty(),
        label: Label::None,
    };
    Ok(call.kernel.vm.map(space, &request)?)
}

/// Shared memory is an object that the mapping alone keeps. Where the program
/// does not care, it gets a segment of its own, to be shared by VSID.
fn map_shared(call: &mut Call, place: Place, len: u64, prot: Prot) -> Result<Ea, Errno> {
    let space = call.process().space();
    let place = if place == Place::Any {
        Place::OwnSegment
    } else {
        place
    };
    let vm = &mut call.kernel.vm;
    // More than an object can hold is more than there is: ENOMEM, not EINVAL.
    let object = vm
        .create_object(len / PAGE_SIZE)
        .map_err(|_| Errno::ENOMEM)?;
    let source = Source::Shared { object, first: 0 };
    let mapped = vm.map(
        space,
        &Map {
            place,
            len,
            prot,
            source,
            flags: Flags::empty(),
            label: Label::None,
        },
    );
    vm.release_object(object);
    Ok(mapped?)
}

/// munmap(2). Holes are allowed.
pub fn munmap(call: &mut Call) -> Outcome {
    let (addr, len) = (call.arg(0), call.arg(1));
    if !Ea(addr).is_aligned() || len == 0 || UserSlice::new(addr, len).is_err() {
        return Err(Errno::EINVAL.into());
    }
    let space = call.process().space();
    call.kernel
        .vm
        .unmap(space, Ea(addr), len)
        .map_err(Errno::from)?;
    call.kernel.sweep_shared();
    Ok(0)
}

/// mprotect(2). A System V segment that was attached read-only can be made
/// writable: its owner is root, like everybody.
pub fn mprotect(call: &mut Call) -> Outcome {
    let (addr, len) = (call.arg(0), call.arg(1));
    let prot = prot_of(call.bits(2))?;
    if !Ea(addr).is_aligned() {
        return Err(Errno::EINVAL.into());
    }
    if len == 0 {
        return Ok(0);
    }
    if UserSlice::new(addr, len).is_err() {
        return Err(Errno::ENOMEM.into());
    }
    let space = call.process().space();
    call.kernel
        .vm
        .protect(space, Ea(addr), len, prot)
        .map_err(Errno::from)?;
    Ok(0)
}
