//! Futexes: threads that wait for a word of memory to change (futex(2)).
//!
//! There are no queues. A waiter is a thread whose [`Wait`] says for what, with a
//! number that says since when; who wakes looks through the threads. So a futex takes
//! no memory, and nothing is left of a waiter that is killed. Its call does not run
//! again when it is woken: its result is set then, whatever the word is by now.

use super::{State, Tid, Wait};
use crate::state::Kernel;
use alloc::vec::Vec;
use vm::{Ea, SpaceId};

/// What makes two addresses the same futex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A word of an address space.
    Private(SpaceId, u64),
    /// A word of memory that several spaces map.
    Shared {
        /// The object, by a number that is not used again: a waiter whose mapping is gone
        /// must not be woken in place of those who wait for another object.
        birth: u64,
        /// The object's page.
        page: u64,
        /// The byte in the page.
        byte: usize,
    },
}

/// What a thread waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Futex {
    /// The word.
    pub key: Key,
    /// It is woken by who names one of these bits.
    pub bits: u32,
    /// Its place among the waiters: the lowest is woken first.
    pub number: u64,
    /// When it gives up, in timebase ticks.
    pub until: Option<u64>,
}

impl Kernel {
    /// The futex at `at` in `space`.
    pub fn futex_key(&self, space: SpaceId, at: Ea) -> Key {
        match self.vm.backing(space, at) {
            Some((object, page)) => Key::Shared {
                birth: self.vm.object_birth(object),
                page,
                byte: at.offset(),
            },
            None => Key::Private(space, at.0),
        }
    }

    /// A number larger than that of everybody who waits.
    pub fn futex_number(&mut self) -> u64 {
        self.futexes += 1;
        self.futexes
    }

    /// Who waits for `key` and one of `bits`, in order.
    fn futex_waiters(&self, key: Key, bits: u32) -> Vec<Tid> {
        let waits = |state: State| match state {
            State::Waiting(Wait::Futex(futex)) if futex.key == key => Some(futex),
            _ => None,
        };
        let mut waiters: Vec<_> = self
            .processes
            .tasks()
            .filter_map(|task| Some((waits(task.state)?, task.tid)))
            .filter(|(futex, _)| futex.bits & bits != 0)
            .map(|(futex, tid)| (futex.number, tid))
            .collect();
        waiters.sort();
        waiters.into_iter().map(|(_, tid)| tid).collect()
    }

    /// Wakes up to `count` of them. Gives how many.
    pub fn futex_wake(&mut self, key: Key, bits: u32, count: usize) -> usize {
        let mut waiters = self.futex_waiters(key, bits);
        waiters.truncate(count);
        for tid in &waiters {
            self.wake_with(*tid, Ok(0));
        }
        waiters.len()
    }

    /// Wakes one who waits at `at` in `space`, by whichever kind of futex.
    pub fn futex_wake_at(&mut self, space: SpaceId, at: u64) {
        let shared = self.futex_key(space, Ea(at));
        if self.futex_wake(shared, u32::MAX, 1) == 0 {
            self.futex_wake(Key::Private(space, at), u32::MAX, 1);
        }
    }

    /// Lets up to `count` of those who wait for `from` wait for `to`. Gives how many.
    pub fn futex_requeue(&mut self, from: Key, to: Key, count: usize) -> usize {
        let mut waiters = self.futex_waiters(from, u32::MAX);
        waiters.truncate(count);
        for tid in &waiters {
            let number = self.futex_number();
            if let State::Waiting(Wait::Futex(futex)) = &mut self.task_mut(*tid).state {
                (futex.key, futex.number) = (to, number);
            }
        }
        waiters.len()
    }
}
