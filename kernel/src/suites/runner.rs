//! Runs the suites that the command line names, one after another.

use super::{SUITES, all_cases};
use crate::boot_info::BootInfo;
use crate::heap;
use crate::lock::Lock;
use crate::platform;
use crate::process::{Pid, Status, Table, Task};
use crate::state::Kernel;
use crate::syscall::Errno;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::iter::once;

/// The name of the suite that is running, for the panic handler.
static RUNNING: Lock<Option<&str>> = Lock::new(None);

/// The suite that is running; `None` also while that changes.
pub fn running() -> Option<&'static str> {
    *RUNNING.try_lock()?
}

/// What is left before and must be there after a suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Baseline {
    free_frames: u32,
    /// Bytes, without the tables that keep their room.
    heap_used: usize,
    /// Files of any kind.
    inodes: usize,
}

/// The suite that is running.
struct Current {
    name: &'static str,
    before: Baseline,
    /// In timebase ticks.
    deadline: u64,
    /// Cases that have failed in the kernel.
    failed_cases: u32,
}

/// How a suite came to its end.
#[derive(Clone, Copy)]
enum Ending {
    /// Its program did.
    Ended(Status),
    /// Its program could not be started.
    NotStarted(Errno),
    /// There is no such suite.
    Unknown,
}

impl Ending {
    /// What is wrong with it.
    fn wrong(self) -> Option<String> {
        match self {
            Ending::Ended(Status::Exited(0)) => None,
            Ending::Ended(status) => Some(format!("/bin/suite {status}")),
            Ending::NotStarted(error) => Some(format!("/bin/suite cannot be started: {error}")),
            Ending::Unknown => Some(format!(
                "there is no such suite, only {}",
                SUITES.join(", ")
            )),
        }
    }
}

/// Which suites have run and which have not.
pub struct Runner {
    names: Vec<&'static str>,
    next: usize,
    timeout: u64,
    current: Option<Current>,
    failed: Vec<&'static str>,
}

impl Runner {
    /// A runner if the command line asks for suites.
    pub fn new(info: &'static BootInfo) -> Option<Runner> {
        let names: Vec<_> = info
            .options()
            .tests
            .split(',')
            .filter(|name| !name.is_empty())
            .collect();
        let failed = Vec::with_capacity(names.len());
        let runner = Runner {
            names,
            next: 0,
            timeout: info.options().timeout,
            current: None,
            failed,
        };
        (!runner.names.is_empty()).then_some(runner)
    }

    /// Ends the machine in failure if the suite has taken too long. Says who
    /// was there.
    pub fn check_time(&self, now: u64, processes: &Table) {
        if let Some(current) = self
            .current
            .as_ref()
            .filter(|current| now >= current.deadline)
        {
            println!(
                "suite {}: FAILED: it did not end within {} s",
                current.name, self.timeout
            );
            for Task {
                tid,
                pid,
                state,
                frame,
                ..
            } in processes.tasks()
            {
                let process = processes.get(*pid);
                let (parent, name) = process.map_or((Pid::NONE, ""), |p| (p.parent, &*p.name));
                println!(
                    "  pid {pid}, thread {tid}, child of {parent}: {name} {state:?}, nip {:#x}",
                    frame.nip
                );
            }
            platform::fail(&format!(
                "suite {} did not end within {} s",
                current.name, self.timeout
            ));
        }
    }

    fn start(&mut self, before: Baseline) -> Option<&'static str> {
        let name = *self.names.get(self.next)?;
        *RUNNING.lock() = Some(name);
        self.next += 1;
        let deadline = platform::timebase()
            .saturating_add(self.timeout.saturating_mul(platform::timebase_hz()));
        self.current = Some(Current {
            name,
            before,
            deadline,
            failed_cases: 0,
        });
        Some(name)
    }

    /// Notes the result of the current suite: it passed if nothing was wrong.
    fn finish(&mut self, name: &'static str, wrong: &[String]) {
        self.current = None;
        *RUNNING.lock() = None;
        match wrong {
            [] => println!("suite {name}: ok"),
            _ => {
                println!("suite {name}: FAILED: {}", wrong.join("; "));
                self.failed.push(name);
            }
        }
    }

    /// Says how it went, and ends the machine so that QEMU's exit status says it
    /// too.
    fn end(&self) -> ! {
        let failed = self.failed.len();
        println!(
            "suites: {} passed, {failed} failed",
            self.names.len() - failed
        );
        match failed {
            0 => platform::power_off(),
            _ => platform::fail(&format!("suites failed: {}", self.failed.join(","))),
        }
    }
}

impl Kernel {
    /// Starts the next suite whose program can be started, or ends the machine.
    pub fn run_next_suite(&mut self) {
        while let Some(name) = self.begin_suite() {
            match self.start_suite(name) {
                Ok(()) => return,
                Err(ending) => self.finish_suite(ending),
            }
        }
        self.runner().end()
    }

    fn start_suite(&mut self, name: &'static str) -> Result<(), Ending> {
        if !SUITES.contains(&name) {
            return Err(Ending::Unknown);
        }
        self.run_cases(name);
        self.spawn("/bin/suite", once(name))
            .map_err(Ending::NotStarted)
    }

    /// The suite's process 1 has ended.
    pub fn suite_ended(&mut self, status: Status) {
        self.finish_suite(Ending::Ended(status));
        self.run_next_suite();
    }

    fn runner(&mut self) -> &mut Runner {
        self.suites.as_mut().expect("a runner while suites run")
    }

    /// The tree's tables are rebuilt before they are measured: what a suite has left
    /// in the tree is missing here, and what it has taken away again is not.
    fn baseline(&mut self) -> Baseline {
        self.tree.compact();
        Baseline {
            free_frames: self.vm.frame_counts().free,
            heap_used: heap::used() - self.vm.table_bytes(),
            inodes: self.tree.len(),
        }
    }

    fn begin_suite(&mut self) -> Option<&'static str> {
        let before = self.baseline();
        self.runner().start(before)
    }

    /// Runs the suite's cases in the kernel.
    fn run_cases(&mut self, suite: &str) {
        let mut failed = 0;
        for case in all_cases().filter(|case| case.suite == suite) {
            match (case.run)(self) {
                Ok(()) => println!("test {suite}::{} ... ok", case.name),
                Err(why) => {
                    println!("test {suite}::{} ... FAILED: {why}", case.name);
                    failed += 1;
                }
            }
        }
        if let Some(current) = &mut self.runner().current {
            current.failed_cases = failed;
        }
    }

    /// Ends what the suite left behind, and looks whether all is as it was.
    fn finish_suite(&mut self, ending: Ending) {
        self.end_all();
        let Some(current) = self.runner().current.take() else {
            return;
        };
        let after = self.baseline();
        let mut all: Vec<String> = ending.wrong().into_iter().collect();
        if current.failed_cases > 0 {
            all.push(format!(
                "{} cases failed in the kernel",
                current.failed_cases
            ));
        }
        all.extend(differences(current.before, after));
        all.extend(
            self.vm
                .audit()
                .into_iter()
                .map(|line| format!("audit: {line}")),
        );
        self.runner().finish(current.name, &all);
    }
}

/// What is not as it was.
fn differences(before: Baseline, after: Baseline) -> impl Iterator<Item = String> {
    let frames = before.free_frames as i64 - after.free_frames as i64;
    let heap = after.heap_used as i64 - before.heap_used as i64;
    let frames = (frames != 0).then(|| format!("{frames} frames missing"));
    let inodes = after.inodes as i64 - before.inodes as i64;
    let inodes = (inodes != 0).then(|| format!("{inodes} files left behind"));
    let heap = (heap != 0).then(|| format!("{heap} bytes of heap missing"));
    frames.into_iter().chain(heap).chain(inodes)
}
