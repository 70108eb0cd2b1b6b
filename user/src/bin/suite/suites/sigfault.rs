//! Faults that a program handles itself, and what handlers leave of its registers.

use crate::harness::{Case, Outcome, dies_of, in_child, not_in_qemu_user};
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use quire_user::area::RW;
use quire_user::errors::*;
use quire_user::fault::{self, Fault};
use quire_user::linux::*;
use quire_user::sc::{self, Registers};
use quire_user::sys::{self, AltStack, Context, Info, Status, Timer};
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
    ("registers_survive_a_handler", registers_survive),
    ("registers_survive_a_timer", registers_survive_a_timer),
    ("a_handler_may_change_registers", handler_changes_registers),
    ("sigreturn_from_nowhere", sigreturn_from_nowhere),
    ("contexts_made_up", contexts_made_up),
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
static BASE: AtomicUsize = AtomicUsize::new(0);
static BROUGHT: AtomicUsize = AtomicUsize::new(0);
static WHY: AtomicUsize = AtomicUsize::new(0);
const PAGED: usize = 64;

fn paged() -> Area {
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

fn start_pager() -> Outcome {
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

/// Uses a page of stack a call, for ever.
#[inline(never)]
fn recurse(depth: usize) -> usize {
    let mut room = [0u8; PAGE];
    room[depth % PAGE] = 1;
    core::hint::black_box(&mut room);
    if depth == usize::MAX {
        return 0;
    }
    recurse(depth + 1) + room[depth % PAGE] as usize
}

fn stack_overflow_handled() -> Outcome {
    let status = sys::spawn(|| {
        let _ = use_altstack();
        let _ = sys::handle(SIGSEGV, overflowed, SA_ONSTACK);
        recurse(0) as i32
    })?
    .wait()?;
    check_eq!(status, Status::exited(TOLD));
    not_in_qemu_user("it finds room for a frame below the stack")?;
    // With no stack to handle it on, it is the end.
    dies_of(SIGSEGV, || {
        sys::handle(SIGSEGV, overflowed, 0)?;
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

/// Registers with a value each of their own; r3 is where the byte goes.
fn distinct(address: usize) -> Registers {
    let mut registers = Registers {
        gpr: core::array::from_fn(|i| 0x1111_2222_3333_0000 + i as u64 * 0x101),
        cr: 0x8421_8421,
        // SO, OV, CA and a byte count.
        xer: 0xe000_0055,
        ctr: 0xaaaa_bbbb_cccc_dddd,
        lr: 0x7777_6666_5555_4444,
    };
    registers.gpr[3] = address as u64;
    registers
}

fn same(mut found: Registers, mut wanted: Registers) -> Outcome {
    // The stack, and the address of this itself.
    for i in [1, 31] {
        (found.gpr[i], wanted.gpr[i]) = (0, 0);
    }
    for i in 0..32 {
        check!(
            found.gpr[i] == wanted.gpr[i],
            "r{i} is {:#x}, not {:#x}",
            found.gpr[i],
            wanted.gpr[i]
        );
    }
    check_eq!((found.cr, found.xer), (wanted.cr, wanted.xer));
    check_eq!((found.ctr, found.lr), (wanted.ctr, wanted.lr));
    Ok(())
}

fn registers_survive() -> Outcome {
    start_pager()?;
    for n in 0..PAGED {
        let wanted = distinct(BASE.load(Relaxed) + n * PAGE + 100);
        let mut registers = wanted;
        // SAFETY: the byte is the pager's.
        unsafe { sc::hold(&mut registers) };
        same(registers, wanted)?;
        check_eq!(paged().load(n * PAGE + 100), wanted.gpr[30] as u8);
    }
    check_eq!(BROUGHT.load(Relaxed), PAGED);
    Ok(())
}

extern "C" fn tick(_: u32, _: &Info, _: &mut Context) {
    BROUGHT.fetch_add(1, Relaxed);
    core::hint::black_box(fault::load(CONSTANT.as_ptr() as usize).is_ok());
}

static CONSTANT: [u8; 8] = [1; 8];

/// A timer's signals come anywhere: nothing is lost wherever they come.
fn registers_survive_a_timer() -> Outcome {
    sys::handle(SIGALRM, tick, SA_RESTART)?;
    let area = Area::private(PAGE)?;
    sys::setitimer(ITIMER_REAL, &Timer::every(1000), None)?;
    let mut random = quire_user::random::Random::new(3);
    let mut copy = quire_user::random::Random::new(3);
    while BROUGHT.load(Relaxed) < 50 {
        let wanted = distinct(area.base());
        let mut registers = wanted;
        for _ in 0..100 {
            // SAFETY: the byte is this function's.
            unsafe { sc::hold(&mut registers) };
            registers.gpr[31] = wanted.gpr[31];
        }
        same(registers, wanted)?;
        check!((0..1000).all(|_| random.next_u64() == copy.next_u64()));
    }
    sys::setitimer(ITIMER_REAL, &Timer::default(), None)?;
    Ok(())
}

/// Where the store goes in place of where it was to go.
extern "C" fn elsewhere(_: u32, _: &Info, context: &mut Context) {
    context.registers[3] = BASE.load(Relaxed) as u64;
    context.registers[20] = 20;
}

fn handler_changes_registers() -> Outcome {
    let area = Area::private(PAGE)?;
    BASE.store(area.base(), Relaxed);
    sys::handle(SIGSEGV, elsewhere, 0)?;
    let mut wanted = distinct(8);
    let mut registers = wanted;
    // SAFETY: the byte is this function's.
    unsafe { sc::hold(&mut registers) };
    wanted.gpr[3] = area.base() as u64;
    wanted.gpr[20] = 20;
    same(registers, wanted)?;
    check_eq!(area.load(0), wanted.gpr[30] as u8);
    Ok(())
}

/// rt_sigreturn without a signal: what is on the stack is no frame. The process may
/// die of it; nobody else does.
fn sigreturn_from_nowhere() -> Outcome {
    not_in_qemu_user("it takes whatever is there")?;
    for _ in 0..3 {
        let status = sys::spawn(|| {
            // SAFETY: whatever becomes of this child, nobody relies on it.
            let _ = unsafe { sys::call(__NR_rt_sigreturn, &[]) };
            0
        })?
        .wait()?;
        check!(status.signal().is_some() || status.code().is_some());
    }
    Ok(())
}

/// Which register of its context the handler makes up, and what it puts there.
static WHICH: AtomicUsize = AtomicUsize::new(0);
static MADE_UP: AtomicU64 = AtomicU64::new(0);

/// The MSR's bit for little-endian, as it is in this program: LE is bit 63, the lowest.
const ORDER: u64 = 1u64.to_ne_bytes()[0] as u64;

extern "C" fn make_up(_: u32, _: &Info, context: &mut Context) {
    context.registers[WHICH.load(Relaxed)] = MADE_UP.load(Relaxed);
}

/// A handler may leave anything in its context: at worst its own process dies, and
/// what is not a program's to change stays as it was.
fn contexts_made_up() -> Outcome {
    let values = [
        0,
        1,
        3,
        u64::MAX,
        1 << 46,
        0xc000_0000_0000_0000,
        0x8000_0000_0000_1033,
    ];
    for value in values {
        for which in [0, 1, 2, Context::NIP, Context::MSR, 34, 36, 37, 38, 39, 40] {
            let status = sys::spawn(|| {
                MADE_UP.store(value, Relaxed);
                WHICH.store(which, Relaxed);
                if sys::handle(SIGUSR1, make_up, 0).is_err() {
                    return 1;
                }
                let _ = sys::kill(sys::getpid(), SIGUSR1);
                0
            })?
            .wait()?;
            let lives = status == Status::exited(0);
            let signal = [Some(SIGSEGV), Some(SIGILL), Some(SIGBUS), Some(SIGTRAP)];
            check!(
                lives || signal.contains(&status.signal()),
                "{which} {value:#x}: {status:?}"
            );
            // The machine state is not a program's, but for the order of bytes: it
            // goes on, as a program.
            let ours = which == Context::MSR && value & 1 == ORDER;
            check!(lives || !ours, "{value:#x}: {status:?}");
        }
    }
    Ok(())
}
