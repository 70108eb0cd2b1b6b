//! System V shared memory: shmget, shmat, shmdt, shmctl, and ipc for older
//! programs.
//!
//! Attached where the program does not say, a segment gets a 256 MiB segment of
//! the address space to itself, and all who attach it so share its VSID: nothing
//! is done per page. SHMLBA is the page size (Linux, asm/shmparam.h), so any page
//! address will do; there the pages are reached by aliases.
//!
//! shmctl knows IPC_STAT and IPC_RMID, and what `shminfo` answers; other commands are
//! EINVAL. Everybody is root: permissions are stored, and checked by nobody.

use super::record::record;
use super::segments::{IPC_PRIVATE, SharedSegment};
use super::{Call, Errno, Outcome, UserSlice, shminfo};
use crate::process::{NANOSECONDS, USER_START};
use vm::{Ea, Flags, Label, Map, ObjectId, PAGE_SIZE, Place, Prot, Region, Source};

const IPC_CREAT: u32 = 0o1000;
const IPC_EXCL: u32 = 0o2000;
const SHM_NORESERVE: u32 = 0o10000;
const MODE: u32 = 0o777;

const SHM_RDONLY: u32 = 0o10000;
const SHM_RND: u32 = 0o20000;
const SHM_REMAP: u32 = 0o40000;
const SHM_EXEC: u32 = 0o100000;

const IPC_RMID: i32 = 0;
const IPC_STAT: i32 = 2;
const IPC_INFO: i32 = 3;
const SHM_STAT: i32 = 13;
const SHM_INFO: i32 = 14;
const SHM_STAT_ANY: i32 = 15;
/// The new structures are meant: the only ones that Quire knows.
const IPC_64: i32 = 0x100;
/// In the mode that IPC_STAT tells: the segment goes with its last attachment.
const SHM_DEST: u32 = 0o1000;

/// Linux, asm/shmbuf.h and asm/ipcbuf.h for powerpc64, in one.
#[repr(C)]
struct ShmidDs {
    key: i32,
    uid: u32,
    gid: u32,
    cuid: u32,
    cgid: u32,
    mode: u32,
    seq: u32,
    padding: u32,
    unused: [u64; 2],
    atime: u64,
    dtime: u64,
    ctime: u64,
    segsz: u64,
    cpid: u32,
    lpid: u32,
    nattch: u64,
    unused_too: [u64; 2],
}
const _: () = assert!(size_of::<ShmidDs>() == 112);

fn now(call: &Call) -> u64 {
    call.kernel.clock.real_time() / NANOSECONDS
}

/// shmget(2). SHM_HUGETLB is EINVAL: there are no huge pages.
pub fn shmget(call: &mut Call) -> Outcome {
    let (key, size, flags) = (call.int(0), call.arg(1), call.bits(2));
    if flags & !(IPC_CREAT | IPC_EXCL | SHM_NORESERVE | MODE) != 0 {
        return Err(Errno::EINVAL.into());
    }
    let found = if key == IPC_PRIVATE {
        None
    } else {
        call.kernel.shared.find(key)
    };
    let id = match found {
        Some(_) if flags & IPC_CREAT != 0 && flags & IPC_EXCL != 0 => Err(Errno::EEXIST),
        Some(id) if size > call.kernel.shared.get(id)?.size => Err(Errno::EINVAL),
        Some(id) => Ok(id),
        None if key == IPC_PRIVATE || flags & IPC_CREAT != 0 => {
            create(call, key, size, flags & MODE)
        }
        None => Err(Errno::ENOENT),
    }?;
    Ok(id as u64)
}

fn create(call: &mut Call, key: i32, size: u64, mode: u32) -> Result<i32, Errno> {
    call.kernel.afford()?;
    let (creator, times) = (call.pid, [0, 0, now(call)]);
    let describe = |object| SharedSegment {
        key,
        object,
        size,
        mode,
        removed: false,
        creator,
        last: None,
        times,
    };
    call.kernel
        .shared
        .create(&mut call.kernel.vm, size, describe)
}

/// shmat(2).
pub fn shmat(call: &mut Call) -> Outcome {
    let (id, addr, flags) = (call.int(0), call.arg(1), call.bits(2));
    if flags & !(SHM_RDONLY | SHM_RND | SHM_REMAP | SHM_EXEC) != 0 {
        return Err(Errno::EINVAL.into());
    }
    let segment = call.kernel.shared.get(id)?;
    let (len, object) = (segment.size.next_multiple_of(PAGE_SIZE), segment.object);
    let place = place_of(addr, len, flags)?;
    let source = Source::Shared { object, first: 0 };
    let request = Map {
        place,
        len,
        prot: prot_of(flags),
        source,
        flags: Flags::empty(),
        label: Label::Shm(id),
    };
    let space = call.process().space();
    let ea = match call.kernel.vm.map(space, &request) {
        // Without SHM_REMAP nothing may be there (shmat(2), EINVAL).
        Err(vm::VmError::Exists) => Err(Errno::EINVAL),
        other => other.map_err(Errno::from),
    }?;
    let (pid, now) = (call.pid, now(call));
    let segment = call.kernel.shared.get(id)?;
    (segment.last, segment.times[0]) = (Some(pid), now);
    call.kernel.sweep_shared();
    Ok(ea.0)
}

fn prot_of(flags: u32) -> Prot {
    let write = if flags & SHM_RDONLY == 0 {
        Prot::WRITE
    } else {
        Prot::empty()
    };
    let exec = if flags & SHM_EXEC != 0 {
        Prot::EXEC
    } else {
        Prot::empty()
    };
    Prot::READ | write | exec
}

fn place_of(addr: u64, len: u64, flags: u32) -> Result<Place, Errno> {
    if addr == 0 {
        return match flags & SHM_REMAP {
            0 => Ok(Place::OwnSegment),
            _ => Err(Errno::EINVAL),
        };
    }
    let at = if flags & SHM_RND != 0 {
        Ea(addr).floor()
    } else {
        Ea(addr)
    };
    if !at.is_aligned() || at < USER_START || UserSlice::new(at.0, len).is_err() {
        return Err(Errno::EINVAL);
    }
    match flags & SHM_REMAP {
        0 => Ok(Place::FixedNoReplace(at)),
        _ => Ok(Place::Fixed(at)),
    }
}

/// If `region` is part of an attachment that begins at `addr`: its identifier
/// and object. An attachment may have been cut up since.
fn attachment(region: &Region, addr: Ea) -> Option<(i32, ObjectId)> {
    let (Label::Shm(id), Source::Shared { object, first }) = (region.label, region.source) else {
        return None;
    };
    (region.start.0.checked_sub(first * PAGE_SIZE) == Some(addr.0)).then_some((id, object))
}

/// shmdt(2): whatever remains of the attachment that begins at the address.
pub fn shmdt(call: &mut Call) -> Outcome {
    let addr = Ea(call.arg(0));
    let space = call.process().space();
    let vm = &mut call.kernel.vm;
    let (id, object) = vm
        .regions(space)
        .find_map(|region| attachment(region, addr))
        .ok_or(Errno::EINVAL)?;
    loop {
        let part = vm
            .regions(space)
            .find(|region| attachment(region, addr) == Some((id, object)));
        let Some(Region { start, end, .. }) = part.copied() else {
            break;
        };
        vm.unmap(space, start, end.0 - start.0)
            .map_err(Errno::from)?;
    }
    let (pid, now) = (call.pid, now(call));
    if let Ok(segment) = call.kernel.shared.get(id) {
        (segment.last, segment.times[1]) = (Some(pid), now);
    }
    call.kernel.sweep_shared();
    Ok(0)
}

/// shmctl(2).
pub fn shmctl(call: &mut Call) -> Outcome {
    let (id, command, buffer) = (call.int(0), call.int(1), call.arg(2));
    match command & !IPC_64 {
        IPC_STAT => {
            let bytes = stat(call, id)?;
            call.memory().write(Ea(buffer), &bytes)?;
        }
        IPC_INFO => return shminfo::limits(call, buffer),
        SHM_INFO => return shminfo::totals(call, buffer),
        SHM_STAT | SHM_STAT_ANY => {
            let id = call.kernel.shared.at(id).ok_or(Errno::EINVAL)?;
            let bytes = stat(call, id)?;
            call.memory().write(Ea(buffer), &bytes)?;
            return Ok(id as u64);
        }
        IPC_RMID => call.kernel.shared.remove(id, &mut call.kernel.vm)?,
        _ => return Err(Errno::EINVAL.into()),
    }
    Ok(0)
}

fn stat(call: &mut Call, id: i32) -> Result<[u8; size_of::<ShmidDs>()], Errno> {
    let segment = call.kernel.shared.get(id)?;
    Ok(record!(ShmidDs {
        key: segment.key,
        mode: segment.mode | if segment.removed { SHM_DEST } else { 0 },
        seq: id as u32,
        atime: segment.times[0],
        dtime: segment.times[1],
        ctime: segment.times[2],
        segsz: segment.size,
        cpid: segment.creator.raw(),
        lpid: segment.last.map_or(0, |pid| pid.raw()),
        nattch: call.kernel.vm.attachments(segment.object) as u64,
    }))
}

/// ipc(2): the one number behind which older programs find all of System V IPC.
/// Semaphores and message queues are ENOSYS.
pub fn ipc(call: &mut Call) -> Outcome {
    const SHMAT: u32 = 21;
    const SHMDT: u32 = 22;
    const SHMGET: u32 = 23;
    const SHMCTL: u32 = 24;
    let (first, second, third, pointer) = (call.arg(1), call.arg(2), call.arg(3), call.arg(4));
    // The upper half is a version, of which only iBCS2 programs use another than 0.
    let version = call.bits(0) >> 16;
    match call.bits(0) & 0xffff {
        SHMAT if version != 0 => Err(Errno::EINVAL.into()),
        SHMAT => {
            // So that it is not attached twice, nor where nobody is told of it.
            call.memory().require_writable(Ea(third), 8)?;
            let at = shmat(&mut with(call, [first, pointer, second]))?;
            call.memory().write(Ea(third), &at.to_ne_bytes())?;
            Ok(0)
        }
        SHMDT => shmdt(&mut with(call, [pointer, 0, 0])),
        SHMGET => shmget(&mut with(call, [first, second, third])),
        SHMCTL => shmctl(&mut with(call, [first, second, pointer])),
        _ => Err(Errno::ENOSYS.into()),
    }
}

/// The same call with other arguments.
fn with<'a>(call: &'a mut Call, [a, b, c]: [u64; 3]) -> Call<'a> {
    Call {
        kernel: call.kernel,
        pid: call.pid,
        tid: call.tid,
        args: [a, b, c, 0, 0, 0],
    }
}
