//! The calls that a wild process makes, and what it is plausible to pass: see `wild`.

use quire_user::linux::*;
use quire_user::sys::{self, IPC_CREAT};

/// What an argument is, where it is plausible.
#[derive(Clone, Copy)]
pub enum Arg {
    /// Nothing, or what means nothing.
    Zero,
    /// A file descriptor.
    Fd,
    /// A path.
    Path,
    /// The path of what may be made and taken away.
    Name,
    /// An address in the window.
    Place,
    /// The start of a page there.
    Page,
    /// A list of strings.
    List,
    /// A few bytes, or a few pages.
    Len,
    /// A small number.
    Small,
    /// A System V segment.
    Segment,
    /// Bits of these.
    Bits(&'static [u32]),
    /// One of these.
    One(&'static [u32]),
}
use Arg::*;

const PROT: Arg = Bits(&[PROT_READ, PROT_WRITE, PROT_READ, PROT_EXEC]);
const MAP: Arg = One(&[
    MAP_PRIVATE | MAP_ANONYMOUS,
    MAP_SHARED | MAP_ANONYMOUS,
    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
    MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED,
    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN,
    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE,
    MAP_PRIVATE | MAP_FIXED,
    MAP_SHARED | MAP_FIXED,
    MAP_SHARED | MAP_FIXED | MAP_POPULATE,
    MAP_SHARED,
]);
/// With memory in common only where a stack comes with it: see `Wild::accompany`.
const CLONE: Arg = One(&[SIGCHLD, CLONE_THREAD, 0]);
const OPEN: Arg = Bits(&[
    O_RDWR,
    O_CREAT,
    O_CREAT,
    O_EXCL,
    O_TRUNC,
    O_APPEND,
    O_DIRECTORY,
    O_CLOEXEC,
    O_NONBLOCK,
]);
const MREMAP: Arg = Bits(&[
    MREMAP_MAYMOVE,
    MREMAP_MAYMOVE,
    MREMAP_FIXED,
    MREMAP_DONTUNMAP,
]);
const ADVICE: Arg = One(&[
    MADV_NORMAL,
    MADV_WILLNEED,
    MADV_DONTNEED,
    MADV_FREE,
    MADV_REMOVE,
    MADV_DONTFORK,
    MADV_DOFORK,
    MADV_WIPEONFORK,
    MADV_KEEPONFORK,
    MADV_POPULATE_READ,
    MADV_POPULATE_WRITE,
    999,
]);
const FUTEX: Arg = One(&[0, 1, 3, 4, 9, 10, 128, 129, 77]);
const SIGNAL: Arg = One(&[
    SIGUSR1, SIGUSR2, SIGCHLD, SIGALRM, SIGSEGV, SIGKILL, 0, 64, 65,
]);
const FILE: Arg = Bits(&[O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND, O_CREAT]);
const FILE_MAP: Arg = One(&[
    MAP_PRIVATE,
    MAP_SHARED,
    MAP_PRIVATE | MAP_FIXED,
    MAP_SHARED | MAP_FIXED,
]);
const OFFSET: Arg = One(&[0, 4096, 8192, 1 << 20]);
const SHM_RND: u32 = sys::SHM_RND;
const SHM_REMAP: u32 = 0o40000;

/// The calls, some of them several times so that they come more often.
pub const TABLE: &[(u32, [Arg; 6])] = &[
    (__NR_mmap, [Page, Len, PROT, MAP, Fd, Zero]),
    (__NR_mmap, [Page, Len, PROT, MAP, Fd, Zero]),
    (__NR_mmap, [Zero, Len, PROT, MAP, Fd, Zero]),
    (__NR_munmap, [Page, Len, Zero, Zero, Zero, Zero]),
    (__NR_munmap, [Page, Len, Zero, Zero, Zero, Zero]),
    (__NR_mprotect, [Page, Len, PROT, Zero, Zero, Zero]),
    (__NR_mprotect, [Page, Len, PROT, Zero, Zero, Zero]),
    (__NR_brk, [Zero, Zero, Zero, Zero, Zero, Zero]),
    (__NR_fork, [Zero; 6]),
    (__NR_fork, [Zero; 6]),
    (__NR_clone, [CLONE, Zero, Zero, Zero, Zero, Zero]),
    (__NR_execve, [Path, List, List, Zero, Zero, Zero]),
    (
        __NR_wait4,
        [Small, Place, One(&[WNOHANG]), Place, Zero, Zero],
    ),
    (
        __NR_waitid,
        [
            One(&[P_ALL, P_PID]),
            Small,
            Place,
            One(&[WEXITED | WNOHANG]),
            Zero,
            Zero,
        ],
    ),
    (__NR_getpid, [Zero; 6]),
    (__NR_sched_yield, [Zero; 6]),
    (__NR_read, [Fd, Place, Len, Zero, Zero, Zero]),
    (__NR_read, [Fd, Place, Len, Zero, Zero, Zero]),
    (__NR_write, [Fd, Place, Len, Zero, Zero, Zero]),
    (__NR_open, [Path, OPEN, Zero, Zero, Zero, Zero]),
    (__NR_open, [Path, Zero, Zero, Zero, Zero, Zero]),
    (__NR_openat, [Fd, Path, OPEN, Zero, Zero, Zero]),
    (__NR_open, [Name, FILE, One(&[0o644]), Zero, Zero, Zero]),
    (__NR_open, [Name, FILE, One(&[0o644]), Zero, Zero, Zero]),
    (__NR_mmap, [Page, Len, PROT, FILE_MAP, Fd, Zero]),
    (__NR_mmap, [Zero, Len, PROT, FILE_MAP, Fd, OFFSET]),
    (__NR_pread64, [Fd, Place, Len, Len, Zero, Zero]),
    (__NR_pwrite64, [Fd, Place, Len, Len, Zero, Zero]),
    (__NR_pwrite64, [Fd, Place, Len, Len, Zero, Zero]),
    (__NR_ftruncate, [Fd, Len, Zero, Zero, Zero, Zero]),
    (__NR_truncate, [Name, Len, Zero, Zero, Zero, Zero]),
    (
        __NR_fallocate,
        [Fd, Bits(&[1, 2, 16]), Len, Len, Zero, Zero],
    ),
    (__NR_rename, [Name, Name, Zero, Zero, Zero, Zero]),
    (__NR_link, [Name, Name, Zero, Zero, Zero, Zero]),
    // A link out of the playground would let others be changed.
    (__NR_symlink, [Name, Name, Zero, Zero, Zero, Zero]),
    (__NR_readlink, [Name, Place, Len, Zero, Zero, Zero]),
    (__NR_unlink, [Name, Zero, Zero, Zero, Zero, Zero]),
    (__NR_mkdir, [Name, One(&[0o755]), Zero, Zero, Zero, Zero]),
    (__NR_rmdir, [Name, Zero, Zero, Zero, Zero, Zero]),
    (__NR_memfd_create, [Path, Zero, Zero, Zero, Zero, Zero]),
    (
        __NR_pipe2,
        [Place, One(&[O_NONBLOCK]), Zero, Zero, Zero, Zero],
    ),
    (__NR_poll, [Place, Small, Small, Zero, Zero, Zero]),
    (__NR_fcntl, [Fd, Small, Small, Zero, Zero, Zero]),
    (__NR_sendfile, [Fd, Fd, Zero, Len, Zero, Zero]),
    (__NR_close, [Fd, Zero, Zero, Zero, Zero, Zero]),
    (__NR_dup, [Fd, Zero, Zero, Zero, Zero, Zero]),
    (__NR_dup2, [Fd, Small, Zero, Zero, Zero, Zero]),
    (
        __NR_dup3,
        [Fd, Small, One(&[0, O_CLOEXEC]), Zero, Zero, Zero],
    ),
    (__NR_lseek, [Fd, Len, One(&[0, 1, 2, 3]), Zero, Zero, Zero]),
    (__NR_fstat, [Fd, Place, Zero, Zero, Zero, Zero]),
    (
        __NR_newfstatat,
        [Fd, Path, Place, Bits(&[AT_EMPTY_PATH]), Zero, Zero],
    ),
    (__NR_getdents64, [Fd, Place, Len, Zero, Zero, Zero]),
    (__NR_chdir, [Path, Zero, Zero, Zero, Zero, Zero]),
    (__NR_getcwd, [Place, Len, Zero, Zero, Zero, Zero]),
    (
        __NR_shmget,
        [Small, Len, Bits(&[IPC_CREAT]), Zero, Zero, Zero],
    ),
    (
        __NR_shmat,
        [Segment, Page, Bits(&[SHM_RND, SHM_REMAP]), Zero, Zero, Zero],
    ),
    (__NR_shmat, [Segment, Zero, Zero, Zero, Zero, Zero]),
    (__NR_shmdt, [Page, Zero, Zero, Zero, Zero, Zero]),
    (
        __NR_shmctl,
        [Segment, One(&[0, 2, 0x100, 0x102]), Place, Zero, Zero, Zero],
    ),
    (
        __NR_ipc,
        [One(&[21, 22, 23, 24]), Segment, Len, Place, Page, Zero],
    ),
    (__NR_clock_gettime, [Small, Place, Zero, Zero, Zero, Zero]),
    (__NR_mremap, [Page, Len, Len, MREMAP, Page, Zero]),
    (__NR_mremap, [Page, Len, Len, MREMAP, Page, Zero]),
    (__NR_madvise, [Page, Len, ADVICE, Zero, Zero, Zero]),
    (__NR_madvise, [Page, Len, ADVICE, Zero, Zero, Zero]),
    (__NR_msync, [Page, Len, Bits(&[1, 2, 4]), Zero, Zero, Zero]),
    (__NR_mincore, [Page, Len, Place, Zero, Zero, Zero]),
    (__NR_mlock, [Page, Len, Zero, Zero, Zero, Zero]),
    (__NR_mlock2, [Page, Len, One(&[0, 1, 2]), Zero, Zero, Zero]),
    (__NR_munlock, [Page, Len, Zero, Zero, Zero, Zero]),
    (
        __NR_mlockall,
        [
            One(&[MCL_CURRENT, MCL_FUTURE, 0]),
            Zero,
            Zero,
            Zero,
            Zero,
            Zero,
        ],
    ),
    (__NR_munlockall, [Zero; 6]),
    (__NR_setrlimit, [Small, Place, Zero, Zero, Zero, Zero]),
    (__NR_readv, [Fd, Page, Small, Zero, Zero, Zero]),
    (__NR_writev, [Fd, Page, Small, Zero, Zero, Zero]),
    (__NR_sendfile, [Fd, Fd, Place, Len, Zero, Zero]),
    (__NR_fsync, [Fd, Zero, Zero, Zero, Zero, Zero]),
    (__NR_ioctl, [Fd, Small, Place, Zero, Zero, Zero]),
    (__NR_ppoll, [Place, Small, Place, Place, One(&[8]), Zero]),
    (__NR_renameat2, [Fd, Name, Fd, Name, Small, Zero]),
    (__NR_chmod, [Name, Small, Zero, Zero, Zero, Zero]),
    (__NR_access, [Path, Small, Zero, Zero, Zero, Zero]),
    (
        __NR_statx,
        [Fd, Path, Bits(&[AT_EMPTY_PATH]), Small, Place, Zero],
    ),
    (__NR_fchdir, [Fd, Zero, Zero, Zero, Zero, Zero]),
    (
        __NR_rt_sigaction,
        [SIGNAL, Place, Place, One(&[8]), Zero, Zero],
    ),
    (
        __NR_rt_sigprocmask,
        [Small, Place, Place, One(&[8]), Zero, Zero],
    ),
    (
        __NR_rt_sigpending,
        [Place, One(&[8]), Zero, Zero, Zero, Zero],
    ),
    (
        __NR_rt_sigtimedwait,
        [Place, Place, Place, One(&[8]), Zero, Zero],
    ),
    (__NR_sigaltstack, [Place, Place, Zero, Zero, Zero, Zero]),
    (__NR_setitimer, [Small, Place, Place, Zero, Zero, Zero]),
    (__NR_setpgid, [Zero, Small, Zero, Zero, Zero, Zero]),
    (__NR_setsid, [Zero; 6]),
    (__NR_futex, [Place, FUTEX, Small, Place, Place, Small]),
    (__NR_futex, [Page, FUTEX, Zero, Small, Page, Small]),
    (__NR_set_tid_address, [Place, Zero, Zero, Zero, Zero, Zero]),
    (
        __NR_set_robust_list,
        [Place, One(&[24]), Zero, Zero, Zero, Zero],
    ),
    (__NR_uname, [Place, Zero, Zero, Zero, Zero, Zero]),
];

/// What must never be called at random: it ends the machine, others, or time; or it
/// lends this process's stack to a child that does not take care of it.
pub const NEVER: [u32; 9] = [
    __NR_reboot,
    __NR_kill,
    __NR_tkill,
    __NR_tgkill,
    __NR_rt_sigqueueinfo,
    __NR_rt_tgsigqueueinfo,
    __NR_prlimit64,
    __NR_nanosleep,
    __NR_vfork,
];
