//! Where every trap from a program arrives.

use super::float::is_owner;
use super::{Code, Info, Signal, Tid};
use crate::arch::{self, Frame, Registers, Resume, Trap};
use crate::platform;
use crate::state::{self, Kernel};
use crate::syscall::{self, Question};
use vm::{Ea, Fault};

/// Handles the system call that saved `frame`, and says which to resume.
///
/// # Panics
/// If no thread runs: then the kernel is broken.
#[inline]
pub fn call(frame: *mut Frame) -> Resume {
    let mut guard = state::lock();
    let kernel = guard.as_mut().expect("a call before there was a process");
    kernel.clock.enter();
    let tid = kernel.queue.running().expect("a call of nobody");
    syscall::run(kernel, tid);
    kernel.resume(frame)
}

/// Handles another trap that saved `frame`, from a thread or from the idle loop,
/// and says which to resume. A fault that has been mended changes nothing but memory: so
/// then the thread, which could run before it, goes on without a further look.
///
/// # Panics
/// If the idle loop took anything but an interrupt: then the kernel is broken.
#[inline]
pub fn trap(frame: *mut Frame) -> Resume {
    let mut guard = state::lock();
    let kernel = guard.as_mut().expect("a trap before there was a process");
    kernel.clock.enter();
    let after = match kernel.queue.running() {
        Some(tid) => kernel.user_trap(tid, frame),
        None => kernel.idle_trap(),
    };
    match after {
        After::Look => kernel.resume(frame),
        After::GoOn => {
            kernel.clock.leave();
            let registers = Registers::Kept;
            Resume { frame, registers }
        }
    }
}

/// What is to be done after a trap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    /// Look who can run.
    Look,
    /// Nothing.
    GoOn,
}

/// Answers the system call `number` that `frame` was saved for, if that is a question whose answer
/// is known. Such a call changes nothing. So there is nothing to be looked at before the
/// program goes on: whoever could run then can run now.
#[inline]
pub fn ask(frame: *mut Frame, number: u64) -> Resume {
    let answered = syscall::question(number).and_then(|question| {
        let mut guard = state::lock();
        guard.as_mut()?.answer(question)
    });
    let registers = match answered {
        Some(()) => Registers::Kept,
        None => Registers::All,
    };
    Resume { frame, registers }
}

impl Kernel {
    /// `None`: it takes longer, or must be shown too.
    #[inline]
    fn answer(&mut self, question: Question) -> Option<()> {
        let entered = platform::timebase();
        let task = self.processes.task_near(self.queue.running()?)?;
        if self.traces {
            return None;
        }
        let value = question.answer(task);
        task.frame.set_result(Ok(value));
        self.clock.was_in_kernel(entered);
        Some(())
    }

    #[inline(never)]
    fn idle_trap(&mut self) -> After {
        match arch::decode(&self.idle) {
            Trap::Tick => self.interrupted(),
            Trap::External => {}
            other => panic!("the idle loop trapped: {other:?}"),
        }
        After::Look
    }

    #[inline]
    fn user_trap(&mut self, tid: Tid, frame: *mut Frame) -> After {
        let task = self.task(tid);
        assert_eq!(frame, task.frame.as_ptr(), "a trap saved the wrong frame");
        match arch::decode(&task.frame) {
            Trap::Page { ea, access } => {
                let space = self.process(task.pid).space();
                match self.vm.fault(space, ea, access) {
                    Ok(()) => return After::GoOn,
                    Err(fault) => self.refused(tid, fault, ea),
                }
            }
            Trap::Segment { ea, .. } => {
                let space = self.process(task.pid).space();
                match self.vm.segment_fault(space, ea) {
                    Ok(entry) => {
                        self.vm.machine.load(space, ea.esid(), entry);
                        return After::GoOn;
                    }
                    Err(fault) => self.refused(tid, fault, ea),
                }
            }
            other => self.other_trap(tid, other),
        }
        After::Look
    }

    #[inline(never)]
    fn other_trap(&mut self, tid: Tid, trap: Trap) {
        let frame = &self.task(tid).frame;
        match trap {
            Trap::Tick => self.interrupted(),
            // No source of external interrupts is enabled.
            Trap::External => {}
            Trap::FloatUnavailable if !is_owner(frame) => self.give_float(tid),
            other => {
                let nip = frame.nip;
                self.fatal(tid, signal_of(&other, nip), address_of(&other));
            }
        }
    }

    /// `tid` cannot have the access that it tried at `ea`: or only when somebody has
    /// died for it, and then it tries again.
    #[inline(never)]
    fn refused(&mut self, tid: Tid, fault: Fault, ea: Ea) {
        let (signal, code) = match fault {
            Fault::NotMapped => (Signal::SEGV, Code::MAPERR),
            Fault::NotPermitted => (Signal::SEGV, Code::ACCERR),
            Fault::PastEnd | Fault::Full => (Signal::BUS, Code::ADRERR),
            Fault::NoMemory => return self.out_of_memory(),
        };
        self.fatal(tid, Info::fault(signal, code, ea.0), Some(ea));
    }

    /// A thread has done what it cannot do. If it has no handler for that, its process
    /// ends, process 1 too, and the console says so.
    fn fatal(&mut self, tid: Tid, info: Info, ea: Option<Ea>) {
        if !self.can_handle(tid, info.signal) {
            self.report(tid, info.signal, ea);
        }
        self.force(tid, info);
    }

    fn report(&self, tid: Tid, signal: Signal, ea: Option<Ea>) {
        let task = self.task(tid);
        let process = self.process(task.pid);
        let (pid, name, nip) = (task.pid, &process.name, task.frame.nip);
        let signal = signal.name();
        match ea {
            Some(Ea(ea)) => {
                println!("quire: pid {pid} ({name}): {signal} at ea {ea:#x}, nip {nip:#x}")
            }
            None => println!("quire: pid {pid} ({name}): {signal} at nip {nip:#x}"),
        }
    }
}

/// The signal for a trap at `nip` that no system call and no memory explains.
fn signal_of(trap: &Trap, nip: u64) -> Info {
    let (signal, code) = match trap {
        Trap::Breakpoint => (Signal::TRAP, Code::BRKPT),
        Trap::Step => (Signal::TRAP, Code::TRACE),
        Trap::Alignment { ea } => return Info::fault(Signal::BUS, Code::ADRALN, ea.0),
        Trap::MachineCheck => (Signal::BUS, Code::OBJERR),
        Trap::Illegal => (Signal::ILL, Code::ILLOPC),
        Trap::Privileged => (Signal::ILL, Code::PRVOPC),
        Trap::FloatUnavailable => (Signal::ILL, Code::COPROC),
        _ => (Signal::ILL, Code::ILLOPC),
    };
    Info::fault(signal, code, nip)
}

fn address_of(trap: &Trap) -> Option<Ea> {
    match trap {
        Trap::Alignment { ea } => Some(*ea),
        _ => None,
    }
}
