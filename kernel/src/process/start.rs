//! The first process, and what its end means.

use super::{
    Clock, FrameBox, Request, RunQueue, Status, Strings, Table, Terminal, Trampoline, Waiters,
};
use crate::arch::{self, Frame};
use crate::boot_info::BootInfo;
use crate::fs::{Line, Time, Tree};
use crate::platform;
use crate::state::{self, Kernel, Vm};
use crate::suites::Runner;
use crate::syscall::{Errno, SharedSegments, UnknownCalls};
use alloc::format;

/// Builds the kernel's state and process 1, and gives the frame to resume. With
/// `test=` on the command line it is the first suite that starts instead.
///
/// A machine on which process 1 cannot start is failed, with the reason.
pub fn start(mut vm: Vm, info: &'static BootInfo) -> *mut Frame {
    let trampoline = Trampoline::new(&mut vm).unwrap_or_else(|_| {
        platform::fail("there is no memory for the signal trampoline");
    });
    let clock = Clock::start();
    let tree = Tree::at_boot(info, &mut vm, Time::new(clock.real_time()));
    let mut kernel = Kernel {
        vm,
        trampoline,
        float_owner: None,
        pollers: Waiters::Nobody,
        buffer: alloc::vec![0; vm::PAGE_SIZE as usize].into(),
        futexes: 0,
        terminal: Terminal::new(),
        processes: Table::new(),
        queue: RunQueue::new(),
        clock,
        tree,
        shared: SharedSegments::new(),
        unknown_calls: UnknownCalls::new(),
        traces: info.options().strace,
        console: Line::new(),
        suites: Runner::new(info),
        ended: None,
        info,
        idle: FrameBox::new(&arch::idle_frame()),
    };
    if kernel.suites.is_some() {
        kernel.run_next_suite();
    } else {
        kernel.start_init();
    }
    state::install(kernel)
}

impl Kernel {
    fn start_init(&mut self) {
        let options = self.info.options();
        if let Err(error) = self.spawn(options.init, options.args.split_ascii_whitespace()) {
            let reason = format!("cannot start {}: {error}", options.init);
            println!("quire: {reason}");
            platform::fail(&reason);
        }
    }

    /// Starts process 1 with `path` as its first argument and `args` after it.
    ///
    /// # Errors
    /// Those of execve(2).
    pub fn spawn<'a>(
        &mut self,
        path: &str,
        args: impl Iterator<Item = &'a str>,
    ) -> Result<(), Errno> {
        let mut request = Request {
            path: path.as_bytes(),
            args: Strings::default(),
            env: Strings::default(),
        };
        request.args.push(path.as_bytes())?;
        for arg in args {
            request.args.push(arg.as_bytes())?;
        }
        for variable in ["HOME=/", "PATH=/bin", "TERM=dumb"] {
            request.env.push(variable.as_bytes())?;
        }
        self.spawn_init(&request)
    }

    /// Process 1 has ended: so does the suite that it ran, or the machine.
    pub fn init_ended(&mut self, status: Status) {
        if self.suites.is_some() {
            return self.suite_ended(status);
        }
        if status == Status::Exited(0) {
            platform::power_off();
        }
        let reason = format!("process 1 {status}");
        println!("quire: {reason}");
        platform::fail(&reason);
    }
}
