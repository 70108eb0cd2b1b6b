//! Which number is which call.

use super::{
    Handler, attributes, copy, directory, exec, file, io, lock, madvise, memfd, memory, mmap,
    mremap, names, path, pipe, poll, process, shm, size, stat, system, time, wait,
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
    (__NR_read, io::read),
    (__NR_write, io::write),
    (__NR_readv, io::readv),
    (__NR_writev, io::writev),
    (__NR_pread64, io::pread64),
    (__NR_pwrite64, io::pwrite64),
    (__NR_preadv, io::preadv),
    (__NR_pwritev, io::pwritev),
    (__NR_open, path::open),
    (__NR_openat, path::openat),
    (__NR_creat, path::creat),
    (__NR_close, file::close),
    (__NR_dup, file::dup),
    (__NR_dup2, file::dup2),
    (__NR_dup3, file::dup3),
    (__NR_fcntl, file::fcntl),
    (__NR_ioctl, file::ioctl),
    (__NR_fsync, file::fsync),
    (__NR_fdatasync, file::fsync),
    (__NR_sync, file::sync),
    (__NR_pipe, pipe::pipe),
    (__NR_pipe2, pipe::pipe2),
    (__NR_poll, poll::poll),
    (__NR_ppoll, poll::ppoll),
    (__NR_lseek, size::lseek),
    (__NR_truncate, size::truncate),
    (__NR_ftruncate, size::ftruncate),
    (__NR_fallocate, size::fallocate),
    (__NR_stat, stat::stat_path),
    (__NR_lstat, stat::lstat),
    (__NR_fstat, stat::fstat),
    (__NR_newfstatat, stat::newfstatat),
    (__NR_statx, stat::statx_call),
    (__NR_statfs, stat::statfs_path),
    (__NR_fstatfs, stat::fstatfs),
    (__NR_getdents64, directory::getdents64),
    (__NR_mkdir, names::mkdir),
    (__NR_mkdirat, names::mkdirat),
    (__NR_rmdir, names::rmdir),
    (__NR_unlink, names::unlink),
    (__NR_unlinkat, names::unlinkat),
    (__NR_link, names::link),
    (__NR_linkat, names::linkat),
    (__NR_symlink, names::symlink),
    (__NR_symlinkat, names::symlinkat),
    (__NR_readlink, names::readlink),
    (__NR_readlinkat, names::readlinkat),
    (__NR_rename, names::rename),
    (__NR_renameat, names::renameat),
    (__NR_renameat2, names::renameat2),
    (__NR_chdir, names::chdir),
    (__NR_fchdir, names::fchdir),
    (__NR_getcwd, names::getcwd),
    (__NR_access, attributes::access),
    (__NR_faccessat, attributes::faccessat),
    (__NR_faccessat2, attributes::faccessat2),
    (__NR_chmod, attributes::chmod),
    (__NR_fchmod, attributes::fchmod),
    (__NR_fchmodat, attributes::fchmodat),
    (__NR_chown, attributes::chown),
    (__NR_lchown, attributes::lchown),
    (__NR_fchown, attributes::fchown),
    (__NR_fchownat, attributes::fchownat),
    (__NR_umask, attributes::umask),
    (__NR_utimensat, attributes::utimensat),
    (__NR_sendfile, copy::sendfile),
    (__NR_copy_file_range, copy::copy_file_range),
    (__NR_memfd_create, memfd::memfd_create),
    (__NR_getrandom, memfd::getrandom),
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
