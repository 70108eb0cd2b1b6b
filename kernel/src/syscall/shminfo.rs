//! What shmctl(2) tells of all segments together: ipcs(1) asks for it.

use super::record::record;
use super::segments::{SHMMAX, SHMMNI};
use super::{Call, Outcome};
use vm::{Ea, PAGE_SIZE};

/// struct shminfo64 (asm-generic/shmbuf.h).
#[repr(C)]
struct ShmInfo64 {
    shmmax: u64,
    shmmin: u64,
    shmmni: u64,
    shmseg: u64,
    shmall: u64,
    unused: [u64; 4],
}
const _: () = assert!(size_of::<ShmInfo64>() == 72);

/// struct shm_info (shmctl(2)).
#[repr(C)]
struct ShmInfo {
    used_ids: i32,
    padding: u32,
    shm_tot: u64,
    shm_rss: u64,
    shm_swp: u64,
    swap_attempts: u64,
    swap_successes: u64,
}
const _: () = assert!(size_of::<ShmInfo>() == 48);

/// The last place in the list of all segments that is used: 0 if none is.
fn last(call: &Call) -> u64 {
    (call.kernel.shared.iter().count() as u64).saturating_sub(1)
}

/// IPC_INFO.
pub fn limits(call: &mut Call, at: u64) -> Outcome {
    let all = u64::from(call.kernel.vm.frame_counts().total);
    let bytes = record!(ShmInfo64 {
        shmmax: SHMMAX,
        shmmin: 1u64,
        shmmni: SHMMNI as u64,
        shmseg: SHMMNI as u64,
        shmall: all,
    });
    call.memory().write(Ea(at), &bytes)?;
    Ok(last(call))
}

/// SHM_INFO. Nothing is swapped.
pub fn totals(call: &mut Call, at: u64) -> Outcome {
    let pages = |size: u64| size.div_ceil(PAGE_SIZE);
    let shared = &call.kernel.shared;
    let total: u64 = shared.iter().map(|segment| pages(segment.size)).sum();
    let there: u64 = shared
        .iter()
        .map(|segment| call.kernel.vm.object_frames(segment.object))
        .sum();
    let bytes = record!(ShmInfo {
        used_ids: shared.iter().count() as i32,
        shm_tot: total,
        shm_rss: there,
    });
    call.memory().write(Ea(at), &bytes)?;
    Ok(last(call))
}
