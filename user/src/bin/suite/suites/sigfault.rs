//! Faults that a program handles itself, and what handlers leave of its registers.

use crate::harness::{Case, Outcome, dies_of, in_child, modest_stack, not_in_qemu_user};
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use quire_user::area::RW;
use quire_user::errors::*;
use quire_user::fault::{self, Fault};
use quire_user::linux::*;
use quire_user::sys::{self, AltStack, Context, Info, Status};
use quire_user::{Area, Errno, PAGE, SEGMENT};

/// The second part of suite signal.
pub const CASES: &[Case] = &[
    ("segv_says_where_and_why", segv_says_where),
    ("pager_in_the_program", pager_in_the_program),
    ("pager_after_fork", pager_after_fork),
    ("fault_on_an_instruction", fault_on_an_instruction),
    ("illegal_instruction_handled", illegal_instruction),
    ("fault_while_blocked_ends_it", fault_while_blocked),
    ("fault_while_ignored_ends_it", fault_while_ignored),
    ("alternate_stack", alternate_stack),
    ("alternate_stack_refused", alternate_stack_refused),
    ("stack_overflow_handled", stack_overflow_handled),
    ("no_room_for_the_frame", no_room_for_the_frame),
];

fn segv(code: u32, address: usize) -> Fault {
    Fault {
        signal: SIGSEGV,
        code,
        address,
    }
}

fn segv_says_where() -> Outcome {
    fault::watch()?;
    let area = Area::private(4 * PAGE)?;
    area.fill(1);
    area.part(PAGE, PAGE).unmap()?;
    area.part(2 * PAGE, PAGE).protect(PROT_READ)?;
    area.part(3 * PAGE, PAGE).protect(PROT_NONE)?;
    let base = area.base();
    for offset in [PAGE, PAGE + 77, 2 * PAGE - 1] {
        let wanted = segv(SEGV_MAPERR, base + offset);
        check_eq!(area.try_load(offset), Err(wanted));
        check_eq!(area.try_store(offset, 1), Err(wanted));
    }
    not_in_qemu_user("it says SEGV_MAPERR of all stores")?;
    let read_only = 2 * PAGE + 5;
    check!(area.try_load(read_only).is_ok());
    check_eq!(
        area.try_store(read_only, 1),
        Err(segv(SEGV_ACCERR, base + read_only))
    );
    let hidden = 3 * PAGE + 9;
    check_eq!(area.try_load(hidden), Err(segv(SEGV_ACCERR, base + hidden)));
    check_eq!(fault::load(8), Err(segv(SEGV_MAPERR, 8)));
    area.part(3 * PAGE, PAGE).protect(RW)?;
    check_eq!(area.try_store(hidden, 1), Ok(()));
    for address in [
        (1 << 46) - 1,
        1 << 46,
        1 << 62,
        0xc000_0000_0000_0000,
        usize::MAX,
    ] {
        let found = fault::load(address);
        check!(
            found.is_err_and(|fault| fault.signal == SIGSEGV),
            "{found:?}"
        );
    }
    Ok(())
}

/// The memory that [`page_in`] brings in, how often it did, and why the last time.
pub static BASE: AtomicUsize = AtomicUsize::new(0);
pub static BROUGHT: AtomicUsize = AtomicUsize::new(0);
static WHY: AtomicUsize = AtomicUsize::new(0);
pub const PAGED: usize = 64;

pub fn paged() -> Area {
    Area::over(BASE.load(Relaxed), PAGED * PAGE)
}

/// Brings in the page that the fault is about: its contents are its number.
extern "C" fn page_in(_: u32, info: &Info, _: &mut Context) {
    let offset = info.address().wrapping_sub(BASE.load(Relaxed));
    if offset >= PAGED * PAGE {
        sys::exit(99);
    }
    WHY.store(info.code as usize, Relaxed);
    let page = paged().part(offset / PAGE * PAGE, PAGE);
    if page.protect(RW).is_err() {
        sys::exit(98);
    }
    page.store_word(0, (offset / PAGE) as u64 + 1000);
    BROUGHT.fetch_add(1, Relaxed);
}

pub fn start_pager() -> Outcome {
    let at = 4097 * SEGMENT - PAGED / 2 * PAGE;
    let area = Area::map(Some(at), PAGED * PAGE, PROT_NONE, MAP_PRIVATE)?;
    BASE.store(area.base(), Relaxed);
    Ok(sys::handle(SIGSEGV, page_in, 0)?)
}

fn pager_in_the_program() -> Outcome {
    start_pager()?;
    let area = paged();
    for n in (0..PAGED).rev().chain(0..PAGED) {
        check_eq!(area.load_word(n * PAGE), n as u64 + 1000);
    }
    check_eq!(BROUGHT.load(Relaxed), PAGED);
    // The system's own accesses are none of the program's: EFAULT, no signal.
    area.protect(PROT_NONE)?;
    let pipe = sys::pipe()?;
    check_eq!(
        sys::write_from(pipe.write, area.base(), 8),
        Err(Errno(EFAULT))
    );
    check_eq!(BROUGHT.load(Relaxed), PAGED);
    not_in_qemu_user("it says SEGV_MAPERR of all stores")?;
    check_eq!(WHY.load(Relaxed), SEGV_ACCERR as usize);
    Ok(())
}

fn pager_after_fork() -> Outcome {
    start_pager()?;
    let area = paged();
    let sum = |from, to| (from..to).map(|n| area.load_word(n * PAGE)).sum::<u64>();
    check_eq!(sum(0, 10), 10_045);
    in_child(|| {
        check_eq!(sum(0, 20), 20_190);
        check_eq!(BROUGHT.load(Relaxed), 20);
        area.store_word(0, 5);
        Ok(())
    })?;
    check_eq!(sum(0, 12), 12_066);
    check_eq!(BROUGHT.load(Relaxed), 12);
    Ok(())
}

/// Goes back to where the function was called from.
extern "C" fn go_back(_: u32, info: &Info, context: &mut Context) {
    BROUGHT.store(info.address(), Relaxed);
    const LINK: usize = 36;
    context.registers[Context::NIP] = context.registers[LINK];
    context.registers[3] = info.code as u64;
}

fn fault_on_an_instruction() -> Outcome {
    sys::handle(SIGSEGV, go_back, 0)?;
    let area = Area::private(2 * PAGE)?;
    area.part(PAGE, PAGE).unmap()?;
    let gone = Area::over(area.base() + PAGE, PAGE);
    check_eq!(gone.call(0), SEGV_MAPERR as usize);
    not_in_qemu_user("it does not say where, and lets programs execute what they may read")?;
    check_eq!(BROUGHT.load(Relaxed), gone.base());
    check_eq!(area.part(0, PAGE).call(0), SEGV_ACCERR as usize);
    check_eq!(BROUGHT.load(Relaxed), area.base());
    Ok(())
}

fn illegal_instruction() -> Outcome {
    sys::handle(SIGILL, go_back, 0)?;
    let area = Area::private(PAGE)?;
    // An instruction of zeros is illegal for ever: Power ISA, Book I, appendix.
    area.program(&[0, 0x4e80_0020])?;
    check_eq!(area.call(0), 1);
    check_eq!(BROUGHT.load(Relaxed), area.base());
    Ok(())
}

fn fault_while_blocked() -> Outcome {
    dies_of(SIGSEGV, || {
        fault::watch()?;
        sys::block(&[SIGSEGV])?;
        fault::load(8).map_err(|_| Errno(EFAULT))
    })
}

fn fault_while_ignored() -> Outcome {
    dies_of(SIGSEGV, || {
        sys::sigaction(SIGSEGV, Some(&sys::Action::IGNORE), None)?;
        fault::load(8).map_err(|_| Errno(EFAULT))
    })
}

/// Where the last handler's variables were.
static STACK: AtomicUsize = AtomicUsize::new(0);
static FLAGS: AtomicU64 = AtomicU64::new(0);
static REFUSED: AtomicU64 = AtomicU64::new(0);

extern "C" fn note_stack(_: u32, _: &Info, _: &mut Context) {
    let mut now = AltStack::default();
    let _ = sys::sigaltstack(None, Some(&mut now));
    STACK.store(&raw const now as usize, Relaxed);
    FLAGS.store(now.flags as u64, Relaxed);
    // It cannot be changed while it is in use: sigaltstack(2).
    let result = sys::sigaltstack(Some(&AltStack::default()), None);
    REFUSED.store(result.err().map_or(0, |e| e.0) as u64, Relaxed);
}

/// An alternate stack of 16 pages.
fn use_altstack() -> Result<Area, Errno> {
    let area = Area::private(16 * PAGE)?;
    let stack = AltStack {
        base: area.base(),
        flags: 0,
        len: area.len(),
    };
    sys::sigaltstack(Some(&stack), None).map(|()| area)
}

fn alternate_stack() -> Outcome {
    let mut now = AltStack::default();
    sys::sigaltstack(None, Some(&mut now))?;
    check_eq!(now.flags as u32, SS_DISABLE);
    let area = use_altstack()?;
    let inside = || (area.base()..area.base() + area.len()).contains(&STACK.load(Relaxed));
    sys::handle(SIGUSR1, note_stack, SA_ONSTACK)?;
    sys::kill(sys::getpid(), SIGUSR1)?;
    check!(inside());
    check_eq!(FLAGS.load(Relaxed) as u32, SS_ONSTACK);
    check_eq!(REFUSED.load(Relaxed) as u32, EPERM);
    sys::sigaltstack(None, Some(&mut now))?;
    check_eq!((now.base, now.flags, now.len), (area.base(), 0, area.len()));
    // Without the flag, on the stack that is in use.
    sys::handle(SIGUSR1, note_stack, 0)?;
    sys::kill(sys::getpid(), SIGUSR1)?;
    check!(!inside());
    // A child has it; an end to it.
    in_child(|| {
        sys::handle(SIGUSR1, note_stack, SA_ONSTACK)?;
        sys::kill(sys::getpid(), SIGUSR1)?;
        check!(inside());
        let off = AltStack {
            flags: SS_DISABLE as i32,
            ..AltStack::default()
        };
        sys::sigaltstack(Some(&off), None)?;
        sys::kill(sys::getpid(), SIGUSR1)?;
        check!(!inside());
        Ok(())
    })
}

fn alternate_stack_refused() -> Outcome {
    let area = Area::private(16 * PAGE)?;
    let set = |flags: u32, len| {
        let stack = AltStack {
            base: area.base(),
            flags: flags as i32,
            len,
        };
        sys::sigaltstack(Some(&stack), None)
    };
    check_eq!(set(4, area.len()), Err(Errno(EINVAL)));
    check_eq!(set(0, 1000), Err(Errno(ENOMEM)));
    // SAFETY: the calls are refused.
    let call = |args: &[usize]| unsafe { sys::call(__NR_sigaltstack, args) };
    check_eq!(call(&[8, 0]), Err(Errno(EFAULT)));
    check_eq!(call(&[0, 8]), Err(Errno(EFAULT)));
    Ok(())
}

/// The exit code of a handler that was told of the right fault.
const TOLD: u8 = 42;

extern "C" fn overflowed(_: u32, info: &Info, context: &mut Context) {
    let distance = info.address().abs_diff(context.registers[1] as usize);
    sys::exit(if distance < 64 * PAGE { TOLD as i32 } else { 1 });
}

/// Uses a little stack a call, for ever: so little that at the end there is no room for a
/// handler's frame.
#[inline(never)]
fn recurse(depth: usize) -> usize {
    let mut room = [0u8; 256];
    room[depth % 256] = 1;
    core::hint::black_box(&mut room);
    if depth == usize::MAX {
        return 0;
    }
    recurse(depth + 1) + room[depth % 256] as usize
}

fn stack_overflow_handled() -> Outcome {
    let status = sys::spawn(|| {
        let _ = use_altstack();
        let _ = sys::handle(SIGSEGV, overflowed, SA_ONSTACK);
        let _ = modest_stack();
        recurse(0) as i32
    })?
    .wait()?;
    check_eq!(status, Status::exited(TOLD));
    not_in_qemu_user("it finds room for a frame below the stack")?;
    // With no stack to handle it on, it is the end.
    dies_of(SIGSEGV, || {
        sys::handle(SIGSEGV, overflowed, 0)?;
        modest_stack()?;
        Ok::<_, Errno>(recurse(0))
    })
}

/// A handler's frame that cannot be written is SIGSEGV, handled or not.
fn no_room_for_the_frame() -> Outcome {
    dies_of(SIGSEGV, || {
        let area = use_altstack()?;
        area.unmap()?;
        sys::handle(SIGUSR1, note_stack, SA_ONSTACK)?;
        sys::kill(sys::getpid(), SIGUSR1)
    })
}
