//! A process that makes system calls at random: what suite `fuzz` is made of.

use super::calls::{Arg, Arg::*, NEVER, TABLE};
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use quire_user::area::RW;
use quire_user::linux::*;
use quire_user::random::Random;
use quire_user::sys::{self, Thread};
use quire_user::{Area, PAGE, SEGMENT, sc};

/// Calls that each process makes.
const CALLS: usize = 300;

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
    // The program's own constants: an empty name, where a path is wanted.
    0x1000_0008,
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

/// What a thread must know, beside its seed.
static KEPT: AtomicUsize = AtomicUsize::new(0);

extern "C" fn wild_thread(seed: usize) {
    Wild::new(seed as u64, KEPT.load(Relaxed)).run_beside();
}

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

    /// A thread of such a process: some calls, in the same window.
    fn run_beside(mut self) {
        self.forks = 1;
        (0..CALLS / 10).for_each(|_| self.step(Area::over(WINDOW, PAGES * PAGE)));
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
            3 if self.random.below(8) == 0 => return self.accompany(),
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

    /// A thread, which makes calls as well. Nobody waits for it.
    fn accompany(&mut self) {
        let seed = self.random.next_u64() as usize;
        KEPT.store(self.kept, Relaxed);
        // It is no harm if there is no room for it.
        let _ = Thread::start(wild_thread, seed);
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
