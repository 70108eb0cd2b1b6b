//! Floating-point and vector registers, all that the processor has: each thread has its
//! own, whoever else uses them.

use crate::harness::{Case, Outcome, begin, dies_of, finish, in_child, not_in_qemu_user, soon};
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use quire_user::float::{self, FP, Float, Kinds, VECTOR, VECTOR_SCALAR, kinds};
use quire_user::linux::{SIGILL, SIGKILL};
use quire_user::shared::wait_until;
use quire_user::sys::{self, Child, Fork, Status, Thread};
use quire_user::{Shared, exec, proc};

/// The suite.
pub const CASES: &[Case] = &[
    ("processor_has_what_the_kernel_says", has_what_it_says),
    ("survive_system_calls", survive_system_calls),
    ("survive_ticks_and_others", survive_ticks_and_others),
    ("rounding_is_each_ones_own", rounding_is_each_ones_own),
    ("exceptions_do_not_trap", exceptions_do_not_trap),
    ("child_has_a_copy", child_has_a_copy),
    (
        "child_has_a_copy_of_what_was_saved",
        child_has_a_copy_of_saved,
    ),
    ("child_of_one_who_has_none", child_of_one_who_has_none),
    ("thread_has_a_copy", thread_has_a_copy),
    ("many_threads", many_threads),
    ("many_ends", many_ends),
    ("new_program_finds_zero", new_program_finds_zero),
    ("exec_by_a_thread", exec_by_a_thread),
    ("refused_exec_changes_nothing", refused_exec),
    ("as_many_as_there_can_be", as_many_as_there_can_be),
];

const EVERY: [Kinds; 3] = [FP, VECTOR, VECTOR_SCALAR];

/// Fails unless the registers hold `wanted`.
fn holds(wanted: &Float) -> Outcome {
    same(&Float::take(kinds()), wanted)
}

/// Fails unless that is the same.
pub fn same(found: &Float, wanted: &Float) -> Outcome {
    for n in 0..32 {
        check!(
            found.vsr[n] == wanted.vsr[n],
            "VSR {n}: {:x?}, not {:x?}",
            found.vsr[n],
            wanted.vsr[n]
        );
        check!(
            found.vr[n] == wanted.vr[n],
            "VR {n}: {:#x}, not {:#x}",
            found.vr[n],
            wanted.vr[n]
        );
    }
    check!(
        found.vscr == wanted.vscr,
        "VSCR: {:#x}, not {:#x}",
        found.vscr,
        wanted.vscr
    );
    check!(
        found.fpscr == wanted.fpscr,
        "FPSCR: {:#x}, not {:#x}",
        found.fpscr,
        wanted.fpscr
    );
    Ok(())
}

/// What one finds who has never used them. In qemu's user mode VSCR is something else.
pub fn unused() -> Float {
    let vscr = match proc::has_vm() {
        true => 0,
        false => Float::take(kinds()).vscr,
    };
    Float {
        vscr,
        ..Float::ZERO
    }
}

fn has_what_it_says() -> Outcome {
    for kind in EVERY {
        if kinds() & kind == 0 {
            dies_of(SIGILL, || Float::take(kind))?;
        } else {
            in_child(|| {
                core::hint::black_box(Float::take(kind));
                Ok(())
            })?;
        }
    }
    check!(kinds() & FP != 0);
    Ok(())
}

fn survive_system_calls() -> Outcome {
    let own = Float::own(1);
    for _ in 0..100 {
        sys::getpid();
        sys::sched_yield();
        let _ = sys::nanosleep(sys::Time::from_ns(1000));
        holds(&own)?;
    }
    Ok(())
}

/// Changes hands with the others at every turn: at ticks, and when it gives way.
fn hold_for_long(seed: u64, rounds: u64) -> Outcome {
    for round in 0..rounds {
        let own = Float::own(seed + round);
        if round % 2 == 0 {
            sys::sched_yield();
        } else {
            (0..20_000).for_each(|_| core::hint::spin_loop());
        }
        holds(&own)?;
    }
    Ok(())
}

static WRONG: AtomicU32 = AtomicU32::new(0);

extern "C" fn hold_in_a_thread(seed: usize) {
    if hold_for_long(seed as u64, 100).is_err() {
        WRONG.fetch_add(1, Relaxed);
    }
}

fn hold_with_threads(seed: u64) -> Outcome {
    let threads = [1, 2].map(|n| Thread::start(hold_in_a_thread, (seed + n * 1000) as usize));
    let own = hold_for_long(seed, 100);
    for thread in threads {
        thread?.join()?;
    }
    check_eq!(WRONG.load(Relaxed), 0);
    own
}

fn survive_ticks_and_others() -> Outcome {
    let children = [1, 2, 3, 4].map(|n| begin(|| hold_with_threads(n * 10_000)));
    for child in children {
        finish(child?)?;
    }
    Ok(())
}

/// 1/3 in double precision, and the next number above it.
const THIRD: u64 = 0x3fd5_5555_5555_5555;
const ONE: u64 = 0x3ff0_0000_0000_0000;
const THREE: u64 = 0x4008_0000_0000_0000;
/// FPSCR[RN]: to nearest, up.
const NEAREST: u64 = 0;
const UP: u64 = 2;

fn divides(rounding: u64, third: u64) -> Outcome {
    let mut float = Float::ZERO;
    (float.vsr[2][0], float.vsr[3][0], float.fpscr) = (ONE, THREE, rounding);
    float.put(FP);
    for _ in 0..50 {
        sys::sched_yield();
        float::divide();
        check_eq!(Float::take(FP).vsr[1][0], third);
    }
    Ok(())
}

/// What is kept is the processor's state too, not only numbers.
fn rounding_is_each_ones_own() -> Outcome {
    let up = begin(|| divides(UP, THIRD + 1))?;
    divides(NEAREST, THIRD)?;
    finish(up)
}

/// FPSCR[ZE], [FEX] and [ZX]: a division by zero is an exception, is there and enabled,
/// is there.
const ZE: u64 = 0x10;
const FEX: u64 = 0x4000_0000;
const ZX: u64 = 0x0400_0000;

/// PR_FP_EXC_DISABLED is the default of prctl(2).
fn exceptions_do_not_trap() -> Outcome {
    not_in_qemu_user("they do trap")?;
    let mut float = Float::ZERO;
    (float.vsr[2][0], float.fpscr) = (ONE, ZE);
    float.put(FP);
    float::divide();
    check_eq!(Float::take(FP).fpscr & (ZE | FEX | ZX), ZE | FEX | ZX);
    Ok(())
}

fn child_has_a_copy() -> Outcome {
    let own = Float::own(1);
    in_child(|| {
        holds(&own)?;
        let other = Float::own(2);
        in_child(|| holds(&other))?;
        holds(&other)
    })?;
    holds(&own)
}

/// A child of this process has the registers when it forks another.
fn child_has_a_copy_of_saved() -> Outcome {
    let turn = Shared::<AtomicU32>::new()?;
    let own = Float::own(1);
    let other = begin(|| {
        let other = Float::own(2);
        turn.store(1, Relaxed);
        wait_until(|| turn.load(Relaxed) == 2);
        holds(&other)
    })?;
    wait_until(|| turn.load(Relaxed) == 1);
    in_child(|| holds(&own))?;
    turn.store(2, Relaxed);
    finish(other)?;
    holds(&own)
}

fn child_of_one_who_has_none() -> Outcome {
    in_child(|| {
        holds(&unused())?;
        Float::own(1);
        Ok(())
    })?;
    holds(&unused())
}

/// What [`thread_has_a_copy`] gave the registers: the same seed gives the same.
static SEED: AtomicU64 = AtomicU64::new(0);
static COPIES: AtomicU32 = AtomicU32::new(0);

extern "C" fn look_and_change(address: usize) {
    // SAFETY: who started this thread waits for its end, and only reads.
    let wanted = unsafe { &*(address as *const Float) };
    if holds(wanted).is_ok() {
        COPIES.fetch_add(1, Relaxed);
    }
    Float::own(SEED.fetch_add(1, Relaxed));
}

fn thread_has_a_copy() -> Outcome {
    SEED.store(100, Relaxed);
    let own = Float::own(1);
    for _ in 0..3 {
        let thread = Thread::start(look_and_change, &raw const own as usize)?;
        holds(&own)?;
        thread.join()?;
        holds(&own)?;
    }
    check_eq!(COPIES.load(Relaxed), 3);
    Ok(())
}

fn many_threads() -> Outcome {
    const THREADS: usize = 60;
    let mut threads = [const { None }; THREADS];
    for (n, thread) in threads.iter_mut().enumerate() {
        *thread = Some(Thread::start(hold_in_a_thread, n * 1000)?);
    }
    for thread in threads.into_iter().flatten() {
        thread.join()?;
    }
    check_eq!(WRONG.load(Relaxed), 0);
    Ok(())
}

/// Nothing is left of the one who had the registers when it ended.
fn many_ends() -> Outcome {
    let own = Float::own(1);
    for seed in 2..50 {
        let child = sys::spawn(|| {
            Float::own(seed);
            loop {
                sys::sched_yield();
            }
        })?;
        for _ in 0..seed {
            sys::sched_yield();
        }
        sys::kill(child.0, SIGKILL)?;
        child.wait()?;
        holds(&own)?;
    }
    Ok(())
}

/// What the cases that exec leave to the new program, which gets here by its argument:
/// whether all registers are zero, when those of one kind are looked at first.
pub fn is_zero(kind: Option<&str>) -> i32 {
    let kind = kind.and_then(|digit| digit.parse().ok()).unwrap_or(FP);
    let zero = Float::take(kind) == Float::ZERO && Float::take(kinds()) == Float::ZERO;
    !zero as i32
}

const ARGUMENTS: [&core::ffi::CStr; 3] = [c"1", c"2", c"4"];

fn become_zero(argument: &core::ffi::CStr) -> i32 {
    exec::replace(c"/bin/suite", &[c"suite", c"floatzero", argument], &[]);
    exec::NOT_FOUND
}

fn new_program_finds_zero() -> Outcome {
    not_in_qemu_user("it cannot exec a program of another machine")?;
    let own = Float::own(1);
    for (kind, argument) in EVERY.into_iter().zip(ARGUMENTS) {
        if kinds() & kind == 0 {
            continue;
        }
        check_eq!(
            sys::spawn(|| become_zero(argument))?.wait()?,
            Status::exited(0)
        );
        // SAFETY: the child does nothing but exec or exit.
        let child = match unsafe { sys::vfork() }? {
            Fork::Child => sys::exit(become_zero(argument)),
            Fork::Parent(pid) => Child(pid),
        };
        check_eq!(child.wait()?, Status::exited(0));
        holds(&own)?;
    }
    Ok(())
}

extern "C" fn exec_in_a_thread(_: usize) {
    Float::own(3);
    sys::exit(become_zero(c"1"));
}

fn exec_by_a_thread() -> Outcome {
    not_in_qemu_user("it cannot exec a program of another machine")?;
    let status = sys::spawn(|| {
        Float::own(2);
        let thread = Thread::start(exec_in_a_thread, 0);
        let _ = thread.map(Thread::join);
        1
    })?
    .wait()?;
    check_eq!(status, Status::exited(0));
    Ok(())
}

fn refused_exec() -> Outcome {
    let own = Float::own(1);
    exec::replace(c"/no/such/program", &[c"x"], &[]);
    holds(&own)
}

static READY: AtomicU32 = AtomicU32::new(0);
static STOP: AtomicU32 = AtomicU32::new(0);

extern "C" fn wait_with_own(seed: usize) {
    let own = Float::own(seed as u64);
    READY.fetch_add(1, Relaxed);
    while STOP.load(Relaxed) == 0 {
        let _ = sys::futex_wait(&STOP, 0, None, 0);
    }
    if holds(&own).is_err() {
        WRONG.fetch_add(1, Relaxed);
    }
}

/// As many as the kernel allows, or memory: 400 at most.
fn as_many_as_there_can_be() -> Outcome {
    const MOST: usize = 400;
    let most = crate::harness::pages_up_to(4 * MOST) / 4;
    let mut threads = [const { None }; MOST];
    let own = Float::own(7);
    for (n, slot) in threads.iter_mut().take(most).enumerate() {
        match Thread::start(wait_with_own, n + 10) {
            Ok(thread) => *slot = Some(thread),
            Err(_) => break,
        }
    }
    let started = threads.iter().flatten().count() as u32;
    check!(started > 0);
    check!(soon(|| READY.load(Relaxed) == started));
    STOP.store(1, Relaxed);
    sys::futex_wake(&STOP, started, 0)?;
    for thread in threads.into_iter().flatten() {
        thread.join()?;
    }
    check_eq!(WRONG.load(Relaxed), 0);
    holds(&own)
}
