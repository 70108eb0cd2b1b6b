//! A process that makes system calls at random: what suite `fuzz` is made of.

use quire_user::area::RW;
use quire_user::linux::*;
use quire_user::random::Random;
use quire_user::sys::{self, IPC_CREAT};
use quire_user::{Area, PAGE, SEGMENT, sc};

/// Calls that each process makes.
const CALLS: usize = 300;

/// What an argument is, where it is plausible.
#[derive(Clone, Copy)]
enum Arg {
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
]);
const CLONE: Arg = One(&[SIGCHLD, CLONE_VM, 0]);
const OPEN: Arg = Bits(&[O_WRONLY, O_CREAT, O_EXCL, O_TRUNC, O_DIRECTORY, O_CLOEXEC]);
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
const TABLE: &[(u32, [Arg; 6])] = &[
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
    (__NR_uname, [Place, Zero, Zero, Zero, Zero, Zero]),
];

/// What must never be called at random: it ends the machine, others, or time; or it
/// lends this process's stack to a child that does not take care of it.
const NEVER: [u32; 6] = [
    __NR_reboot,
    __NR_kill,
    __NR_tkill,
    __NR_tgkill,
    __NR_nanosleep,
    __NR_vfork,
];

/// What is plausible nowhere.
const ODD: &[usize] = &[
    0,
    1,
    PAGE - 1,
    1 << 31,
    1 << 32,
    (1 << 32) - 1,
    (1 << 46) - PAGE,
    (1 << 46) - 1,
    1 << 46,
    1 << 60,
    1 << 63,
    (1 << 63) - 1,
    0xc000_0000_0000_0000,
    0xc000_0000_0040_0000,
    usize::MAX,
    usize::MAX - PAGE + 1,
    // The program's own text.
    0x1000_0000,
];

const PATHS: &[&core::ffi::CStr] = &[
    c"/",
    c"/bin",
    c"/proc",
    c"/proc/self/maps",
    c"/proc/self/segments",
    c"/proc/self/status",
    c"/proc/1/stat",
    c"/proc/vm/stat",
    c"/proc/vm/frames",
    c"/proc/meminfo",
    c"/dev/zero",
    c"/dev/null",
    c"/tmp/fuzz/true",
    c"/tmp/fuzz/false",
    c"/tmp/fuzz/text",
    c"/tmp/fuzz/new",
    c"..",
    c"/tmp/../tmp/fuzz/./true",
    c"",
];

/// The directory in which files may be changed.
pub const PLAYGROUND: &core::ffi::CStr = c"/tmp/fuzz";

/// Names that may be made and taken away.
const NAMES: &[&core::ffi::CStr] = &[
    c"/tmp/fuzz/true",
    c"/tmp/fuzz/text",
    c"/tmp/fuzz/new",
    c"/tmp/fuzz/new/inner",
    c"/tmp/fuzz/link",
];

/// The window: pages of every kind on both sides of a segment's end.
const PAGES: usize = 32;
const WINDOW: usize = 4096 * SEGMENT - PAGES / 2 * PAGE;

/// A process that makes calls at random.
pub struct Wild {
    random: Random,
    /// The System V segment that is not its own, plus 1.
    kept: usize,
    /// How often its line may still fork.
    forks: usize,
}

impl Wild {
    /// One that `seed` decides. `kept` is the number, plus 1, of a System V segment
    /// that it must leave alone.
    pub fn new(seed: u64, kept: usize) -> Wild {
        Wild {
            random: Random::new(seed),
            kept,
            forks: 4,
        }
    }

    /// Makes its calls; its exit status.
    pub fn run(mut self) -> i32 {
        for fd in 0..3 {
            let _ = sys::close(fd);
            let _ = sys::open(c"/dev/null", O_RDWR);
        }
        let Ok(window) = Area::map(Some(WINDOW), PAGES * PAGE, RW, MAP_PRIVATE) else {
            return 1;
        };
        window.fill(7);
        for _ in 0..CALLS {
            self.step(window);
        }
        0
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.random.below(list.len())]
    }

    fn step(&mut self, window: Area) {
        let (number, args) = match self.random.below(16) {
            0 => (
                self.random.below(600) as u32,
                [Small, Len, Page, Place, Fd, Zero],
            ),
            1 => return self.touch(window),
            2 => return self.lend(),
            _ => self.pick(TABLE),
        };
        let forks = [__NR_fork, __NR_vfork, __NR_clone].contains(&number);
        let args = args.map(|arg| self.value(arg));
        let forbidden = NEVER.contains(&number) || self.is_about_kept(number, &args);
        if forbidden || (forks && self.forks == 0) {
            return;
        }
        // SAFETY: whatever becomes of this process, nobody relies on it.
        let result = unsafe { sc::raw(number as usize, args) };
        if forks {
            self.forks -= 1;
            if result == 0 {
                self.random = Random::new(self.random.next_u64() ^ sys::getpid() as u64);
                self.forks /= 2;
            }
        }
    }

    /// Whether the call could attach the segment that is not its own.
    fn is_about_kept(&self, number: u32, args: &[usize; 6]) -> bool {
        let by_number = [__NR_shmat, __NR_shmctl, __NR_ipc].contains(&number);
        by_number && args.iter().any(|arg| *arg as i32 == self.kept as i32 - 1)
    }

    /// Reads and writes a page itself, if it is there to be written.
    fn touch(&mut self, window: Area) {
        let at = self.random.below(PAGES) * PAGE;
        let args = [window.base() + at, PAGE, 0, 0, 0, 0];
        // SAFETY: the window holds no Rust object.
        if unsafe { sc::raw(__NR_getcwd as usize, args) } > 0 {
            window.store(at, window.load(at).wrapping_add(1));
        }
    }

    /// vfork, as it is meant: the child execs, or ends.
    fn lend(&mut self) {
        let [path, args, env] = [Path, List, List].map(|arg| self.value(arg));
        // SAFETY: the child makes two calls and nothing else.
        if let Ok(sys::Fork::Child) = unsafe { sys::vfork() } {
            // SAFETY: where it fails nothing has changed.
            unsafe { sc::raw(__NR_execve as usize, [path, args, env, 0, 0, 0]) };
            sys::exit(0);
        }
    }

    fn value(&mut self, arg: Arg) -> usize {
        if self.random.below(24) == 0 {
            return self.pick(ODD);
        }
        match arg {
            Zero => 0,
            Fd => self.random.below(8),
            Path => self.pick(PATHS).as_ptr() as usize,
            Name => self.pick(NAMES).as_ptr() as usize,
            Place => WINDOW + self.random.below(PAGES * PAGE),
            Page => WINDOW + self.random.below(PAGES) * PAGE,
            List => self.list(),
            Len => self.length(),
            Small => self.random.below(10),
            Segment => self.kept + self.random.below(6),
            Bits(bits) => self.bits(bits),
            One(list) => self.pick(list) as usize,
        }
    }

    fn length(&mut self) -> usize {
        match self.random.below(3) {
            0 => self.random.below(300),
            1 => self.random.below(PAGES / 2) * PAGE,
            _ => self.random.below(4 * PAGE),
        }
    }

    fn bits(&mut self, bits: &[u32]) -> usize {
        let chosen = self.random.next_u64();
        let some = bits
            .iter()
            .enumerate()
            .filter(|(n, _)| chosen >> n & 1 != 0);
        some.fold(0, |all, (_, bit)| all | *bit as usize)
    }

    /// No list, a good one, or whatever lies in the window.
    fn list(&mut self) -> usize {
        static GOOD: [usize; 2] = [0; 2];
        match self.random.below(3) {
            0 => 0,
            1 => GOOD.as_ptr() as usize,
            _ => WINDOW + self.random.below(PAGES) * PAGE,
        }
    }
}
