//! System V segments: what the calls tell, and what they refuse.

use super::shm::{ALIGNED, LEN, Segment, UNALIGNED};
use crate::harness::{Case, Outcome, dies_of, in_child, needs_vm};
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self, IPC_CREAT, IPC_EXCL, IPC_PRIVATE, SHM_DEST, SHM_RND};
use quire_user::{Area, Errno, PAGE};

/// The second part of suite shm.
pub const CASES: &[Case] = &[
    ("info", info),
    ("attach_count", attach_count),
    ("removed_but_attached", removed_but_attached),
    ("keys", keys),
    ("exec_detaches", exec_detaches),
    ("exit_detaches", exit_detaches),
    ("a_heap_that_shrinks_detaches", a_heap_that_shrinks_detaches),
    ("errors", errors),
    ("by_ipc", by_ipc),
];

fn info() -> Outcome {
    let segment = Segment::new(5000)?;
    let info = sys::shm_info(segment.0)?;
    check_eq!(
        (info.size, info.attached, info.creator),
        (5000, 0, sys::getpid())
    );
    check_eq!((info.key, info.mode & 0o777), (IPC_PRIVATE, 0o600));
    Ok(())
}

fn attach_count() -> Outcome {
    let segment = Segment::new(LEN)?;
    check_eq!(segment.attached()?, 0);
    let (a, b) = (segment.attach(ALIGNED)?, segment.attach(UNALIGNED)?);
    check_eq!(segment.attached()?, 2);
    in_child(|| {
        check_eq!(segment.attached()?, 4);
        a.detach()?;
        check_eq!(segment.attached()?, 3);
        Ok(())
    })?;
    check_eq!(segment.attached()?, 2);
    a.detach()?;
    b.detach()?;
    check_eq!(segment.attached()?, 0);
    Ok(())
}

fn removed_but_attached() -> Outcome {
    let segment = Segment::new(LEN)?;
    let area = segment.attach(ALIGNED)?;
    area.fill_all(1);
    sys::shm_remove(segment.0)?;
    check!(sys::shm_info(segment.0).is_ok_and(|info| info.mode & SHM_DEST != 0));
    check_eq!(area.differs_anywhere(1), None);
    in_child(|| {
        check_eq!(area.differs_anywhere(1), None);
        Ok(())
    })?;
    area.detach()?;
    check_eq!(segment.attached(), Err(Errno(EINVAL)));
    check!(segment.attach(ALIGNED).is_err());
    Ok(())
}

fn keys() -> Outcome {
    const KEY: i32 = 0x5155_4952;
    check_eq!(sys::shmget(KEY, LEN, 0), Err(Errno(ENOENT)));
    let segment = Segment(sys::shmget(KEY, LEN, IPC_CREAT | 0o600)?);
    check_eq!(sys::shmget(KEY, LEN, 0), Ok(segment.0));
    check_eq!(sys::shmget(KEY, LEN, IPC_CREAT), Ok(segment.0));
    check_eq!(sys::shmget(KEY, 0, 0), Ok(segment.0));
    check_eq!(
        sys::shmget(KEY, LEN, IPC_CREAT | IPC_EXCL),
        Err(Errno(EEXIST))
    );
    check_eq!(sys::shmget(KEY, 2 * LEN, 0), Err(Errno(EINVAL)));
    drop(segment);
    check_eq!(sys::shmget(KEY, LEN, 0), Err(Errno(ENOENT)));
    Ok(())
}

fn exec_detaches() -> Outcome {
    let segment = Segment::new(LEN)?;
    segment.attach(ALIGNED)?;
    check_eq!(
        quire_user::exec::run(c"/bin/true", &[c"true"])?.code(),
        Some(0)
    );
    check_eq!(segment.attached()?, 1);
    Ok(())
}

fn exit_detaches() -> Outcome {
    let segment = Segment::new(LEN)?;
    in_child(|| {
        segment.attach(ALIGNED)?;
        segment.attach(UNALIGNED)?;
        check_eq!(segment.attached()?, 2);
        Ok(())
    })?;
    check_eq!(segment.attached()?, 0);
    let area = segment.attach(ALIGNED)?;
    dies_of(SIGSEGV, || {
        area.part(0, PAGE).unmap().map_or((), |()| area.store(0, 1))
    })?;
    check_eq!(segment.attached()?, 1);
    Ok(())
}

/// brk unmaps whatever lies in what it gives back, an attachment too.
fn a_heap_that_shrinks_detaches() -> Outcome {
    const SHM_REMAP: u32 = 0o40000;
    needs_vm()?;
    let segment = Segment::new(PAGE)?;
    // SAFETY: the heap's end only moves over a page that this case added.
    let start = unsafe { sys::brk(0) }.next_multiple_of(PAGE);
    // SAFETY: as above.
    check_eq!(unsafe { sys::brk(start + PAGE) }, start + PAGE);
    Area::attach(segment.0, start, PAGE, SHM_REMAP)?;
    sys::shm_remove(segment.0)?;
    // SAFETY: as above.
    check_eq!(unsafe { sys::brk(start) }, start);
    check_eq!(segment.attached(), Err(Errno(EINVAL)));
    Ok(())
}

fn errors() -> Outcome {
    check_eq!(sys::shmget(IPC_PRIVATE, 0, IPC_CREAT), Err(Errno(EINVAL)));
    check!(sys::shmget(IPC_PRIVATE, 1 << 60, IPC_CREAT).is_err());
    check_eq!(sys::shm_info(0x7fff_0000), Err(Errno(EINVAL)));
    check_eq!(sys::shm_remove(-1), Err(Errno(EINVAL)));
    check_eq!(sys::shmat(0x7fff_0000, 0, 0), Err(Errno(EINVAL)));
    let segment = Segment::new(LEN)?;
    check_eq!(segment.attach(ALIGNED + 5), Err(Errno(EINVAL)));
    check_eq!(
        Area::attach(segment.0, ALIGNED + 5, LEN, SHM_RND)?.base(),
        ALIGNED
    );
    check_eq!(segment.attach(ALIGNED), Err(Errno(EINVAL)));
    // SAFETY: nothing is attached there.
    check_eq!(unsafe { sys::shmdt(UNALIGNED) }, Err(Errno(EINVAL)));
    Ok(())
}

fn by_ipc() -> Outcome {
    use sys::by_ipc;
    let segment = Segment(by_ipc::shmget(IPC_PRIVATE, LEN, IPC_CREAT | 0o600)?);
    check_eq!(by_ipc::shmat(segment.0, ALIGNED, 0)?, ALIGNED);
    check_eq!(by_ipc::shm_info(segment.0)?.attached, 1);
    check_eq!(by_ipc::shm_info(segment.0)?.size, LEN);
    // SAFETY: no Rust object is there.
    unsafe { by_ipc::shmdt(ALIGNED) }?;
    check_eq!(by_ipc::shm_info(segment.0)?.attached, 0);
    by_ipc::shm_remove(segment.0)?;
    check_eq!(
        by_ipc::shm_info(segment.0).map(|info| info.attached),
        Err(Errno(EINVAL))
    );
    Ok(())
}
