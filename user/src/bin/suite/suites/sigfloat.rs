//! Floating-point and vector registers where signals are: what a handler finds, and what
//! it leaves.

use super::float::{same, unused};
use crate::harness::{Case, Outcome, in_child, not_in_qemu_user};
use core::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};
use quire_user::float::{FP, Float, VECTOR, VECTOR_SCALAR, kinds};
use quire_user::linux::*;
use quire_user::sys::{self, Context, Info, Timer};
use quire_user::{Area, Errno, PAGE, proc};

/// More of suite float.
pub const CASES: &[Case] = &[
    ("handler_leaves_them_alone", handler_leaves_them_alone),
    ("handlers_at_any_time", handlers_at_any_time),
    ("handler_begins_with_a_clean_fpscr", clean_fpscr),
    ("first_use_by_a_handler", first_use_by_a_handler),
    ("context_tells_them", context_tells_them),
    ("context_without_them", context_without_them),
    ("handler_changes_them", handler_changes_them),
    ("handler_gives_them_to_one_who_has_none", handler_gives),
    ("handler_takes_vectors_away", handler_takes_vectors_away),
    ("vectors_elsewhere", vectors_elsewhere),
    ("vectors_nowhere", vectors_nowhere),
    ("fork_by_a_handler", fork_by_a_handler),
];

/// What is found, as far as it can be told: qemu's user mode leaves VSCR out of the frame.
fn visible(found: Float, wanted: &Float) -> Float {
    let vscr = match proc::has_vm() {
        true => found.vscr,
        false => wanted.vscr,
    };
    Float { vscr, ..found }
}

/// Fails unless the registers hold `wanted`.
fn holds(wanted: &Float) -> Outcome {
    same(&visible(Float::take(kinds()), wanted), wanted)
}

fn raise() -> Result<(), Errno> {
    sys::kill(sys::getpid(), SIGUSR1)
}

static SEED: AtomicU64 = AtomicU64::new(1000);
static SEEN: AtomicU64 = AtomicU64::new(0);

extern "C" fn clobber(_: u32, _: &Info, _: &mut Context) {
    Float::own(SEED.fetch_add(1, Relaxed));
}

fn handler_leaves_them_alone() -> Outcome {
    sys::handle(SIGUSR1, clobber, 0)?;
    let own = Float::own(1);
    for _ in 0..10 {
        raise()?;
        holds(&own)?;
    }
    Ok(())
}

fn handlers_at_any_time() -> Outcome {
    sys::handle(SIGALRM, clobber, SA_RESTART)?;
    sys::setitimer(ITIMER_REAL, &Timer::every(1000), None)?;
    let mut seed = 0;
    while SEED.load(Relaxed) < 1050 {
        seed += 1;
        let own = loop {
            // Values that come together: no handler has been between.
            let before = SEED.load(Relaxed);
            let own = Float::own(seed);
            if SEED.load(Relaxed) == before {
                break own;
            }
        };
        (0..1000).for_each(|_| core::hint::spin_loop());
        holds(&own)?;
    }
    sys::setitimer(ITIMER_REAL, &Timer::default(), None)?;
    Ok(())
}

extern "C" fn note_fpscr(_: u32, _: &Info, _: &mut Context) {
    SEEN.store(Float::take(FP).fpscr, Relaxed);
}

fn clean_fpscr() -> Outcome {
    not_in_qemu_user("the handler's FPSCR is the program's")?;
    sys::handle(SIGUSR1, note_fpscr, 0)?;
    let own = Float::own(5);
    check!(own.fpscr != 0);
    SEEN.store(u64::MAX, Relaxed);
    raise()?;
    check_eq!(SEEN.load(Relaxed), 0);
    holds(&own)
}

fn first_use_by_a_handler() -> Outcome {
    sys::handle(SIGUSR1, clobber, 0)?;
    raise()?;
    holds(&unused())
}

/// The registers, as a context has them.
fn in_context(context: &mut Context) -> Float {
    let mut float = Float::ZERO;
    let fp = context.fp;
    (0..32).for_each(|n| float.vsr[n][0] = fp[n]);
    float.fpscr = fp[32];
    if kinds() & VECTOR != 0 {
        let vectors = context.vectors();
        (float.vr, float.vscr) = (vectors.vr, vectors.vscr);
    }
    if kinds() & VECTOR_SCALAR != 0 {
        let vectors = context.vectors();
        (0..32).for_each(|n| float.vsr[n][1] = vectors.vsr[n]);
    }
    float
}

/// Where a case's expectation is, for its handler; and whether it was met.
static WANTED: AtomicUsize = AtomicUsize::new(0);
static MET: AtomicU32 = AtomicU32::new(0);

extern "C" fn compare(_: u32, _: &Info, context: &mut Context) {
    // SAFETY: who raised the signal put the address there, and waits.
    let wanted = unsafe { &*(WANTED.load(Relaxed) as *const Float) };
    let valid = context.registers[Context::MSR] & (Context::VEC | Context::VSX);
    let all = kinds() & VECTOR == 0 || valid == Context::VEC | Context::VSX;
    if all && visible(in_context(context), wanted) == *wanted {
        MET.fetch_add(1, Relaxed);
    }
}

fn context_tells_them() -> Outcome {
    sys::handle(SIGUSR1, compare, 0)?;
    for seed in 1..5 {
        let own = Float::own(seed);
        WANTED.store(&raw const own as usize, Relaxed);
        raise()?;
        holds(&own)?;
    }
    check_eq!(MET.load(Relaxed), 4);
    Ok(())
}

extern "C" fn note_msr(_: u32, _: &Info, context: &mut Context) {
    SEEN.store(context.registers[Context::MSR], Relaxed);
    MET.store((context.fp == [0; 33]) as u32, Relaxed);
}

/// One who has never used them has none to show.
fn context_without_them() -> Outcome {
    not_in_qemu_user("it always has them")?;
    sys::handle(SIGUSR1, note_msr, 0)?;
    raise()?;
    check_eq!(SEEN.load(Relaxed) & (Context::VEC | Context::VSX), 0);
    check_eq!(MET.load(Relaxed), 1);
    Ok(())
}

/// Puts the expectation into the context.
extern "C" fn replace(_: u32, _: &Info, context: &mut Context) {
    // SAFETY: as above.
    let wanted = unsafe { &*(WANTED.load(Relaxed) as *const Float) };
    (0..32).for_each(|n| context.fp[n] = wanted.vsr[n][0]);
    context.fp[32] = wanted.fpscr;
    if kinds() & VECTOR != 0 {
        context.registers[Context::MSR] |= Context::VEC | Context::VSX;
        let vectors = context.vectors();
        (vectors.vr, vectors.vscr) = (wanted.vr, wanted.vscr);
        (0..32).for_each(|n| vectors.vsr[n] = wanted.vsr[n][1]);
    }
}

fn handler_changes_them() -> Outcome {
    sys::handle(SIGUSR1, replace, 0)?;
    let wanted = Float::own(2);
    WANTED.store(&raw const wanted as usize, Relaxed);
    for seed in 3..6 {
        Float::own(seed);
        raise()?;
        holds(&wanted)?;
    }
    Ok(())
}

fn handler_gives() -> Outcome {
    let mut wanted = Float::ZERO;
    in_child(|| {
        sys::handle(SIGUSR1, replace, 0)?;
        wanted.vsr[7][0] = THIRD;
        WANTED.store(&raw const wanted as usize, Relaxed);
        raise()?;
        holds(&wanted)
    })
}

/// 1/3 in double precision.
const THIRD: u64 = 0x3fd5_5555_5555_5555;

extern "C" fn take_vectors(_: u32, _: &Info, context: &mut Context) {
    context.registers[Context::MSR] &= !(Context::VEC | Context::VSX);
}

/// A context that says that it has no vectors is of a program that has used none.
fn handler_takes_vectors_away() -> Outcome {
    not_in_qemu_user("it leaves the handler's vectors")?;
    sys::handle(SIGUSR1, take_vectors, 0)?;
    let mut own = Float::own(1);
    raise()?;
    own.vsr.iter_mut().for_each(|vsr| vsr[1] = 0);
    (own.vr, own.vscr) = ([0; 32], 0);
    holds(&own)
}

/// Where a handler points its context's vectors.
static ELSEWHERE: AtomicUsize = AtomicUsize::new(0);

extern "C" fn point_elsewhere(_: u32, _: &Info, context: &mut Context) {
    context.registers[Context::MSR] |= Context::VEC | Context::VSX;
    context.vectors_at = ELSEWHERE.load(Relaxed);
}

/// A context made up by the program may have its vectors anywhere.
fn vectors_elsewhere() -> Outcome {
    not_in_qemu_user("it looks for them at their usual place")?;
    if kinds() & VECTOR == 0 {
        return Ok(());
    }
    sys::handle(SIGUSR1, point_elsewhere, 0)?;
    let area = Area::private(2 * PAGE)?;
    // Across two pages: the second is touched by the kernel first.
    let at = area.base() + PAGE - 64;
    let mut wanted = Float::own(1);
    area.store(PAGE - 64, 0x5a);
    ELSEWHERE.store(at, Relaxed);
    raise()?;
    wanted.vr = [0; 32];
    wanted.vr[0] = u128::from_ne_bytes(core::array::from_fn(|n| if n == 0 { 0x5a } else { 0 }));
    wanted.vscr = 0;
    wanted.vsr.iter_mut().for_each(|vsr| vsr[1] = 0);
    holds(&wanted)
}

/// Nothing is there: the program cannot go on, and nobody else is hurt.
fn vectors_nowhere() -> Outcome {
    not_in_qemu_user("it looks for them at their usual place")?;
    if kinds() & VECTOR == 0 {
        return Ok(());
    }
    let own = Float::own(1);
    for at in [
        8,
        1 << 46,
        0xc000_0000_0000_0000,
        usize::MAX - 100,
        0usize.wrapping_sub(600),
    ] {
        let status = sys::spawn(|| {
            let _ = sys::handle(SIGUSR1, point_elsewhere, 0);
            ELSEWHERE.store(at, Relaxed);
            let _ = raise();
            0
        })?
        .wait()?;
        check_eq!(status.signal(), Some(SIGSEGV));
        holds(&own)?;
    }
    Ok(())
}

extern "C" fn fork_in_a_handler(_: u32, _: &Info, _: &mut Context) {
    let own = Float::own(50);
    let same = in_child(|| holds(&own)).is_ok() && holds(&own).is_ok();
    MET.store(same as u32, Relaxed);
}

fn fork_by_a_handler() -> Outcome {
    sys::handle(SIGUSR1, fork_in_a_handler, 0)?;
    let own = Float::own(1);
    raise()?;
    check_eq!(MET.load(Relaxed), 1);
    holds(&own)
}
