//! The tables of threads and processes: the living, and the dead that nobody has
//! waited for.

use super::{Name, Pid, Process, Status, Task, Tid, Times};
use crate::numbered::Numbered;
use crate::process::Signal;
use alloc::boxed::Box;
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
    tasks: Numbered<Task>,
    living: Numbered<Process>,
    zombies: Numbered<Zombie>,
    last: Pid,
    /// All numbers have been given once.
    goes_round: bool,
}

impl Table {
    /// No processes: the first one gets number 1.
    pub fn new() -> Table {
        Table {
            tasks: Numbered::new(),
            living: Numbered::new(),
            zombies: Numbered::new(),
            last: Pid::NONE,
            goes_round: false,
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
            let next = self.last.next();
            self.goes_round |= next < self.last;
            self.last = next;
            if !self.goes_round || self.is_free(self.last) {
                return self.last;
            }
        }
    }

    fn is_free(&self, pid: Pid) -> bool {
        let named = |group: Pid, session: Pid| group == pid || session == pid;
        !(self.task(pid.first_thread()).is_some()
            || self.get(pid).is_some()
            || self.zombie(pid).is_some()
            || self.living().any(|p| named(p.group, p.session))
            || self.zombies().any(|z| named(z.group, z.session)))
    }

    /// `parent`, if it lives, has so many more children, or less.
    fn count_child(&mut self, parent: Pid, change: i32) {
        if let Some(parent) = self.get_mut(parent) {
            parent.children = parent.children.wrapping_add_signed(change);
        }
    }

    /// Adds a process, whose number is a [`free_pid`](Self::free_pid).
    pub fn insert(&mut self, process: Box<Process>) {
        self.count_child(process.parent, 1);
        self.living.insert(process.pid.raw().into(), process);
    }

    /// Adds a thread of a process that is there, or the first one of a process that will be.
    pub fn insert_task(&mut self, task: Box<Task>) {
        if task.tid != task.pid.first_thread()
            && let Some(process) = self.get_mut(task.pid)
            && let Err(at) = process.others.binary_search(&task.tid)
        {
            process.others.insert(at, task.tid);
        }
        self.tasks.insert(task.tid.raw().into(), task);
    }

    /// The living process `pid`.
    #[inline]
    pub fn get(&self, pid: Pid) -> Option<&Process> {
        self.living.get(pid.raw().into())
    }

    /// The living process `pid`, to be changed.
    #[inline]
    pub fn get_mut(&mut self, pid: Pid) -> Option<&mut Process> {
        self.living.get_mut(pid.raw().into())
    }

    /// The thread `tid`.
    #[inline]
    pub fn task(&self, tid: Tid) -> Option<&Task> {
        self.tasks.get(tid.raw().into())
    }

    /// The thread `tid`, to be changed.
    #[inline]
    pub fn task_mut(&mut self, tid: Tid) -> Option<&mut Task> {
        self.tasks.get_mut(tid.raw().into())
    }

    /// The thread `tid`, to be changed, if it is found at once.
    #[inline]
    pub fn task_near(&mut self, tid: Tid) -> Option<&mut Task> {
        self.tasks.get_near(tid.raw().into())
    }

    /// The thread `tid`, to be changed, and its process.
    #[inline(always)]
    pub fn with_process(&mut self, tid: Tid) -> Option<(&mut Task, &Process)> {
        let task = self.tasks.get_mut(tid.raw().into())?;
        let process = self.living.get_mut(task.pid.raw().into())?;
        Some((task, process))
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
        let others = self.others(pid).iter().copied();
        let all = core::iter::once(pid.first_thread()).chain(others);
        all.filter_map(|tid| self.task(tid))
    }

    /// Those of its threads that have not its number, in order.
    pub fn others(&self, pid: Pid) -> &[Tid] {
        self.get(pid).map_or(&[], |process| &process.others)
    }

    /// The time that the threads of `pid` have used, those that have ended too, up to when
    /// they were last charged.
    pub fn times(&self, pid: Pid) -> Times {
        let mut times = self
            .get(pid)
            .map_or(Times::default(), |process| process.ended_times);
        self.threads(pid).for_each(|task| times += task.times);
        times
    }

    /// Changes each thread of `pid`.
    pub fn change_threads(&mut self, pid: Pid, change: impl Fn(&mut Task)) {
        let Some(process) = self.living.get(pid.raw().into()) else {
            return;
        };
        for tid in core::iter::once(&pid.first_thread()).chain(&process.others) {
            self.tasks.get_mut(tid.raw().into()).map(&change);
        }
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
    pub fn remove(&mut self, pid: Pid) -> Option<Box<Process>> {
        let process = self.living.remove(pid.raw().into())?;
        self.count_child(process.parent, -1);
        Some(process)
    }

    /// Takes out a thread.
    pub fn remove_task(&mut self, tid: Tid) -> Option<Box<Task>> {
        let task = self.tasks.remove(tid.raw().into())?;
        if tid != task.pid.first_thread()
            && let Some(process) = self.get_mut(task.pid)
            && let Ok(at) = process.others.binary_search(&tid)
        {
            process.others.remove(at);
        }
        Some(task)
    }

    /// Adds a dead one.
    pub fn bury(&mut self, zombie: Zombie) {
        self.count_child(zombie.parent, 1);
        self.zombies
            .insert(zombie.pid.raw().into(), Box::new(zombie));
    }

    /// The dead, by number.
    pub fn zombies(&self) -> impl Iterator<Item = &Zombie> {
        self.zombies.values()
    }

    /// The dead process `pid`.
    pub fn zombie(&self, pid: Pid) -> Option<&Zombie> {
        self.zombies.get(pid.raw().into())
    }

    /// Forgets a dead one: its number is free.
    pub fn reap(&mut self, pid: Pid) -> Option<Box<Zombie>> {
        let zombie = self.zombies.remove(pid.raw().into())?;
        self.count_child(zombie.parent, -1);
        Some(zombie)
    }

    /// Gives the children of `from` to `to`, who gets SIGCHLD for them from now on.
    /// True if a dead one is among them.
    pub fn adopt(&mut self, from: Pid, to: Pid) -> bool {
        let (mut living, mut dead) = (0, 0);
        for child in self.living_mut() {
            if child.parent == from {
                (child.parent, child.exit_signal) = (to, Some(Signal::CHLD));
                living += 1;
            }
        }
        for child in self.zombies.values_mut() {
            if child.parent == from {
                (child.parent, child.exit_signal) = (to, Some(Signal::CHLD));
                dead += 1;
            }
        }
        self.count_child(to, living + dead);
        dead > 0
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
