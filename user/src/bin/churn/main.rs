//! Many processes do seeded random things to memory, and digests say what came of it.
//!
//! Which page a process writes, maps or moves, and when it forks, follows from a seed
//! alone: not from time, nor from the order in which processes run, nor from the machine's
//! order of bytes. So every line that is printed is the same on every machine, and on
//! Linux. There are several hundred processes at once, each with more pages than a TLB
//! has entries.
#![no_std]
#![no_main]

mod memory;
mod tract;
mod worker;

use core::sync::atomic::AtomicU32;
use core::sync::atomic::Ordering::SeqCst;
use memory::{Digest, Memory};
use quire_user::random::Random;
use quire_user::sys::{self, Child, Status};
use quire_user::{Args, Errno, Shared, eprintln, fault, println};
use worker::{Meeting, work};

quire_user::program!(main);

/// Children that are alive at the same time in the first round: each has a page of its
/// own in what all share.
const AT_ONCE: usize = 300;
/// Rounds after that, and the children of each.
const ROUNDS: usize = 10;
const PER_ROUND: usize = 40;
/// Steps that the first process takes before the children of a round.
const STEPS: usize = 60;

fn main(_args: &Args) -> i32 {
    match churn() {
        Ok(()) => 0,
        Err(e) => {
            eprintln!("churn: {e}");
            1
        }
    }
}

fn churn() -> Result<(), Errno> {
    fault::watch()?;
    let mut memory = Memory::new()?;
    let meeting = Shared::<Meeting>::new()?;
    let mut random = Random::new(2025);
    let mut processes = 1;
    println!("churn: {} pages, {:016x}", memory.pages(), memory.digest());
    for round in 0..=ROUNDS {
        let children = if round == 0 { AT_ONCE } else { PER_ROUND };
        let mut seen = Digest::new();
        for _ in 0..STEPS {
            memory.step(&mut random, &mut seen)?;
            memory.share(&mut random);
        }
        processes += generation(&mut memory, &meeting, round, children, &mut seen)?;
        println!(
            "churn: round {round}: {children} children saw {:016x}, and left {:016x}",
            seen.value(),
            memory.digest()
        );
    }
    println!("churn: {processes} processes");
    Ok(())
}

/// One round's children: all of them work, then all of them have worked and are alive,
/// and then they end. How many processes there were.
fn generation(
    memory: &mut Memory,
    meeting: &Meeting,
    round: usize,
    children: usize,
    seen: &mut Digest,
) -> Result<usize, Errno> {
    meeting.begin();
    let first = sys::getpid();
    let mut pids = [first; AT_ONCE];
    for (own, pid) in pids[..children].iter_mut().enumerate() {
        let seed = (round * AT_ONCE + own) as u64;
        let body = || match work(memory, meeting, own, seed) {
            Ok(()) => 0,
            Err(Errno(number)) => number as i32,
        };
        *pid = sys::spawn(body)?.0;
    }
    meeting.wait_for(children)?;
    meeting.end()?;
    for pid in &pids[..children] {
        let status = Child(*pid).wait()?;
        if status != Status::exited(0) {
            eprintln!("churn: a child ended with {status:?}");
            return Err(Errno(quire_user::errors::ECHILD));
        }
    }
    (0..children).for_each(|own| seen.add(meeting.seen(own)));
    Ok(children + worker::grandchildren(children))
}

/// A word of [`Meeting`].
type Word = AtomicU32;

/// Sets a word and wakes all who wait for it to change.
fn set(word: &Word, value: u32) -> Result<(), Errno> {
    word.store(value, SeqCst);
    sys::futex_wake(word, i32::MAX as u32, 0).map(drop)
}

/// Waits until the word is `value`.
fn wait_until(word: &Word, value: u32) -> Result<(), Errno> {
    use quire_user::errors::EAGAIN;
    loop {
        let now = word.load(SeqCst);
        if now == value {
            return Ok(());
        }
        match sys::futex_wait(word, now, None, 0) {
            Ok(()) | Err(Errno(EAGAIN)) => {}
            Err(e) => return Err(e),
        }
    }
}
