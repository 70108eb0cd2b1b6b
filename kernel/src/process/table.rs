//! The tables of threads and processes: the living, and the dead that nobody has
//! waited for.

use super::{Name, Pid, Process, Status, Task, Tid, Times};
use crate::process::Signal;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// A process that has ended and that its parent has not waited for.
pub struct Zombie {
    /// Its number, which is not used again before it is waited for.
    pub pid: Pid,
    /// Who should wait for it.
    pub parent: Pid,
    /// Its process group.
    pub group: Pid,
    /// Its session.
    pub session: Pid,
    /// What its parent got.
    pub exit_signal: Option<Signal>,
    /// Its name.
    pub name: Name,
    /// How it ended.
    pub status: Status,
    /// The time that it used, with its children's.
    pub times: Times,
}

/// All threads and processes, by number.
pub struct Table {
    tasks: BTreeMap<Tid, Task>,
    living: BTreeMap<Pid, Process>,
    zombies: BTreeMap<Pid, Zombie>,
    last: Pid,
}

impl Table {
    /// No processes: the first one gets number 1.
    pub fn new() -> Table {
        Table {
            tasks: BTreeMap::new(),
            living: BTreeMap::new(),
            zombies: BTreeMap::new(),
            last: Pid::NONE,
        }
    }

    /// Threads, and processes that are dead.
    pub fn len(&self) -> usize {
        self.tasks.len() + self.zombies.len()
    }

    /// A number that no thread, process, group or session has: the next one after
    /// the last that was given. There is one, because there are more numbers
    /// than all of these together.
    pub fn free_pid(&mut self) -> Pid {
        loop {
            self.last = self.last.next();
            if self.is_free(self.last) {
                return self.last;
            }
        }
    }

    fn is_free(&self, pid: Pid) -> bool {
        let named = |group: Pid, session: Pid| group == pid || session == pid;
        !(self.tasks.contains_key(&pid.first_thread())
            || self.living.contains_key(&pid)
            || self.zombies.contains_key(&pid)
            || self.living().any(|p| named(p.group, p.session))
            || self.zombies().any(|z| named(z.group, z.session)))
    }

    /// Adds a process, whose number is a [`free_pid`](Self::free_pid).
    pub fn insert(&mut self, process: Process) {
        self.living.insert(process.pid, process);
    }

    /// Adds a thread of a process that is there.
    pub fn insert_task(&mut self, task: Task) {
        self.tasks.insert(task.tid, task);
    }

    /// The living process `pid`.
    pub fn get(&self, pid: Pid) -> Option<&Process> {
        self.living.get(&pid)
    }

    /// The living process `pid`, to be changed.
    pub fn get_mut(&mut self, pid: Pid) -> Option<&mut Process> {
        self.living.get_mut(&pid)
    }

    /// The thread `tid`.
    pub fn task(&self, tid: Tid) -> Option<&Task> {
        self.tasks.get(&tid)
    }

    /// The thread `tid`, to be changed.
    pub fn task_mut(&mut self, tid: Tid) -> Option<&mut Task> {
        self.tasks.get_mut(&tid)
    }

    /// The living processes, by number.
    pub fn living(&self) -> impl Iterator<Item = &Process> {
        self.living.values()
    }

    /// The living processes, to be changed.
    pub fn living_mut(&mut self) -> impl Iterator<Item = &mut Process> {
        self.living.values_mut()
    }

    /// All threads, by number.
    pub fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks.values()
    }

    /// The threads of `pid`, the first one first.
    pub fn threads(&self, pid: Pid) -> impl Iterator<Item = &Task> {
        let first = self.tasks.get(&pid.first_thread());
        let others = self
            .tasks()
            .filter(move |task| task.tid != pid.first_thread());
        first
            .into_iter()
            .chain(others)
            .filter(move |task| task.pid == pid)
    }

    /// The threads of `pid`, to be changed.
    pub fn threads_mut(&mut self, pid: Pid) -> impl Iterator<Item = &mut Task> {
        self.tasks.values_mut().filter(move |task| task.pid == pid)
    }

    /// The numbers of the living processes that `wanted` holds for. It is a list of
    /// its own, so that they can be ended while it is walked.
    pub fn pids(&self, wanted: impl Fn(&Process) -> bool) -> Vec<Pid> {
        self.living()
            .filter(|process| wanted(process))
            .map(|process| process.pid)
            .collect()
    }

    /// The same for threads.
    pub fn tids(&self, wanted: impl Fn(&Task) -> bool) -> Vec<Tid> {
        self.tasks()
            .filter(|task| wanted(task))
            .map(|task| task.tid)
            .collect()
    }

    /// Takes out a living process.
    pub fn remove(&mut self, pid: Pid) -> Option<Process> {
        self.living.remove(&pid)
    }

    /// Takes out a thread.
    pub fn remove_task(&mut self, tid: Tid) -> Option<Task> {
        self.tasks.remove(&tid)
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
    pub fn reap(&mut self, pid: Pid) -> Option<Zombie> {
        self.zombies.remove(&pid)
    }

    /// Gives the children of `from` to `to`, who gets SIGCHLD for them from now on.
    /// True if a dead one is among them.
    pub fn adopt(&mut self, from: Pid, to: Pid) -> bool {
        let mut dead = false;
        for child in self.living.values_mut() {
            if child.parent == from {
                (child.parent, child.exit_signal) = (to, Some(Signal::CHLD));
            }
        }
        for child in self.zombies.values_mut() {
            if child.parent == from {
                (child.parent, child.exit_signal) = (to, Some(Signal::CHLD));
                dead = true;
            }
        }
        dead
    }

    /// Forgets everybody. Numbers start at 1 again.
    ///
    /// # Panics
    /// If anybody lives: their memory would be lost.
    pub fn clear(&mut self) {
        assert!(self.living.is_empty(), "the living cannot be forgotten");
        assert!(self.tasks.is_empty(), "no thread is without a process");
        *self = Table::new();
    }
}
