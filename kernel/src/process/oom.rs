//! Out of memory: who dies so that the others can go on.
//!
//! A request for memory that cannot be had (mmap, brk, fork, exec …) is ENOMEM and
//! kills nobody. But memory that was promised and is needed now, for a page that is
//! touched for the first time or copied, cannot be refused. Then the process dies whose
//! death brings most: the one with the most frames that nobody else has. Among equals it
//! is the youngest, which has done least. It is never process 1, unless that is alone.
//! Who needed the page then tries again: a program's access is simply made again, and a
//! system call is run again from its start, as if it had waited. For this a call changes
//! nothing before it has copied what it must to the program.

use super::{INIT, Pid, Signal, Status};
use crate::state::Kernel;

impl Kernel {
    /// Kills one process to have its frames.
    pub fn out_of_memory(&mut self) {
        let Some(pid) = self.victim() else {
            return;
        };
        let frames = self.sole_frames(pid);
        let name = &self.process(pid).name;
        println!("quire: out of memory: killed pid {pid} ({name}), {frames} pages");
        self.exit(pid, Status::Killed(Signal::KILL));
    }

    /// Numbers are given in order, so the youngest has the largest; but for the wrap
    /// after 32767 processes.
    fn victim(&self) -> Option<Pid> {
        let all = self.processes.living().map(|process| process.pid);
        all.max_by_key(|pid| (*pid != INIT, self.sole_frames(*pid), *pid))
    }

    fn sole_frames(&self, pid: Pid) -> u64 {
        self.vm.sole_frames(self.process(pid).space())
    }
}
