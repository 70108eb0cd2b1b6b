//! Threads: several flows of control in one address space.

use crate::harness::{Case, Outcome, dies_of, in_child, not_in_qemu_user};
use core::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::*};
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sc::{self, NewThread};
use quire_user::sys::{self, Status, Thread, Time};
use quire_user::{Area, Errno, PAGE, exec};

/// The suite.
pub const CASES: &[Case] = &[
    ("memory_is_shared", memory_is_shared),
    ("numbers", numbers),
    ("thread_pointer", thread_pointer),
    ("many_threads", many_threads),
    ("one_ends_and_others_go_on", one_ends),
    ("exit_group_ends_all", exit_group_ends_all),
    ("main_ends_first", main_ends_first),
    ("exec_by_a_thread", exec_by_a_thread),
    ("fork_by_a_thread", fork_by_a_thread),
    ("fault_of_a_thread_ends_all", fault_ends_all),
    ("mappings_are_shared", mappings_are_shared),
    ("first_touch_by_many", first_touch_by_many),
    ("files_are_shared", files_are_shared),
    ("number_is_cleared_at_the_end", number_is_cleared),
    ("process_with_the_same_memory", process_with_the_same_memory),
    ("clone_refused", clone_refused),
    ("fork_while_threads_write", fork_while_threads_write),
];

pub static SUM: AtomicU64 = AtomicU64::new(0);
pub static SEEN: AtomicUsize = AtomicUsize::new(0);
pub static STOP: AtomicU32 = AtomicU32::new(0);

extern "C" fn add(argument: usize) {
    for _ in 0..1000 {
        SUM.fetch_add(argument as u64, Relaxed);
    }
    // Whatever runs meanwhile, this thread's variables are its own.
    let mut own = [argument; 100];
    (0..50).for_each(|i| own[i] += i);
    sys::sched_yield();
    if (0..50).all(|i| own[i] == argument + i) {
        SEEN.fetch_add(1, Relaxed);
    }
}

fn memory_is_shared() -> Outcome {
    let threads = [1, 2, 3, 4].map(|n| Thread::start(add, n));
    for thread in threads {
        thread?.join()?;
    }
    check_eq!((SUM.load(Relaxed), SEEN.load(Relaxed)), (10_000, 4));
    Ok(())
}

static PIDS: [AtomicU32; 3] = [const { AtomicU32::new(0) }; 3];

extern "C" fn tell_numbers(_: usize) {
    let numbers = [sys::getpid(), sys::gettid(), sys::getppid()];
    (0..3).for_each(|i| PIDS[i].store(numbers[i] as u32, Relaxed));
}

fn numbers() -> Outcome {
    check_eq!(sys::getpid(), sys::gettid());
    let thread = Thread::start(tell_numbers, 0)?;
    let tid = thread.tid();
    thread.join()?;
    let wanted = [sys::getpid(), tid, sys::getppid()].map(|n| n as u32);
    check_eq!([0, 1, 2].map(|i: usize| PIDS[i].load(Relaxed)), wanted);
    check!(tid != sys::getpid());
    Ok(())
}

extern "C" fn keep_tls(argument: usize) {
    for _ in 0..50 {
        sys::sched_yield();
        let _ = sys::nanosleep(Time::from_ns(10_000));
        if sys::tls() != argument {
            return;
        }
    }
    SEEN.fetch_add(1, Relaxed);
}

fn thread_pointer() -> Outcome {
    let before = sys::tls();
    let threads: [_; 8] = core::array::from_fn(|n| {
        let tls = 0x1234_0000_0000_0007 + n;
        Thread::with_tls(keep_tls, tls, tls)
    });
    for thread in threads {
        thread?.join()?;
    }
    check_eq!((SEEN.load(Relaxed), sys::tls()), (8, before));
    Ok(())
}

fn many_threads() -> Outcome {
    for round in 1..=4 {
        let threads: [_; 40] = core::array::from_fn(|_| Thread::start(add, 1));
        for thread in threads {
            thread?.join()?;
        }
        check_eq!(SUM.load(Relaxed), round * 40_000);
    }
    Ok(())
}

extern "C" fn leave(argument: usize) {
    if argument != 0 {
        sys::exit_thread(argument as i32);
    }
}

fn one_ends() -> Outcome {
    Thread::start(leave, 7)?.join()?;
    Thread::start(leave, 0)?.join()?;
    Thread::start(add, 1)?.join()?;
    check_eq!(SUM.load(Relaxed), 1000);
    Ok(())
}

extern "C" fn end_all(argument: usize) {
    sys::exit(argument as i32)
}

pub extern "C" fn spin(_: usize) {
    while STOP.load(Relaxed) == 0 {
        SUM.fetch_add(1, Relaxed);
    }
}

pub extern "C" fn wait_for_ever(_: usize) {
    loop {
        let _ = sys::pause();
    }
}

fn exit_group_ends_all() -> Outcome {
    let status = sys::spawn(|| {
        let _busy = Thread::start(spin, 0);
        let _waiting = Thread::start(wait_for_ever, 0);
        let _end = Thread::start(end_all, 5);
        loop {
            let _ = sys::pause();
        }
    })?
    .wait()?;
    check_eq!(status, Status::exited(5));
    Ok(())
}

extern "C" fn later(argument: usize) {
    let _ = sys::nanosleep(Time::from_ns(5_000_000));
    match argument {
        0 => {}
        status => sys::exit(status as i32),
    }
}

fn main_ends_first() -> Outcome {
    // The status is that of whoever ends last, as on Linux since 5.17.
    for (thread, wanted) in [(9, 9), (0, 0)] {
        let child = sys::spawn(|| {
            let _thread = Thread::start(later, thread);
            sys::exit_thread(3)
        })?;
        // It has not ended before its last thread has.
        check!(sys::wait4(child.0, WNOHANG)?.0 == 0);
        check_eq!(child.wait()?, Status::exited(wanted));
    }
    Ok(())
}

extern "C" fn replace(_: usize) {
    exec::replace(c"/bin/sh", &[c"sh", c"-c", c"exit 7"], &[]);
    sys::exit(exec::NOT_FOUND);
}

fn exec_by_a_thread() -> Outcome {
    let status = sys::spawn(|| {
        let _busy = Thread::start(spin, 0);
        let _new = Thread::start(replace, 0);
        loop {
            let _ = sys::pause();
        }
    })?
    .wait()?;
    check_eq!(status, Status::exited(7));
    Ok(())
}

extern "C" fn fork_here(address: usize) {
    let area = Area::over(address, PAGE);
    let outcome = in_child(|| {
        check_eq!(area.load(0), 1);
        check_eq!(sys::getpid(), sys::gettid());
        area.store(0, 2);
        // No other thread is here: this number stays.
        let before = SUM.load(Relaxed);
        sys::nanosleep(Time::from_ns(3_000_000))?;
        check_eq!(SUM.load(Relaxed), before);
        Thread::start(leave, 0)?.join()?;
        Ok(())
    });
    SEEN.store(outcome.is_ok() as usize, Relaxed);
}

fn fork_by_a_thread() -> Outcome {
    let area = Area::private(PAGE)?;
    area.store(0, 1);
    let busy = Thread::start(spin, 0)?;
    Thread::start(fork_here, area.base())?.join()?;
    STOP.store(1, Relaxed);
    busy.join()?;
    check_eq!((SEEN.load(Relaxed), area.load(0)), (1, 1));
    Ok(())
}

extern "C" fn touch(address: usize) {
    SUM.fetch_add(Area::over(address, 1).load(0) as u64, Relaxed);
}

fn fault_ends_all() -> Outcome {
    dies_of(SIGSEGV, || {
        let _thread = Thread::start(touch, 8);
        loop {
            let _ = sys::pause();
        }
    })
}

extern "C" fn map_and_fill(address: usize) {
    let area = Area::over(address, 4 * PAGE);
    let result = area.remap(quire_user::area::RW, MAP_PRIVATE);
    area.fill_all(3);
    SEEN.store(result.is_ok() as usize, Relaxed);
}

extern "C" fn unmap(address: usize) {
    let _ = Area::over(address, PAGE).unmap();
}

fn mappings_are_shared() -> Outcome {
    let area = Area::map(None, 4 * PAGE, PROT_NONE, MAP_PRIVATE)?;
    Thread::start(map_and_fill, area.base())?.join()?;
    check_eq!(SEEN.load(Relaxed), 1);
    check_eq!(area.differs_anywhere(3), None);
    area.part(PAGE, PAGE).protect(PROT_READ)?;
    // In the middle, where no stack of a thread will be put in its place.
    let gone = area.base() + 2 * PAGE;
    Thread::start(unmap, gone)?.join()?;
    dies_of(SIGSEGV, || area.load(2 * PAGE))?;
    dies_of(SIGSEGV, || area.store(PAGE, 1))?;
    // Also where the access is another thread's.
    dies_of(SIGSEGV, || {
        Thread::start(touch, gone)?.join()?;
        Ok::<_, Errno>(())
    })
}

extern "C" fn touch_pages(address: usize) {
    let area = Area::over(address, 64 * PAGE);
    for page in 0..64 {
        // SAFETY: the area is shared by the threads, which use atomics only.
        let word = unsafe { AtomicU64::from_ptr((area.base() + page * PAGE) as *mut u64) };
        word.fetch_add(1, Relaxed);
        if page % 8 == 0 {
            sys::sched_yield();
        }
    }
}

fn first_touch_by_many() -> Outcome {
    let area = Area::private(64 * PAGE)?;
    let threads = [(); 6].map(|()| Thread::start(touch_pages, area.base()));
    for thread in threads {
        thread?.join()?;
    }
    check!((0..64).all(|page| area.load_word(page * PAGE) == 6));
    Ok(())
}

extern "C" fn open_and_go(_: usize) {
    let _ = sys::chdir(c"/dev");
    let fd = sys::open(c"null", O_RDONLY).unwrap_or(-1);
    SEEN.store(fd as usize, Relaxed);
}

fn files_are_shared() -> Outcome {
    Thread::start(open_and_go, 0)?.join()?;
    let fd = SEEN.load(Relaxed) as i32;
    check!(fd >= 0);
    sys::close(fd)?;
    sys::close(sys::open(c"zero", O_RDONLY)?)?;
    Ok(())
}

extern "C" fn clear_elsewhere(address: usize) {
    // SAFETY: the caller keeps the word for this alone.
    let tid = unsafe { sys::set_tid_address(address) };
    SEEN.store((tid == Ok(sys::gettid())) as usize, Relaxed);
}

fn number_is_cleared() -> Outcome {
    let area = Area::private(PAGE)?;
    // SAFETY: the word stays, and is used as an atomic only.
    let word = unsafe { AtomicU32::from_ptr(area.base() as *mut u32) };
    word.store(77, Relaxed);
    // It will not be joined: its own word is never cleared.
    let _thread = Thread::start(clear_elsewhere, area.base())?;
    while word.load(Acquire) == 77 {
        let _ = sys::futex_wait(word, 77, None, 0);
    }
    check_eq!((word.load(Relaxed), SEEN.load(Relaxed)), (0, 1));
    Ok(())
}

/// CLONE_VM without CLONE_THREAD: a process to wait for, in the same memory.
fn process_with_the_same_memory() -> Outcome {
    not_in_qemu_user("it knows threads and forks, and nothing between")?;
    let stack = Area::private(16 * PAGE)?;
    for flags in [CLONE_VM | SIGCHLD, CLONE_VM | CLONE_VFORK | SIGCHLD] {
        SUM.store(0, Relaxed);
        let new = NewThread {
            flags: flags as usize,
            stack: stack.base() + stack.len(),
            parent_tid: 0,
            tls: 0,
            child_tid: 0,
            body: add,
            argument: 3,
        };
        // SAFETY: the stack is the new process's alone until it has ended.
        let pid = sys::check(unsafe { sc::clone(&new) })? as i32;
        check_eq!(sys::wait4(pid, 0)?, (pid, Status::exited(0)));
        check_eq!(SUM.load(Relaxed), 3000);
    }
    Ok(())
}

fn clone_refused() -> Outcome {
    let stack = Area::private(PAGE)?;
    for flags in [CLONE_THREAD, CLONE_THREAD | CLONE_SIGHAND, CLONE_SIGHAND] {
        let new = NewThread {
            flags: (flags | SIGCHLD) as usize,
            stack: stack.base() + PAGE,
            parent_tid: 0,
            tls: 0,
            child_tid: 0,
            body: leave,
            argument: 0,
        };
        // SAFETY: the call is refused.
        let result = sys::check(unsafe { sc::clone(&new) });
        check_eq!(result, Err(Errno(EINVAL)));
    }
    Ok(())
}

extern "C" fn write_on(address: usize) {
    let area = Area::over(address, 8 * PAGE);
    let mut n = 0;
    while STOP.load(Relaxed) == 0 {
        n += 1;
        (0..8).for_each(|page| area.store_word(page * PAGE, n));
    }
    SEEN.fetch_add(1, Relaxed);
}

/// A child's memory is of one moment, whatever the threads do meanwhile.
fn fork_while_threads_write() -> Outcome {
    let area = Area::private(8 * PAGE)?;
    let thread = Thread::start(write_on, area.base())?;
    for _ in 0..20 {
        in_child(|| {
            let found: [u64; 8] = core::array::from_fn(|page| area.load_word(page * PAGE));
            // Written in order: each is as far as the one before, or one less.
            let right = found.windows(2).all(|w| w[0] == w[1] || w[0] == w[1] + 1);
            check!(right && found[0] - found[7] <= 1, "{found:?}");
            sys::nanosleep(Time::from_ns(500_000))?;
            check!((0..8).all(|page| area.load_word(page * PAGE) == found[page]));
            Ok(())
        })?;
        sys::nanosleep(Time::from_ns(500_000))?;
    }
    STOP.store(1, Relaxed);
    thread.join()?;
    Ok(())
}
