//! What a child does, and where it meets the others.

use crate::memory::{Digest, Memory};
use crate::{AT_ONCE, Word, set, wait_until};
use core::sync::atomic::AtomicU64;
use core::sync::atomic::Ordering::SeqCst;
use quire_user::Errno;
use quire_user::random::Random;
use quire_user::sys;

/// Steps of each child.
const STEPS: usize = 12;
/// One child in so many has a child itself.
const FERTILE: usize = 4;

/// Shared by all: who has finished, and what they saw.
pub struct Meeting {
    finished: Word,
    over: Word,
    seen: [AtomicU64; AT_ONCE],
}

impl Default for Meeting {
    fn default() -> Meeting {
        Meeting {
            finished: Word::new(0),
            over: Word::new(0),
            seen: [const { AtomicU64::new(0) }; AT_ONCE],
        }
    }
}

impl Meeting {
    /// Nobody has finished.
    pub fn begin(&self) {
        self.finished.store(0, SeqCst);
        self.over.store(0, SeqCst);
    }

    /// Waits until so many have finished.
    pub fn wait_for(&self, children: usize) -> Result<(), Errno> {
        wait_until(&self.finished, children as u32)
    }

    /// Lets those who have finished go.
    pub fn end(&self) -> Result<(), Errno> {
        set(&self.over, 1)
    }

    /// What child number `own` saw.
    pub fn seen(&self, own: usize) -> u64 {
        self.seen[own].load(SeqCst)
    }

    fn finish(&self, own: usize, seen: u64) -> Result<(), Errno> {
        self.seen[own].store(seen, SeqCst);
        self.finished.fetch_add(1, SeqCst);
        sys::futex_wake(&self.finished, 1, 0)?;
        wait_until(&self.over, 1)
    }
}

/// How many children so many children have.
pub fn grandchildren(children: usize) -> usize {
    children.div_ceil(FERTILE)
}

/// The life of child number `own`, up to the end of the meeting.
pub fn work(memory: &mut Memory, meeting: &Meeting, own: usize, seed: u64) -> Result<(), Errno> {
    let mut seen = Digest::new();
    steps(memory, own, seed, &mut seen)?;
    if own.is_multiple_of(FERTILE) {
        // What it sees goes the same way, before the parent's is there.
        let child = sys::spawn(|| {
            let mut seen = Digest::new();
            match steps(memory, own, !seed, &mut seen) {
                Ok(()) => meeting.seen[own].store(seen.value(), SeqCst),
                Err(Errno(number)) => return number as i32,
            }
            0
        })?;
        seen.add(child.wait()?.shell() as u64);
        seen.add(meeting.seen(own));
        steps(memory, own, seed ^ 1 << 32, &mut seen)?;
    }
    meeting.finish(own, seen.value())
}

/// Random steps, others' in between: so the TLB has pages of many processes.
fn steps(memory: &mut Memory, own: usize, seed: u64, seen: &mut Digest) -> Result<(), Errno> {
    let mut random = Random::new(seed);
    for _ in 0..STEPS {
        memory.step(&mut random, seen)?;
        memory.share_own(own, &mut random, seen);
        sys::sched_yield();
    }
    Ok(())
}
