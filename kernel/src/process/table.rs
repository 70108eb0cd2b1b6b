//! The process table: the living and the dead that nobody has waited for.

use super::{Pid, Process, Status};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

/// A process that has ended and that its parent has not waited for.
pub struct Zombie {
    /// Its number, which is not used again before it is waited for.
    pub pid: Pid,
    /// Who should wait for it.
    pub parent: Pid,
    /// Its name.
    pub name: String,
    /// How it ended.
    pub status: Status,
}

/// All processes, by number.
pub struct Table {
    living: BTreeMap<Pid, Process>,
    zombies: BTreeMap<Pid, Zombie>,
    last: Pid,
}

impl Table {
    /// No processes: the first one gets number 1.
    pub fn new() -> Table {
        Table {
            living: BTreeMap::new(),
            zombies: BTreeMap::new(),
            last: Pid::NONE,
        }
    }

    /// Processes, dead ones included.
    pub fn len(&self) -> usize {
        self.living.len() + self.zombies.len()
    }

    /// A number that nobody has: the next one after the last that was given.
    /// There is one, because there are fewer processes than numbers.
    pub fn free_pid(&mut self) -> Pid {
        loop {
            self.last = self.last.next();
            if !self.living.contains_key(&self.last) && !self.zombies.contains_key(&self.last) {
                return self.last;
            }
        }
    }

    /// Adds a process, whose number is a [`free_pid`](Self::free_pid).
    pub fn insert(&mut self, process: Process) {
        self.living.insert(process.pid, process);
    }

    /// The living process `pid`.
    pub fn get(&self, pid: Pid) -> Option<&Process> {
        self.living.get(&pid)
    }

    /// The living process `pid`, to be changed.
    pub fn get_mut(&mut self, pid: Pid) -> Option<&mut Process> {
        self.living.get_mut(&pid)
    }

    /// The living, by number.
    pub fn living(&self) -> impl Iterator<Item = &Process> {
        self.living.values()
    }

    /// The numbers of the living that `wanted` holds for. It is a list of its
    /// own, so that they can be ended while it is walked.
    pub fn pids(&self, wanted: impl Fn(&Process) -> bool) -> Vec<Pid> {
        self.living()
            .filter(|process| wanted(process))
            .map(|process| process.pid)
            .collect()
    }

    /// Takes out a living process.
    pub fn remove(&mut self, pid: Pid) -> Option<Process> {
        self.living.remove(&pid)
    }

    /// Adds a dead one.
    pub fn bury(&mut self, zombie: Zombie) {
        self.zombies.insert(zombie.pid, zombie);
    }

    /// The dead, by number.
    pub fn zombies(&self) -> impl Iterator<Item = &Zombie> {
        self.zombies.values()
    }

    /// The dead process `pid`.
    pub fn zombie(&self, pid: Pid) -> Option<&Zombie> {
        self.zombies.get(&pid)
    }

    /// Forgets a dead one: its number is free.
    pub fn reap(&mut self, pid: Pid) {
        self.zombies.remove(&pid);
    }

    /// Gives the children of `from` to `to`. True if a dead one is among them.
    pub fn adopt(&mut self, from: Pid, to: Pid) -> bool {
        for child in self
            .living
            .values_mut()
            .filter(|child| child.parent == from)
        {
            child.parent = to;
        }
        let mut dead = false;
        for child in self
            .zombies
            .values_mut()
            .filter(|child| child.parent == from)
        {
            child.parent = to;
            dead = true;
        }
        dead
    }

    /// Forgets everybody. Numbers start at 1 again.
    ///
    /// # Panics
    /// If anybody lives: their memory would be lost.
    pub fn clear(&mut self) {
        assert!(self.living.is_empty(), "the living cannot be forgotten");
        *self = Table::new();
    }
}
