//! Futexes: waiting for a word in memory, by threads and by processes.

use crate::harness::{Case, Outcome, begin, finish, in_child, not_in_qemu_user, soon};
use crate::scratch::Scratch;
use core::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::*};
use quire_user::area::RW;
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self, Context, Info, Thread, Time};
use quire_user::{Area, Errno, PAGE, SEGMENT, Shared};

/// The suite.
pub const CASES: &[Case] = &[
    ("does_not_wait_for_another_value", does_not_wait),
    ("time_runs_out", time_runs_out),
    ("until_a_time", until_a_time),
    ("wakes_as_many_as_told", wakes_as_many),
    ("mutex_of_threads", mutex_of_threads),
    ("mutex_of_processes", mutex_of_processes),
    ("mutex_in_a_file", mutex_in_a_file),
    ("private_memory_is_private", private_memory_is_private),
    ("shared_word_at_two_places", two_places),
    ("waiter_whose_mapping_is_gone", mapping_is_gone),
    ("requeue", requeue),
    ("compare_and_requeue", compare_and_requeue),
    ("bits", bits),
    ("interrupted", interrupted),
    ("robust_list", robust_list),
    ("refused", refused),
];

/// A mutex after Drepper, "Futexes Are Tricky": 0 free, 1 held, 2 held and waited for.
#[repr(C)]
#[derive(Default)]
struct Mutex {
    state: AtomicU32,
    count: AtomicU64,
}

impl Mutex {
    fn lock(&self, how: u32) {
        if self.state.compare_exchange(0, 1, Acquire, Relaxed).is_err() {
            while self.state.swap(2, Acquire) != 0 {
                // EAGAIN and EINTR: look again.
                let _ = sys::futex_wait(&self.state, 2, None, how);
            }
        }
    }

    fn unlock(&self, how: u32) {
        if self.state.swap(0, Release) == 2 {
            let _ = sys::futex_wake(&self.state, 1, how);
        }
    }

    /// Adds to the count many times, in two steps that must not be torn.
    fn work(&self, how: u32) {
        for n in 0..500 {
            self.lock(how);
            let old = self.count.load(Relaxed);
            if n % 16 == 0 {
                sys::sched_yield();
            }
            self.count.store(old + 1, Relaxed);
            self.unlock(how);
        }
    }
}

fn does_not_wait() -> Outcome {
    let word = AtomicU32::new(5);
    check_eq!(sys::futex_wait(&word, 4, None, 0), Err(Errno(EAGAIN)));
    let private = FUTEX_PRIVATE_FLAG;
    check_eq!(sys::futex_wait(&word, 6, None, private), Err(Errno(EAGAIN)));
    check_eq!(sys::futex_wake(&word, 1, 0), Ok(0));
    Ok(())
}

fn time_runs_out() -> Outcome {
    let word = AtomicU32::new(5);
    for ns in [0, 1, 3_000_000] {
        let start = sys::now();
        let result = sys::futex_wait(&word, 5, Some(&Time::from_ns(ns)), 0);
        check_eq!(result, Err(Errno(ETIMEDOUT)));
        check!(sys::now() - start >= ns);
    }
    Ok(())
}

fn until_a_time() -> Outcome {
    let word = AtomicU32::new(5);
    let until = sys::now() + 3_000_000;
    let result = sys::futex_wait_bits(&word, 5, Some(&Time::from_ns(until)), u32::MAX);
    check_eq!(result, Err(Errno(ETIMEDOUT)));
    check!(sys::now() >= until);
    let past = Some(Time::from_ns(1));
    let result = sys::futex_wait_bits(&word, 5, past.as_ref(), 1);
    check_eq!(result, Err(Errno(ETIMEDOUT)));
    Ok(())
}

static WORD: AtomicU32 = AtomicU32::new(0);
static OTHER: AtomicU32 = AtomicU32::new(0);
static WAITING: AtomicU32 = AtomicU32::new(0);
static WOKEN: AtomicUsize = AtomicUsize::new(0);

/// Waits once at [`WORD`] for a wake with one of `bits`.
extern "C" fn wait_once(bits: usize) {
    WAITING.fetch_add(1, Relaxed);
    let result = sys::futex_wait_bits(&WORD, 0, None, bits as u32);
    if result.is_ok() {
        WOKEN.fetch_add(1, Relaxed);
    }
}

/// `N` threads that wait at [`WORD`]. It takes them some time after they have said so;
/// that they do wait is known when nobody is left to be woken.
fn waiting<const N: usize>(bits: [usize; N]) -> Result<[Thread; N], Errno> {
    let threads = bits.map(|bits| Thread::start(wait_once, bits));
    soon(|| WAITING.load(Relaxed) == N as u32);
    sys::nanosleep(Time::from_ns(20_000_000))?;
    let mut error = Ok(());
    let threads = threads.map(|thread| thread.map_err(|e| error = Err(e)).ok());
    error?;
    Ok(threads.map(|thread| thread.expect("no thread is missing")))
}

fn join_all<const N: usize>(threads: [Thread; N]) -> Outcome {
    Ok(threads.into_iter().try_for_each(Thread::join)?)
}

const ANY: usize = u32::MAX as usize;

fn wakes_as_many() -> Outcome {
    let threads = waiting([ANY; 5])?;
    check_eq!(sys::futex_wake(&WORD, 2, 0), Ok(2));
    check!(soon(|| WOKEN.load(Relaxed) == 2));
    check_eq!(sys::futex_wake(&WORD, 1, 0), Ok(1));
    check_eq!(sys::futex_wake(&WORD, 100, 0), Ok(2));
    check_eq!(sys::futex_wake(&WORD, 100, 0), Ok(0));
    join_all(threads)?;
    check_eq!(WOKEN.load(Relaxed), 5);
    Ok(())
}

static MUTEX: Mutex = Mutex {
    state: AtomicU32::new(0),
    count: AtomicU64::new(0),
};

extern "C" fn work(how: usize) {
    MUTEX.work(how as u32);
}

fn mutex_of_threads() -> Outcome {
    for (round, how) in [(1, FUTEX_PRIVATE_FLAG), (2, 0)] {
        let threads = [(); 6].map(|()| Thread::start(work, how as usize));
        for thread in threads {
            thread?.join()?;
        }
        check_eq!(MUTEX.count.load(Relaxed), round * 3000);
    }
    Ok(())
}

fn mutex_of_processes() -> Outcome {
    let mutex = Shared::<Mutex>::new()?;
    let children = [(); 6].map(|()| {
        begin(|| {
            mutex.work(0);
            Ok(())
        })
    });
    for child in children {
        finish(child?)?;
    }
    check_eq!(
        (mutex.count.load(Relaxed), mutex.state.load(Relaxed)),
        (3000, 0)
    );
    Ok(())
}

/// Where each process has the file: by VSID, and by aliases.
const PLACES: [usize; 4] = [
    4096 * SEGMENT,
    4097 * SEGMENT + 3 * PAGE,
    4098 * SEGMENT - PAGE,
    4100 * SEGMENT,
];

fn mutex_in_a_file() -> Outcome {
    let _here = Scratch::new()?;
    let fd = sys::create(c"mutex", O_RDWR, 0o600)?;
    sys::ftruncate(fd, 2 * PAGE as i64)?;
    let children = PLACES.map(|at| {
        begin(move || {
            let area = Area::file_at(at, fd, 0, 2 * PAGE, RW, MAP_SHARED)?;
            // SAFETY: zero bytes are a good Mutex, and its fields are atomics.
            let mutex = unsafe { &*((area.base() + PAGE - 64) as *const Mutex) };
            mutex.work(0);
            Ok(())
        })
    });
    for child in children {
        finish(child?)?;
    }
    let mut bytes = [0; 16];
    sys::pread(fd, &mut bytes, PAGE as i64 - 64)?;
    let words = [0, 8].map(|at| core::array::from_fn(|i| bytes[at + i]));
    check_eq!(words.map(u64::from_ne_bytes), [0, 2000]);
    Ok(())
}

/// After a fork the word is two words: a wake of the one is none of the other.
fn private_memory_is_private() -> Outcome {
    let threads = waiting([ANY])?;
    in_child(|| {
        check_eq!(sys::futex_wake(&WORD, 10, 0), Ok(0));
        Ok(())
    })?;
    check_eq!(WOKEN.load(Relaxed), 0);
    check_eq!(sys::futex_wake(&WORD, 10, 0), Ok(1));
    join_all(threads)
}

fn two_places() -> Outcome {
    let _here = Scratch::new()?;
    let fd = sys::create(c"word", O_RDWR, 0o600)?;
    sys::ftruncate(fd, PAGE as i64)?;
    let place = |at| Area::file_at(at, fd, 0, PAGE, RW, MAP_SHARED);
    let areas = [place(PLACES[0])?, place(PLACES[1])?];
    // SAFETY: a word of the file, used as an atomic only.
    let words = areas.map(|area| unsafe { AtomicU32::from_ptr(area.base() as *mut u32) });
    let child = begin(|| {
        words[0].store(1, Relaxed);
        Ok(sys::futex_wait(words[0], 1, None, 0)?)
    })?;
    check!(soon(|| words[1].load(Relaxed) == 1));
    check!(soon(|| sys::futex_wake(words[1], 1, 0) == Ok(1)));
    finish(child)
}

extern "C" fn wait_at(word: usize) {
    // SAFETY: the address of a word of shared memory, used as an atomic only.
    let word = unsafe { AtomicU32::from_ptr(word as *mut u32) };
    let _ = sys::futex_wait(word, 0, None, 0);
    WOKEN.fetch_add(1, Relaxed);
}

/// Its futex went with its mapping: it is not woken for another that came to lie there.
fn mapping_is_gone() -> Outcome {
    for _ in 0..3 {
        let area = Area::shared(PAGE)?;
        Thread::start(wait_at, area.base())?;
        sys::nanosleep(Time::from_ns(5_000_000))?;
        area.unmap()?;
        let again = Area::map(Some(area.base()), PAGE, RW, MAP_SHARED | MAP_ANONYMOUS)?;
        // SAFETY: as above.
        let word = unsafe { AtomicU32::from_ptr(again.base() as *mut u32) };
        check_eq!(sys::futex_wake(word, 10, 0), Ok(0));
        again.unmap()?;
    }
    check_eq!(WOKEN.load(Relaxed), 0);
    Ok(())
}

/// One is woken, two wait elsewhere from now on, one stays.
fn requeue() -> Outcome {
    let threads = waiting([ANY; 4])?;
    // futex(2) says that this counts who was woken; Linux counts the others too.
    check!(matches!(sys::futex_requeue(&WORD, 1, 2, &OTHER), Ok(1 | 3)));
    check_eq!(sys::futex_wake(&WORD, 10, 0), Ok(1));
    check_eq!(sys::futex_wake(&OTHER, 10, 0), Ok(2));
    join_all(threads)?;
    check_eq!(WOKEN.load(Relaxed), 4);
    Ok(())
}

fn compare_and_requeue() -> Outcome {
    let threads = waiting([ANY; 3])?;
    let requeue = |value| sys::futex_cmp_requeue(&WORD, 1, 10, &OTHER, value);
    check_eq!(requeue(7), Err(Errno(EAGAIN)));
    check_eq!(requeue(0), Ok(3));
    check_eq!(sys::futex_wake(&WORD, 10, 0), Ok(0));
    check_eq!(sys::futex_wake(&OTHER, 10, 0), Ok(2));
    join_all(threads)
}

fn bits() -> Outcome {
    let threads = waiting([1, 2, 4, 6])?;
    check_eq!(sys::futex_wake_bits(&WORD, 10, 8), Ok(0));
    check_eq!(sys::futex_wake_bits(&WORD, 10, 2), Ok(2));
    check_eq!(sys::futex_wake_bits(&WORD, 10, 2), Ok(0));
    // A plain wake is for any bit.
    check_eq!(sys::futex_wake(&WORD, 10, 0), Ok(2));
    join_all(threads)?;
    check_eq!(WOKEN.load(Relaxed), 4);
    check_eq!(sys::futex_wake_bits(&WORD, 1, 0), Err(Errno(EINVAL)));
    let result = sys::futex_wait_bits(&WORD, 0, None, 0);
    check_eq!(result, Err(Errno(EINVAL)));
    Ok(())
}

extern "C" fn nothing(_: u32, _: &Info, _: &mut Context) {}

fn interrupted() -> Outcome {
    sys::handle(SIGALRM, nothing, 0)?;
    sys::setitimer(ITIMER_REAL, &sys::Timer::every(2000), None)?;
    let word = AtomicU32::new(1);
    check_eq!(sys::futex_wait(&word, 1, None, 0), Err(Errno(EINTR)));
    Ok(())
}

/// A robust list with one mutex in it, as get_robust_list(2) and the kernel's
/// Documentation/locking/robust-futexes.rst describe it.
#[repr(C)]
struct Robust {
    /// The list's first entry, or its head when it is empty.
    first: AtomicUsize,
    /// From an entry to its futex, in bytes.
    offset: usize,
    /// An entry that is being added or taken away.
    pending: usize,
    /// The one entry: it leads back to the head.
    next: AtomicUsize,
    /// Its futex: the holder's number.
    futex: AtomicU32,
}

impl Robust {
    /// Makes this the calling thread's list, and the futex its own.
    fn hold(&self) -> Result<(), Errno> {
        let head = &raw const *self as usize;
        self.next.store(head, Relaxed);
        self.first.store(&raw const self.next as usize, Relaxed);
        self.futex.store(sys::gettid() as u32, Relaxed);
        // SAFETY: a good list, in memory that stays.
        unsafe { sys::set_robust_list(head, 24) }
    }
}

impl Default for Robust {
    fn default() -> Self {
        Robust {
            first: AtomicUsize::new(0),
            offset: core::mem::offset_of!(Robust, futex) - core::mem::offset_of!(Robust, next),
            pending: 0,
            next: AtomicUsize::new(0),
            futex: AtomicU32::new(0),
        }
    }
}

/// Whoever dies with the mutex in its hands says so, and wakes one who waits.
fn robust_list() -> Outcome {
    not_in_qemu_user("it has no robust lists")?;
    let robust = Shared::<Robust>::new()?;
    let go = sys::pipe()?;
    let holder = sys::spawn(|| {
        let held = robust.hold().is_ok();
        let _ = sys::write(go.write, &[held as u8]);
        let _ = sys::pause();
        0
    })?;
    let mut said = [0];
    check_eq!(sys::read(go.read, &mut said), Ok(1));
    check_eq!(said, [1]);
    let number = holder.0 as u32;
    let waiter = begin(|| {
        // A waiter marks the word, as the protocol says.
        robust.futex.fetch_or(FUTEX_WAITERS, Relaxed);
        while robust.futex.load(Relaxed) == number | FUTEX_WAITERS {
            let _ = sys::futex_wait(&robust.futex, number | FUTEX_WAITERS, None, 0);
        }
        Ok(())
    })?;
    check!(soon(|| robust.futex.load(Relaxed) & FUTEX_WAITERS != 0));
    sys::kill(holder.0, SIGKILL)?;
    holder.wait()?;
    finish(waiter)?;
    let wanted = FUTEX_OWNER_DIED | FUTEX_WAITERS;
    check_eq!(robust.futex.load(Relaxed), wanted);
    // SAFETY: the call is refused.
    let result = unsafe { sys::set_robust_list(0, 5) };
    check_eq!(result, Err(Errno(EINVAL)));
    Ok(())
}

fn refused() -> Outcome {
    let area = Area::private(2 * PAGE)?;
    area.store(0, 0);
    let (base, gone) = (area.base(), area.base() + PAGE);
    area.part(PAGE, PAGE).unmap()?;
    check_eq!(sys::futex_any(base + 2, FUTEX_WAIT, 0), Err(Errno(EINVAL)));
    check_eq!(sys::futex_any(base + 1, FUTEX_WAKE, 1), Err(Errno(EINVAL)));
    check_eq!(sys::futex_any(gone, FUTEX_WAIT, 0), Err(Errno(EFAULT)));
    check_eq!(sys::futex_any(8, FUTEX_WAIT, 0), Err(Errno(EFAULT)));
    check_eq!(sys::futex_any(base, 99, 0), Err(Errno(ENOSYS)));
    let wrong = Time {
        seconds: 0,
        nanoseconds: 1_000_000_000,
    };
    let word = AtomicU32::new(0);
    check_eq!(
        sys::futex_wait(&word, 0, Some(&wrong), 0),
        Err(Errno(EINVAL))
    );
    Ok(())
}
