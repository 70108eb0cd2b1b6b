//! What handlers leave of a program's registers, and what they may put there.

use super::sigfault::{BASE, BROUGHT, PAGED, paged, start_pager};
use crate::harness::{Case, Outcome, not_in_qemu_user};
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use quire_user::fault::{self};
use quire_user::linux::*;
use quire_user::sc::{self, Registers};
use quire_user::sys::{self, Context, Info, Status, Timer};
use quire_user::{Area, PAGE};

/// More of suite signal.
pub const CASES: &[Case] = &[
    ("registers_survive_a_handler", registers_survive),
    ("registers_survive_a_timer", registers_survive_a_timer),
    ("a_handler_may_change_registers", handler_changes_registers),
    ("sigreturn_from_nowhere", sigreturn_from_nowhere),
    ("contexts_made_up", contexts_made_up),
];

/// Registers with a value each of their own; r3 is where the byte goes.
pub fn distinct(address: usize) -> Registers {
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

pub fn same(mut found: Registers, mut wanted: Registers) -> Outcome {
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
            let ours = which == Context::MSR && value & 1 == Context::LE;
            check!(lives || !ours, "{value:#x}: {status:?}");
        }
    }
    Ok(())
}
