//! Special registers that a program can write are its own.
//!
//! The test does not know which these are: it tries all numbers. VRSAVE is one
//! everywhere; PPR on POWER; USPRG0 and SPEFSCR on embedded processors.

use crate::harness::{Case, Outcome, begin, finish, not_in_qemu_user};
use crate::special::{self, NUMBERS};
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use quire_user::shared::wait_until;
use quire_user::{Errno, Shared, sys};

/// More of suite float.
pub const CASES: &[Case] = &[
    ("special_registers_are_each_ones_own", each_ones_own),
    ("special_registers_are_copied_by_fork", copied_by_fork),
];

/// The most that there are.
const MOST: usize = 16;

/// The special registers that this program can change.
struct Writable {
    numbers: [usize; MOST],
    count: usize,
}

impl Writable {
    fn find() -> Result<Writable, Errno> {
        special::watch()?;
        let (mut numbers, mut count) = ([0; MOST], 0);
        for n in (0..NUMBERS).filter(|n| is_writable(*n)).take(MOST) {
            numbers[count] = n;
            count += 1;
        }
        Ok(Writable { numbers, count })
    }

    fn numbers(&self) -> &[usize] {
        &self.numbers[..self.count]
    }

    /// Writes values of `seed` to all, and gives what is there then.
    fn write(&self, seed: u64) -> [Option<u64>; MOST] {
        for n in self.numbers() {
            // SAFETY: it is one that can be written, and none that code uses.
            unsafe { special::write(*n, value(seed, *n)) };
        }
        self.read()
    }

    fn read(&self) -> [Option<u64>; MOST] {
        let mut all = [None; MOST];
        for (n, value) in self.numbers().iter().zip(&mut all) {
            *value = special::read(*n);
        }
        all
    }
}

fn value(seed: u64, n: usize) -> u64 {
    seed.wrapping_mul(0x0101_0101_0101_0101) ^ n as u64
}

/// XER, LR and CTR, which code uses, are among the frame's registers: see suite signal.
fn is_writable(n: usize) -> bool {
    if matches!(n, 1 | 8 | 9) {
        return false;
    }
    let Some(old) = special::read(n) else {
        return false;
    };
    // SAFETY: no code uses it.
    let written = unsafe { special::write(n, !old) };
    let changed = special::read(n) != Some(old);
    // SAFETY: as above.
    unsafe { special::write(n, old) };
    written && changed && special::read(n) == Some(old)
}

fn hold(writable: &Writable, turn: &AtomicU32, mine: u32) -> Outcome {
    for round in 0..20 {
        let wanted = writable.write((round * 2 + mine).into());
        turn.store(1 - mine, Relaxed);
        wait_until(|| turn.load(Relaxed) == mine);
        let found = writable.read();
        check!(
            found == wanted,
            "of {:?}: {found:x?}, not {wanted:x?}",
            writable.numbers()
        );
    }
    turn.store(1 - mine, Relaxed);
    Ok(())
}

fn each_ones_own() -> Outcome {
    not_in_qemu_user("some of them end it")?;
    let writable = Writable::find()?;
    check!(writable.numbers().contains(&VRSAVE));
    let turn = Shared::<AtomicU32>::new()?;
    let other = begin(|| {
        wait_until(|| turn.load(Relaxed) == 1);
        hold(&writable, &turn, 1)
    })?;
    hold(&writable, &turn, 0)?;
    finish(other)
}

/// VRSAVE; USPRG0 on embedded processors.
const VRSAVE: usize = 256;

fn copied_by_fork() -> Outcome {
    not_in_qemu_user("some of them end it")?;
    let writable = Writable::find()?;
    let own = writable.write(0x35);
    let child = begin(|| {
        check_eq!(writable.read(), own);
        writable.write(0x71);
        sys::sched_yield();
        Ok(())
    })?;
    sys::sched_yield();
    check_eq!(writable.read(), own);
    finish(child)
}
