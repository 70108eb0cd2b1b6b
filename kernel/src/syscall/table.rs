//! Which number is which call.

use super::{
    Handler, exec, file, lock, madvise, memory, mmap, mremap, path, process, shm, system, time,
    wait,
};
use linux_raw_sys::general::*;

/// Every call that Quire has. Any other number is ENOSYS.
const CALLS: &[(u32, Handler)] = &[
    (__NR_exit, process::exit),
    (__NR_exit_group, process::exit),
    (__NR_fork, process::fork),
    (__NR_vfork, process::vfork),
    (__NR_clone, process::clone),
    (__NR_execve, exec::execve),
    (__NR_wait4, wait::wait4),
    (__NR_waitid, wait::waitid),
    (__NR_getpid, process::getpid),
    (__NR_gettid, process::getpid),
    (__NR_getppid, process::getppid),
    (__NR_kill, process::kill),
    (__NR_sched_yield, process::sched_yield),
    (__NR_read, file::read),
    (__NR_write, file::write),
    (__NR_open, path::open),
    (__NR_openat, path::openat),
    (__NR_close, file::close),
    (__NR_dup, file::dup),
    (__NR_dup2, file::dup2),
    (__NR_dup3, file::dup3),
    (__NR_lseek, file::lseek),
    (__NR_fstat, path::fstat),
    (__NR_newfstatat, path::newfstatat),
    (__NR_getdents64, file::getdents64),
    (__NR_chdir, path::chdir),
    (__NR_getcwd, path::getcwd),
    (__NR_brk, memory::brk),
    (__NR_mmap, mmap::mmap),
    (__NR_munmap, memory::munmap),
    (__NR_mprotect, memory::mprotect),
    (__NR_mremap, mremap::mremap),
    (__NR_msync, memory::msync),
    (__NR_mincore, memory::mincore),
    (__NR_madvise, madvise::madvise),
    (__NR_mlock, lock::mlock),
    (__NR_mlock2, lock::mlock2),
    (__NR_munlock, lock::munlock),
    (__NR_mlockall, lock::mlockall),
    (__NR_munlockall, lock::munlockall),
    (__NR_shmget, shm::shmget),
    (__NR_shmat, shm::shmat),
    (__NR_shmdt, shm::shmdt),
    (__NR_shmctl, shm::shmctl),
    (__NR_ipc, shm::ipc),
    (__NR_nanosleep, time::nanosleep),
    (__NR_clock_gettime, time::clock_gettime),
    (__NR_uname, system::uname),
    (__NR_reboot, system::reboot),
];

/// More than the largest number in [`CALLS`].
const NUMBERS: usize = 512;

/// The same by number, so that each call is found in the same time.
static BY_NUMBER: [Option<Handler>; NUMBERS] = by_number();

const fn by_number() -> [Option<Handler>; NUMBERS] {
    let mut table = [None; NUMBERS];
    let mut i = 0;
    while i < CALLS.len() {
        let (number, handler) = CALLS[i];
        assert!(
            table[number as usize].is_none(),
            "a number is in the table twice"
        );
        table[number as usize] = Some(handler);
        i += 1;
    }
    table
}

/// The call `number`.
pub fn find(number: u64) -> Option<Handler> {
    *BY_NUMBER.get(usize::try_from(number).ok()?)?
}
