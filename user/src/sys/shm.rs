//! System V shared memory segments, by the calls of their own and by `ipc`.

use super::call;
use crate::Errno;
use core::mem::MaybeUninit;
use linux_raw_sys::general::*;

/// A key that means "a new one, with no key".
pub const IPC_PRIVATE: i32 = 0;
/// shmget: make it if there is none.
pub const IPC_CREAT: u32 = 0o1000;
/// shmget: fail if there is one.
pub const IPC_EXCL: u32 = 0o2000;
/// shmctl: remove it once nobody has it attached.
pub const IPC_RMID: u32 = 0;
/// shmctl: describe it.
pub const IPC_STAT: u32 = 2;
/// shmat: for reading only.
pub const SHM_RDONLY: u32 = 0o10000;
/// shmat: round the address down to where it may be.
pub const SHM_RND: u32 = 0o20000;
/// A mode bit that IPC_STAT shows: removed, but still attached somewhere.
pub const SHM_DEST: u32 = 0o1000;
/// The version of the structures that `ipc` uses on 64-bit machines.
const IPC_64: usize = 0x100;
const SHMAT: usize = 21;
const SHMDT: usize = 22;
const SHMGET: usize = 23;
const SHMCTL: usize = 24;

/// What IPC_STAT tells: Linux's `struct shmid64_ds` for 64-bit PowerPC
/// (arch/powerpc/include/uapi/asm/shmbuf.h).
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ShmInfo {
    /// The key it was made with.
    pub key: i32,
    /// Owner and creator: uid, gid, cuid, cgid.
    pub owners: [u32; 4],
    /// Rights, and [`SHM_DEST`].
    pub mode: u32,
    /// Sequence number and padding.
    pub reserved: [u64; 3],
    /// When it was last attached, detached and changed, in seconds since 1970.
    pub times: [i64; 3],
    /// Its size in bytes, as asked for.
    pub size: usize,
    /// The process that made it.
    pub creator: i32,
    /// The process that last attached or detached it.
    pub last: i32,
    /// How many attachments there are.
    pub attached: usize,
    /// Unused.
    pub reserved_too: [u64; 2],
}

/// The segment that belongs to `key`, or a new one of `size` bytes: as
/// shmget(2) says.
pub fn shmget(key: i32, size: usize, flags: u32) -> Result<i32, Errno> {
    // SAFETY: no memory of this process is concerned.
    unsafe { call(__NR_shmget, &[key as usize, size, flags as usize]) }.map(|id| id as i32)
}

/// Attaches it at `addr`, or wherever there is room for 0. Returns where.
pub fn shmat(id: i32, addr: usize, flags: u32) -> Result<usize, Errno> {
    // SAFETY: without SHM_REMAP nothing that is mapped already is replaced.
    unsafe { call(__NR_shmat, &[id as usize, addr, flags as usize]) }
}

/// Detaches what is attached at `addr`.
///
/// # Safety
/// Nothing that Rust code relies on may be there.
pub unsafe fn shmdt(addr: usize) -> Result<(), Errno> {
    // SAFETY: by the caller's promise.
    unsafe { call(__NR_shmdt, &[addr]) }.map(drop)
}

/// Removes the segment once nobody has it attached.
pub fn shm_remove(id: i32) -> Result<(), Errno> {
    // SAFETY: attached memory stays.
    unsafe { call(__NR_shmctl, &[id as usize, IPC_RMID as usize, 0]) }.map(drop)
}

/// Describes the segment.
pub fn shm_info(id: i32) -> Result<ShmInfo, Errno> {
    let mut info = MaybeUninit::<ShmInfo>::zeroed();
    // SAFETY: the kernel writes one `ShmInfo`, for which zero bytes are good too.
    unsafe {
        call(
            __NR_shmctl,
            &[id as usize, IPC_STAT as usize, info.as_mut_ptr() as usize],
        )?;
        Ok(info.assume_init())
    }
}

/// The same calls by way of `ipc`, number 117, as old programs make them.
pub mod by_ipc {
    use super::*;

    /// shmget.
    pub fn shmget(key: i32, size: usize, flags: u32) -> Result<i32, Errno> {
        // SAFETY: no memory of this process is concerned.
        unsafe { call(__NR_ipc, &[SHMGET, key as usize, size, flags as usize]) }.map(|id| id as i32)
    }

    /// shmat: the kernel stores the address through the fourth argument.
    pub fn shmat(id: i32, addr: usize, flags: u32) -> Result<usize, Errno> {
        let mut place = 0usize;
        // SAFETY: the kernel writes `place`; nothing mapped is replaced.
        unsafe {
            call(
                __NR_ipc,
                &[
                    SHMAT,
                    id as usize,
                    flags as usize,
                    &raw mut place as usize,
                    addr,
                ],
            )
        }?;
        Ok(place)
    }

    /// shmdt.
    ///
    /// # Safety
    /// Nothing that Rust code relies on may be there.
    pub unsafe fn shmdt(addr: usize) -> Result<(), Errno> {
        // SAFETY: by the caller's promise.
        unsafe { call(__NR_ipc, &[SHMDT, 0, 0, 0, addr]) }.map(drop)
    }

    /// shmctl with IPC_RMID.
    pub fn shm_remove(id: i32) -> Result<(), Errno> {
        // SAFETY: attached memory stays.
        unsafe {
            call(
                __NR_ipc,
                &[SHMCTL, id as usize, IPC_RMID as usize | IPC_64, 0, 0],
            )
        }
        .map(drop)
    }

    /// shmctl with IPC_STAT.
    pub fn shm_info(id: i32) -> Result<ShmInfo, Errno> {
        let mut info = MaybeUninit::<ShmInfo>::zeroed();
        let cmd = IPC_STAT as usize | IPC_64;
        // SAFETY: as for the other `shm_info`.
        unsafe {
            call(
                __NR_ipc,
                &[SHMCTL, id as usize, cmd, 0, info.as_mut_ptr() as usize],
            )?;
            Ok(info.assume_init())
        }
    }
}

impl PartialEq for ShmInfo {
    fn eq(&self, other: &ShmInfo) -> bool {
        (self.key, self.size, self.attached) == (other.key, other.size, other.attached)
    }
}

impl core::fmt::Debug for ShmInfo {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "key {} size {} attached {}",
            self.key, self.size, self.attached
        )
    }
}
