//! The frame that a handler runs on: what is in it, where it lies, and what becomes of
//! it. And what the threads of a process have of signals.

use crate::harness::{Case, Outcome, dies_of, in_child, modest_stack};
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst};
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self, Action, AltStack, Context, Info, Thread};
use quire_user::{Area, Errno, PAGE};

/// The suite.
pub const CASES: &[Case] = &[
    ("frame_is_below_the_red_zone", frame_is_below_the_red_zone),
    ("context_tells_the_stack", context_tells_the_stack),
    ("overflow_is_handled_on_another_stack", overflow_is_handled),
    ("overflow_without_one_kills", overflow_without_one_kills),
    ("garbage_is_survived", garbage_is_survived),
    ("frame_that_is_not_there", frame_that_is_not_there),
    ("masked_fault_kills", masked_fault_kills),
    ("handler_that_is_not_there", handler_that_is_not_there),
    ("plain_handlers_get_the_registers", plain_handlers),
    ("trampoline_is_each_ones_own", trampoline_is_each_ones_own),
    ("restarted_read_of_a_word", restarted_wait),
    (
        "threads_take_what_others_mask",
        threads_take_what_others_mask,
    ),
    (
        "process_dies_with_all_threads",
        process_dies_with_all_threads,
    ),
    ("last_thread_ends_the_process", last_thread_ends_the_process),
    ("exec_by_a_thread", exec_by_a_thread),
];

/// Sleeps for so many nanoseconds, or until a signal.
fn nap(ns: u64) -> Result<(), Errno> {
    sys::nanosleep(sys::Time::from_ns(ns))
}

static COUNT: AtomicU32 = AtomicU32::new(0);
static SEEN: AtomicUsize = AtomicUsize::new(0);

extern "C" fn note_context(_: u32, info: &Info, context: &mut Context) {
    COUNT.fetch_add(1, SeqCst);
    SEEN.store(&raw const *context as usize, SeqCst);
    let _ = info;
}

fn frame_is_below_the_red_zone() -> Outcome {
    sys::handle(SIGUSR1, note_context, 0)?;
    let here = 0u64;
    sys::kill(sys::getpid(), SIGUSR1)?;
    check_eq!(COUNT.load(SeqCst), 1);
    let context = SEEN.load(SeqCst);
    check!(context + 512 < &raw const here as usize);
    check_eq!(context % 16, 0);
    Ok(())
}

fn alternate(len: usize) -> Result<AltStack, Errno> {
    let area = Area::private(len)?;
    let stack = AltStack {
        base: area.base(),
        flags: 0,
        len,
    };
    sys::sigaltstack(Some(&stack), None)?;
    Ok(stack)
}

extern "C" fn note_stack(_: u32, _: &Info, _: &mut Context) {
    let mut now = AltStack::default();
    let _ = sys::sigaltstack(None, Some(&mut now));
    SEEN.store(now.flags as usize, SeqCst);
    let other = AltStack {
        base: 0x10000,
        flags: 0,
        len: 1 << 20,
    };
    let refused = sys::sigaltstack(Some(&other), None) == Err(Errno(EPERM));
    COUNT.store(refused as u32, SeqCst);
}

fn context_tells_the_stack() -> Outcome {
    let stack = alternate(16 * PAGE)?;
    sys::handle(SIGUSR1, note_stack, SA_ONSTACK)?;
    sys::kill(sys::getpid(), SIGUSR1)?;
    check_eq!(SEEN.load(SeqCst), SS_ONSTACK as usize);
    check_eq!(COUNT.load(SeqCst), 1);
    let mut now = AltStack::default();
    sys::sigaltstack(None, Some(&mut now))?;
    check_eq!(now, stack);
    let small = AltStack { len: 100, ..stack };
    check_eq!(sys::sigaltstack(Some(&small), None), Err(Errno(ENOMEM)));
    Ok(())
}

#[allow(unconditional_recursion)]
#[inline(never)]
fn dig(depth: u64) -> u64 {
    let room = core::hint::black_box([depth; 64]);
    dig(depth + 1) + room[7]
}

extern "C" fn leave(signal: u32, info: &Info, _: &mut Context) {
    let good = signal == SIGSEGV && info.address() > 0x10000;
    sys::exit(if good { 42 } else { 1 });
}

fn overflow_is_handled() -> Outcome {
    let child = sys::spawn(|| {
        let ready = modest_stack()
            .and_then(|()| alternate(16 * PAGE))
            .and_then(|_| sys::handle(SIGSEGV, leave, SA_ONSTACK));
        if ready.is_ok() {
            core::hint::black_box(dig(0));
        }
        0
    })?;
    check_eq!(child.wait()?.code(), Some(42));
    Ok(())
}

fn overflow_without_one_kills() -> Outcome {
    dies_of(SIGSEGV, || {
        let _ = sys::handle(SIGSEGV, leave, 0);
        let _ = modest_stack();
        core::hint::black_box(dig(0));
    })
}

extern "C" fn scramble(_: u32, _: &Info, context: &mut Context) {
    // MSR, the cause of the trap and the like are not a program's.
    for n in [33, 34, 39, 40, 41, 42, 43, 44, 45, 46, 47] {
        context.registers[n] = u64::MAX;
    }
    // The order of bytes is.
    context.registers[Context::MSR] = u64::MAX << 1 | Context::LE;
}

fn garbage_is_survived() -> Outcome {
    sys::handle(SIGUSR1, scramble, 0)?;
    for _ in 0..10 {
        sys::kill(sys::getpid(), SIGUSR1)?;
    }
    Ok(())
}

/// A call of rt_sigreturn with the stack pointer as it is: what is there is no frame.
fn frame_that_is_not_there() -> Outcome {
    let status = sys::spawn(|| {
        // SAFETY: this child ends one way or another.
        let _ = unsafe { sys::call(__NR_rt_sigreturn, &[]) };
        0
    })?
    .wait()?;
    check!(status.signal().is_some());
    Ok(())
}

fn masked_fault_kills() -> Outcome {
    dies_of(SIGSEGV, || {
        let _ = sys::handle(SIGSEGV, leave, 0);
        let _ = sys::block(&[SIGSEGV]);
        quire_user::sc::load(0x8000)
    })
}

fn handler_that_is_not_there() -> Outcome {
    dies_of(SIGSEGV, || {
        let action = Action {
            handler: 0x8000,
            ..Action::DEFAULT
        };
        let _ = sys::sigaction(SIGUSR1, Some(&action), None);
        let _ = sys::sigaction(SIGSEGV, Some(&action), None);
        sys::kill(sys::getpid(), SIGUSR1)
    })
}

extern "C" fn plain(signal: u32, registers_at: usize) {
    COUNT.store(signal, SeqCst);
    SEEN.store(registers_at, SeqCst);
}

fn plain_handlers() -> Outcome {
    let action = Action {
        handler: plain as *const () as usize,
        ..Action::DEFAULT
    };
    sys::sigaction(SIGUSR2, Some(&action), None)?;
    sys::kill(sys::getpid(), SIGUSR2)?;
    check_eq!(COUNT.load(SeqCst), SIGUSR2);
    check!(SEEN.load(SeqCst) > 0x10000);
    Ok(())
}

/// One who writes to the page that handlers return to writes to a copy of his own.
fn trampoline_is_each_ones_own() -> Outcome {
    crate::harness::needs_vm()?;
    let page = (1usize << 46) - (32 << 10);
    in_child(|| {
        // SAFETY: nothing of Rust's is there.
        unsafe {
            sys::mprotect(page, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC)?;
            quire_user::sc::store(page, 0);
        }
        Ok(())
    })?;
    COUNT.store(0, SeqCst);
    sys::handle(SIGUSR1, note_context, 0)?;
    sys::kill(sys::getpid(), SIGUSR1)?;
    check_eq!(COUNT.load(SeqCst), 1);
    Ok(())
}

/// wait4 goes on after a handler with SA_RESTART, and does not without.
fn restarted_wait() -> Outcome {
    let parent = sys::getpid();
    for (flags, restarts) in [(SA_RESTART, true), (0, false)] {
        COUNT.store(0, SeqCst);
        sys::handle(SIGUSR1, note_context, flags)?;
        let child = sys::spawn(|| {
            let _ = nap(20_000_000);
            let _ = sys::kill(parent, SIGUSR1);
            let _ = nap(20_000_000);
            3
        })?;
        let first = sys::wait4(child.0, 0);
        check_eq!(COUNT.load(SeqCst), 1);
        if restarts {
            check_eq!(first?.1.code(), Some(3));
        } else {
            check_eq!(first, Err(Errno(EINTR)));
            check_eq!(child.wait()?.code(), Some(3));
        }
    }
    Ok(())
}

static TAKER: AtomicU32 = AtomicU32::new(0);
static STOP: AtomicU32 = AtomicU32::new(0);

extern "C" fn note_taker(_: u32, _: &Info, _: &mut Context) {
    TAKER.store(sys::gettid() as u32, SeqCst);
}

extern "C" fn unmasked(_: usize) {
    let _ = sys::unblock(&[SIGUSR1]);
    while STOP.load(SeqCst) == 0 {
        let _ = sys::futex_wait(&STOP, 0, None, 0);
    }
}

fn threads_take_what_others_mask() -> Outcome {
    sys::handle(SIGUSR1, note_taker, 0)?;
    sys::block(&[SIGUSR1])?;
    let thread = Thread::start(unmasked, 0)?;
    let tid = thread.tid() as u32;
    for _ in 0..3 {
        TAKER.store(0, SeqCst);
        sys::kill(sys::getpid(), SIGUSR1)?;
        check!(crate::harness::soon(|| TAKER.load(SeqCst) == tid));
    }
    STOP.store(1, SeqCst);
    sys::futex_wake(&STOP, 1, 0)?;
    thread.join()?;
    Ok(())
}

extern "C" fn sleep_long(_: usize) {
    let _ = nap(100_000_000_000);
}

extern "C" fn spin(_: usize) {
    loop {
        core::hint::spin_loop();
    }
}

fn process_dies_with_all_threads() -> Outcome {
    for by in [SIGKILL, SIGTERM] {
        let child = sys::spawn(|| {
            for body in [sleep_long, spin, unmasked] {
                if Thread::start(body, 0).is_err() {
                    return 1;
                }
            }
            spin(0);
            0
        })?;
        nap(30_000_000)?;
        sys::kill(child.0, by)?;
        check_eq!(child.wait()?.signal(), Some(by));
    }
    Ok(())
}

extern "C" fn sleep_short(_: usize) {
    let _ = nap(30_000_000);
    sys::exit_thread(9);
}

fn last_thread_ends_the_process() -> Outcome {
    let child = sys::spawn(|| {
        let started = Thread::start(sleep_short, 0);
        sys::exit_thread(if started.is_ok() { 1 } else { 2 })
    })?;
    check_eq!(child.wait()?.code(), Some(9));
    Ok(())
}

extern "C" fn exec_true(_: usize) {
    let argv = [c"true".as_ptr(), core::ptr::null()];
    let envp = [core::ptr::null()];
    let _ = sys::execve(c"/bin/true", &argv, &envp);
    sys::exit(7);
}

fn exec_by_a_thread() -> Outcome {
    let child = sys::spawn(|| {
        if Thread::start(exec_true, 0).is_err() {
            return 1;
        }
        let _ = nap(100_000_000_000);
        2
    })?;
    check_eq!(child.wait()?.code(), Some(0));
    Ok(())
}
