//! What a system call leaves of a program's registers: all but r3 and CR0's SO, although
//! more may be lost (Linux, Documentation/arch/powerpc/syscall64-abi.rst).

use super::sigregs::{distinct, same};
use crate::harness::{Case, Outcome};
use quire_user::errors::{EBADF, ENOSYS};
use quire_user::linux::*;
use quire_user::sc::{self, Registers};
use quire_user::sys::{self, Pipe};

/// More of suite syscall.
pub const CASES: &[Case] = &[
    ("registers_survive_a_question", survive_question),
    ("registers_survive_a_call", survive_call),
    ("registers_survive_an_error", survive_error),
    ("registers_survive_others", survive_others),
    ("registers_survive_a_wait", survive_wait),
];

/// Bit SO of CR0: the call failed.
const FAILED: u64 = 1 << 28;

/// Registers with which a call is made. Those of two with other `salt`s have nothing in
/// common.
fn calling(number: u32, args: &[usize], salt: u64) -> Registers {
    let mut registers = distinct(0);
    for gpr in &mut registers.gpr {
        *gpr ^= salt << 40;
    }
    registers.cr ^= salt;
    registers.ctr ^= salt;
    registers.lr ^= salt << 8;
    registers.gpr[0] = number.into();
    for (n, arg) in args.iter().enumerate() {
        registers.gpr[3 + n] = *arg as u64;
    }
    registers
}

/// Makes a call, that gives `result` and changes no register else.
fn make(mut registers: Registers, result: u64, failed: u64) -> Outcome {
    let mut wanted = registers;
    wanted.gpr[3] = result;
    wanted.cr = wanted.cr & !FAILED | failed;
    // SAFETY: what the calls here change is read by nobody else.
    unsafe { sc::hold_call(&mut registers) };
    same(registers, wanted)
}

fn survive_question() -> Outcome {
    let pid = sys::getpid() as u64;
    for salt in 0..3 {
        make(calling(__NR_getpid, &[], salt), pid, 0)?;
        make(calling(__NR_gettid, &[], salt), pid, 0)?;
        make(calling(__NR_geteuid, &[], salt), 0, 0)?;
    }
    Ok(())
}

fn survive_call() -> Outcome {
    let pid = sys::getpgid(0)? as u64;
    for salt in 0..3 {
        make(calling(__NR_getpgid, &[0], salt), pid, 0)?;
    }
    Ok(())
}

fn survive_error() -> Outcome {
    make(calling(__NR_close, &[usize::MAX], 5), EBADF.into(), FAILED)?;
    make(calling(511, &[], 6), ENOSYS.into(), FAILED)
}

/// Each gives the processor to the other, and finds its own registers again.
fn survive_others() -> Outcome {
    let yields = |salt| (0..50).try_for_each(|_| make(calling(__NR_sched_yield, &[], salt), 0, 0));
    let child = sys::spawn(|| i32::from(yields(7).is_err()))?;
    let ours = yields(9);
    check_eq!(child.wait()?.code(), Some(0));
    ours
}

/// The same while each waits for what the other writes.
fn survive_wait() -> Outcome {
    let (there, back) = (sys::pipe()?, sys::pipe()?);
    let turn = |from: Pipe, to: Pipe, salt: u64| -> Outcome {
        let mut byte = [salt as u8];
        let read = [from.read as usize, byte.as_mut_ptr() as usize, 1];
        let write = [to.write as usize, byte.as_ptr() as usize, 1];
        make(calling(__NR_write, &write, salt), 1, 0)?;
        make(calling(__NR_read, &read, salt), 1, 0)
    };
    let child = sys::spawn(|| i32::from((0..20).any(|_| turn(there, back, 11).is_err())))?;
    let ours = (0..20).try_for_each(|_| turn(back, there, 13));
    check_eq!(child.wait()?.code(), Some(0));
    ours
}
