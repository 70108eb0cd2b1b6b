//! A process's memory as it is: brk, munmap, mprotect, msync, mincore.

use super::{Call, Errno, Outcome, UserSlice, lock};
use crate::state::Kernel;
use alloc::vec::Vec;
use linux_raw_sys::general::{
    MS_ASYNC, MS_INVALIDATE, MS_SYNC, PROT_EXEC, PROT_GROWSDOWN, PROT_GROWSUP, PROT_READ, PROT_SEM,
    PROT_WRITE,
};
use vm::{
    Ea, Flags, Label, Map, PAGE_SIZE, Place, Prot, Region, SEGMENT_PAGES, Source, SpaceId, USER_END,
};

/// The rights that PROT_* bits ask for. PROT_SEM changes nothing, as in Linux.
pub fn prot_of(bits: u32) -> Result<Prot, Errno> {
    if bits & !(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM) != 0 {
        return Err(Errno::EINVAL);
    }
    // Prot's bits are Linux's.
    Ok(Prot::from_bits_truncate(bits as u8))
}

impl Kernel {
    /// The rule of overcommit, Linux's heuristic one (proc(5),
    /// /proc/sys/vm/overcommit_memory, 0): memory is promised as often as it is asked
    /// for, but no single request may be for more than there is. Such a one is ENOMEM.
    pub fn check_commit(&self, bytes: u64) -> Result<(), Errno> {
        if bytes > self.vm.memory() {
            return Err(Errno::ENOMEM);
        }
        Ok(())
    }
}

/// Whether a region is, or would be if it were made writable, a promise of memory for
/// each of its pages.
pub fn is_promised(region: &Region) -> bool {
    !region.source.is_shared() && !region.flags.contains(Flags::NO_RESERVE)
}

/// The pages at `addr` that a call is about: EINVAL unless it begins at a page's start,
/// ENOMEM if it is not all of it a program's. Their length is a multiple of the page.
pub fn pages_of(addr: u64, len: u64) -> Result<(Ea, u64), Errno> {
    if !Ea(addr).is_aligned() {
        return Err(Errno::EINVAL);
    }
    let len = len
        .checked_next_multiple_of(PAGE_SIZE)
        .ok_or(Errno::ENOMEM)?;
    UserSlice::new(addr, len).map_err(|_| Errno::ENOMEM)?;
    Ok((Ea(addr), len))
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
        grow_heap(call, space, Ea(old), new - old)?;
    } else if new < old {
        call.kernel.vm.unmap(space, Ea(new), old - new)?;
        call.kernel.sweep_shared();
    }
    call.process().space.set_break(wanted);
    Ok(())
}

fn grow_heap(call: &mut Call, space: SpaceId, at: Ea, len: u64) -> Result<(), Errno> {
    call.kernel.check_commit(len)?;
    let request = Map {
        place: Place::FixedNoReplace(at),
        len,
        prot: Prot::READ | Prot::WRITE,
        flags: call.process().space.new_flags(),
        source: Source::Zero,
        label: Label::Heap,
    };
    call.kernel.vm.map(space, &request)?;
    if lock::wants_pages(request.flags) {
        lock::populate(call, at, len);
    }
    Ok(())
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

/// mprotect(2). Where a page of the range is not mapped nothing is changed. A System V
/// segment that was attached read-only can be made writable: its owner is root, like
/// everybody; a file that was opened for reading cannot.
pub fn mprotect(call: &mut Call) -> Outcome {
    let grows = call.bits(2) & (PROT_GROWSDOWN | PROT_GROWSUP);
    if !Ea(call.arg(0)).is_aligned() || grows & PROT_GROWSUP != 0 {
        return Err(Errno::EINVAL.into());
    }
    if call.arg(1) == 0 {
        return Ok(0);
    }
    let (mut start, mut len) = pages_of(call.arg(0), call.arg(1))?;
    let prot = prot_of(call.bits(2) & !grows)?;
    let space = call.process().space();
    let vm = &mut call.kernel.vm;
    if grows != 0 {
        let stack = vm
            .regions_in(space, start, 1)
            .first()
            .ok_or(Errno::ENOMEM)?;
        if !stack.flags.contains(Flags::GROWS_DOWN) {
            return Err(Errno::EINVAL.into());
        }
        len += start.0 - stack.start.0;
        start = stack.start;
    }
    let sealed =
        |region: &Region| region.source.is_shared() && region.flags.contains(Flags::READ_ONLY);
    if prot.contains(Prot::WRITE) {
        let regions = vm.regions_in(space, start, len);
        if regions.iter().any(sealed) {
            return Err(Errno::EACCES.into());
        }
        let promised =
            |region: &Region| is_promised(region) && region.bytes().min(len) > vm.memory();
        if regions.iter().any(promised) {
            return Err(Errno::ENOMEM.into());
        }
    }
    vm.protect(space, start, len, prot).map_err(Errno::from)?;
    Ok(0)
}

/// msync(2). A file's pages and its mappings' are the same frames, and there is no disk:
/// nothing is left to be done.
pub fn msync(call: &mut Call) -> Outcome {
    let flags = call.bits(2);
    let both = MS_ASYNC | MS_SYNC;
    if flags & !(both | MS_INVALIDATE) != 0 || flags & both == both {
        return Err(Errno::EINVAL.into());
    }
    let (start, len) = pages_of(call.arg(0), call.arg(1))?;
    let space = call.process().space();
    let regions = call.kernel.vm.regions_in(space, start, len);
    let locked = regions
        .iter()
        .any(|region| region.flags.contains(Flags::LOCKED));
    if flags & MS_INVALIDATE != 0 && locked {
        return Err(Errno::EBUSY.into());
    }
    if !call.kernel.vm.is_covered(space, start, len) {
        return Err(Errno::ENOMEM.into());
    }
    Ok(0)
}

/// mincore(2). A page is resident if its frame is there, whether or not this process
/// has touched it.
pub fn mincore(call: &mut Call) -> Outcome {
    let (start, len) = pages_of(call.arg(0), call.arg(1))?;
    let space = call.process().space();
    if !call.kernel.vm.is_covered(space, start, len) {
        return Err(Errno::ENOMEM.into());
    }
    UserSlice::new(call.arg(2), len / PAGE_SIZE)?;
    call.kernel.afford_bytes(SEGMENT_PAGES as usize)?;
    let mut bytes = Vec::new();
    let (mut at, end) = (start, Ea(start.0 + len));
    while at < end {
        // A segment at a time: most of a large range is empty.
        let next = at.esid().end().min(end);
        bytes.clear();
        bytes.resize(((next.0 - at.0) / PAGE_SIZE) as usize, 0);
        call.kernel.vm.resident(space, at, &mut bytes);
        let to = Ea(call.arg(2) + (at.0 - start.0) / PAGE_SIZE);
        call.memory().write(to, &bytes)?;
        at = next;
    }
    Ok(0)
}
