//! mremap.

use super::memory::is_promised;
use super::{Call, Errno, Outcome, UserSlice, lock};
use crate::process::USER_START;
use linux_raw_sys::general::{MREMAP_DONTUNMAP, MREMAP_FIXED, MREMAP_MAYMOVE};
use vm::{Ea, Leave, PAGE_SIZE, Prot, Remap};

/// mremap(2).
pub fn mremap(call: &mut Call) -> Outcome {
    let (old, old_len, new_len) = (Ea(call.arg(0)), call.arg(1), call.arg(2));
    let how = how_of(call, new_len)?;
    let leave = match call.bits(3) & MREMAP_DONTUNMAP {
        0 => Leave::Nothing,
        _ => Leave::Mapping,
    };
    if !old.is_aligned() || new_len == 0 {
        return Err(Errno::EINVAL.into());
    }
    if UserSlice::new(old.0, old_len).is_err() {
        return Err(Errno::EFAULT.into());
    }
    let space = call.process().space();
    let region = call.kernel.vm.regions_in(space, old, 1).first().copied();
    let region = region.ok_or(Errno::EFAULT)?;
    if is_promised(&region) && region.prot.contains(Prot::WRITE) {
        call.kernel.check_commit(new_len.saturating_sub(old_len))?;
    }
    let vm = &mut call.kernel.vm;
    let at = vm.remap(space, old, old_len, new_len, how, leave);
    call.kernel.sweep_shared();
    let at = at.map_err(Errno::from)?;
    if lock::wants_pages(region.flags) {
        let (old_len, new_len) = (pages(old_len), pages(new_len));
        lock::populate(
            call,
            Ea(at.0 + old_len.min(new_len)),
            new_len.saturating_sub(old_len),
        );
    }
    Ok(at.0)
}

fn pages(len: u64) -> u64 {
    len.next_multiple_of(PAGE_SIZE)
}

fn how_of(call: &Call, new_len: u64) -> Result<Remap, Errno> {
    let flags = call.bits(3);
    if flags & !(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP) != 0 {
        return Err(Errno::EINVAL);
    }
    match (flags & MREMAP_MAYMOVE, flags & MREMAP_FIXED) {
        (0, 0) if flags & MREMAP_DONTUNMAP == 0 => Ok(Remap::InPlace),
        (0, _) => Err(Errno::EINVAL),
        (_, 0) => Ok(Remap::MayMove),
        _ => {
            let to = Ea(call.arg(4));
            if !to.is_aligned() || UserSlice::new(to.0, new_len).is_err() {
                return Err(Errno::EINVAL);
            }
            if to < USER_START {
                return Err(Errno::EPERM);
            }
            Ok(Remap::Fixed(to))
        }
    }
}
