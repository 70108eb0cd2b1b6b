//! Which number is which call.

use super::{
    Handler, exec, file, futex, group, identity, kill, limits, lock, madvise, memory, mmap, mremap,
    path, process, shm, signal, sigwait, system, terminal, thread, time, timer, usage, wait,
};
use linux_raw_sys::general::*;

/// Every call that Quire has. Any other number is ENOSYS.
const CALLS: &[(u32, Handler)] = &[
    (__NR_exit, thread::exit),
    (__NR_exit_group, process::exit_group),
    (__NR_fork, process::fork),
    (__NR_vfork, process::vfork),
    (__NR_clone, thread::clone),
    (__NR_clone3, thread::clone3),
    (__NR_set_tid_address, thread::set_tid_address),
    (__NR_set_robust_list, thread::set_robust_list),
    (__NR_get_robust_list, thread::get_robust_list),
    (__NR_futex, futex::futex),
    (__NR_execve, exec::execve),
    (__NR_wait4, wait::wait4),
    (__NR_waitid, wait::waitid),
    (__NR_getpid, process::getpid),
    (__NR_gettid, thread::gettid),
    (__NR_getppid, process::getppid),
    (__NR_kill, kill::kill),
    (__NR_tkill, kill::tkill),
    (__NR_tgkill, kill::tgkill),
    (__NR_rt_sigqueueinfo, kill::rt_sigqueueinfo),
    (__NR_rt_tgsigqueueinfo, kill::rt_tgsigqueueinfo),
    (__NR_rt_sigaction, signal::rt_sigaction),
    (__NR_rt_sigprocmask, signal::rt_sigprocmask),
    (__NR_rt_sigpending, signal::rt_sigpending),
    (__NR_rt_sigreturn, signal::rt_sigreturn),
    (__NR_sigaltstack, signal::sigaltstack),
    (__NR_rt_sigsuspend, sigwait::rt_sigsuspend),
    (__NR_rt_sigtimedwait, sigwait::rt_sigtimedwait),
    (__NR_pause, sigwait::pause),
    (__NR_setpgid, group::setpgid),
    (__NR_getpgid, group::getpgid),
    (__NR_getpgrp, group::getpgrp),
    (__NR_setsid, group::setsid),
    (__NR_getsid, group::getsid),
    (__NR_ioctl, terminal::ioctl),
    (__NR_getuid, identity::root),
    (__NR_geteuid, identity::root),
    (__NR_getgid, identity::root),
    (__NR_getegid, identity::root),
    (__NR_getresuid, identity::getres),
    (__NR_getresgid, identity::getres),
    (__NR_setuid, identity::set),
    (__NR_setgid, identity::set),
    (__NR_setreuid, identity::set_both),
    (__NR_setregid, identity::set_both),
    (__NR_setresuid, identity::set_all),
    (__NR_setresgid, identity::set_all),
    (__NR_getgroups, identity::getgroups),
    (__NR_getrlimit, limits::getrlimit),
    (__NR_ugetrlimit, limits::getrlimit),
    (__NR_setrlimit, limits::setrlimit),
    (__NR_prlimit64, limits::prlimit64),
    (__NR_times, usage::times),
    (__NR_getrusage, usage::getrusage),
    (__NR_alarm, timer::alarm),
    (__NR_setitimer, timer::setitimer),
    (__NR_getitimer, timer::getitimer),
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
    (__NR_clock_nanosleep, time::clock_nanosleep),
    (__NR_clock_gettime, time::clock_gettime),
    (__NR_clock_getres, time::clock_getres),
    (__NR_gettimeofday, time::gettimeofday),
    (__NR_time, time::time),
    (__NR_sysinfo, system::sysinfo),
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
