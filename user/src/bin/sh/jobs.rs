//! Pipelines that run: the one in the foreground, and those in the background.

use crate::parse::{MAX_COMMANDS, Pipeline};
use crate::terminal::Control;
use core::cell::RefCell;
use core::fmt::Write;
use quire_user::linux::{SIGCONT, SIGINT, WNOHANG, WUNTRACED};
use quire_user::sys::{self, Pid, Status, signal_name};
use quire_user::{Text, eprintln, println};

/// The status of a pipeline whose last command could not be started.
const NOT_STARTED: i32 = 1;
/// The most jobs that the shell remembers.
const MAX_JOBS: usize = 16;

/// A pipeline's processes.
#[derive(Clone, Copy)]
pub struct Job {
    /// Its group's number: its first process's; 0 before there is one.
    pub group: Pid,
    /// Its last process.
    last: Pid,
    /// Those that have not ended.
    left: [Pid; MAX_COMMANDS],
    /// What the last one ended with.
    status: i32,
    name: Text<64>,
}

/// What became of a job that the shell waited for.
enum Outcome {
    Ended,
    Stopped(u32),
}

impl Job {
    /// No process yet.
    pub fn new(pipeline: &Pipeline) -> Job {
        let mut name = Text::new();
        for (n, command) in pipeline.commands().iter().enumerate() {
            // Writing to a text never fails.
            let _ = write!(
                name,
                "{}{}",
                if n == 0 { "" } else { " | " },
                command.name()
            );
        }
        Job {
            group: 0,
            last: 0,
            left: [0; MAX_COMMANDS],
            status: 0,
            name,
        }
    }

    /// One process more.
    pub fn add(&mut self, pid: Pid) {
        if self.group == 0 {
            self.group = pid;
        }
        self.last = pid;
        if let Some(slot) = self.left.iter_mut().find(|slot| **slot == 0) {
            *slot = pid;
        }
    }

    /// Its last command could not be started.
    pub fn not_started(&mut self) {
        self.last = 0;
        self.status = NOT_STARTED;
    }

    fn is_running(&self) -> bool {
        self.left.iter().any(|&pid| pid != 0)
    }

    /// Notes that a process ended.
    fn note(&mut self, pid: Pid, status: Status) {
        if let Some(slot) = self.left.iter_mut().find(|slot| **slot == pid) {
            *slot = 0;
        }
        if pid == self.last {
            self.status = status.shell();
        }
    }

    /// Waits until all have ended, or one is stopped.
    fn wait(&mut self) -> Outcome {
        while let Some(pid) = self.left.iter().copied().find(|&pid| pid != 0) {
            match sys::wait4(pid, WUNTRACED) {
                Ok((_, status)) => match status.stopped() {
                    Some(signal) => return Outcome::Stopped(signal),
                    None => {
                        lament(status);
                        self.note(pid, status);
                    }
                },
                // Nobody is left to wait for.
                Err(_) => self.note(pid, Status::exited(0)),
            }
        }
        Outcome::Ended
    }
}

/// Says which signal ended a program, if one did. Of Ctrl-C the user knows.
fn lament(status: Status) {
    match status.signal() {
        Some(SIGINT) => println!(),
        Some(signal) => eprintln!("sh: ended by {} ({signal})", signal_name(signal)),
        None => {}
    }
}

/// The jobs in the background, running or stopped.
pub struct Jobs {
    list: RefCell<[Option<Job>; MAX_JOBS]>,
    control: Control,
}

impl Jobs {
    /// None.
    pub fn new(control: Control) -> Jobs {
        Jobs {
            list: RefCell::new([None; MAX_JOBS]),
            control,
        }
    }

    /// Who hands out the terminal.
    pub fn control(&self) -> Control {
        self.control
    }

    /// Waits for a job in the foreground. The status for `$?`.
    pub fn foreground(&self, mut job: Job) -> i32 {
        let outcome = job.wait();
        self.control.hand_to(sys::getpid());
        match outcome {
            Outcome::Ended => job.status,
            Outcome::Stopped(signal) => {
                println!("\n[{}] stopped: {}", job.group, job.name);
                self.keep(job);
                128 + signal as i32
            }
        }
    }

    /// Says that a job runs in the background. The status for `$?`.
    pub fn background(&self, job: Job) -> i32 {
        if !job.is_running() {
            return job.status;
        }
        println!("[{}] {}", job.group, job.name);
        self.keep(job);
        0
    }

    /// Remembers a job, if there is room; else its end is not told.
    fn keep(&self, job: Job) {
        if let Some(slot) = self
            .list
            .borrow_mut()
            .iter_mut()
            .find(|slot| slot.is_none())
        {
            *slot = Some(job);
        }
    }

    /// Takes the newest job, or the one of the given number, off the list.
    fn take(&self, group: Option<Pid>) -> Option<Job> {
        let mut list = self.list.borrow_mut();
        let newest = list.iter().flatten().map(|job| job.group).max();
        let wanted = group.or(newest)?;
        list.iter_mut()
            .find(|slot| slot.is_some_and(|job| job.group == wanted))?
            .take()
    }

    /// `fg`: goes on with a job in the foreground. `None` if there is no such job.
    pub fn resume_here(&self, group: Option<Pid>) -> Option<i32> {
        let job = self.take(group)?;
        println!("{}", job.name);
        self.control.hand_to(job.group);
        // It may have ended by now, which the wait then finds.
        let _ = sys::kill(-job.group, SIGCONT);
        Some(self.foreground(job))
    }

    /// `bg`: lets a stopped job go on in the background.
    pub fn resume_there(&self, group: Option<Pid>) -> Option<i32> {
        let job = self.take(group)?;
        let _ = sys::kill(-job.group, SIGCONT);
        Some(self.background(job))
    }

    /// `jobs`: lists them.
    pub fn list(&self) {
        for job in self.list.borrow().iter().flatten() {
            println!("[{}] {}", job.group, job.name);
        }
    }

    /// `wait`: waits for all that run in the background.
    pub fn wait_for_all(&self) {
        while let Some(mut job) = self.take(None) {
            if let Outcome::Stopped(_) = job.wait() {
                println!("[{}] stopped: {}", job.group, job.name);
                self.keep(job);
                return;
            }
        }
        while sys::wait4(-1, 0).is_ok() {}
    }

    /// Says which jobs have ended since last asked.
    pub fn report(&self) {
        while let Ok((pid, status)) = sys::wait4(-1, WNOHANG) {
            if pid == 0 {
                break;
            }
            self.ended(pid, status);
        }
    }

    fn ended(&self, pid: Pid, status: Status) {
        for slot in self.list.borrow_mut().iter_mut() {
            let Some(job) = slot.as_mut().filter(|job| job.left.contains(&pid)) else {
                continue;
            };
            job.note(pid, status);
            if !job.is_running() {
                println!("[{}] done: {status:?}", job.group);
                *slot = None;
            }
            return;
        }
    }
}
