//! Where every trap from a program arrives.

use super::float::is_owner;
use super::{Code, Info, Signal, Tid};
use crate::arch::{self, Frame, Registers, Resume, Trap};
use crate::state::{self, Kernel};
use crate::syscall::{self, Answer};
use vm::{Access, Ea, Fault};

/// Handles the trap that saved `frame`, from a thread or from the idle loop,
/// and says which to resume.
///
/// # Panics
/// If the idle loop took anything but an interrupt: then the kernel is broken.
pub fn trap(frame: *mut Frame) -> Resume {
    let mut guard = state::lock();
    let kernel = guard.as_mut().expect("a trap before there was a process");
    kernel.clock.enter();
    match kernel.queue.running() {
        Some(tid) => kernel.user_trap(tid, frame),
        None => kernel.idle_trap(),
    }
    kernel.resume(frame)
}

/// Answers the system call `number` that `frame` was saved for, if that is a question whose answer
/// is known. Such a call changes nothing. So there is nothing to be looked at before the
/// program goes on: whoever could run then can run now.
pub fn ask(frame: *mut Frame, number: u64) -> Resume {
    let answered = syscall::answer(number).and_then(|answer| {
        let mut guard = state::lock();
        guard.as_mut()?.answer(answer)
    });
    let registers = match answered {
        Some(()) => Registers::Kept,
        None => Registers::All,
    };
    Resume { frame, registers }
}

impl Kernel {
    /// `None`: it must be shown too.
    #[inline]
    fn answer(&mut self, answer: Answer) -> Option<()> {
        if self.traces {
            return None;
        }
        let task = self.processes.task_mut(self.queue.running()?)?;
        self.clock.enter();
        let value = answer(task);
        task.frame.set_result(Ok(value));
        self.clock.leave();
        Some(())
    }

    fn idle_trap(&mut self) {
        match arch::decode(&self.idle) {
            Trap::Tick => self.interrupted(),
            Trap::External => {}
            other => panic!("the idle loop trapped: {other:?}"),
        }
    }

    fn user_trap(&mut self, tid: Tid, frame: *mut Frame) {
        let task = self.task(tid);
        assert_eq!(frame, task.frame.as_ptr(), "a trap saved the wrong frame");
        match arch::decode(&task.frame) {
            Trap::Syscall => syscall::run(self, tid),
            Trap::Tick => self.interrupted(),
            // No source of external interrupts is enabled.
            Trap::External => {}
            Trap::Page { ea, access } => self.page_fault(tid, ea, access),
            Trap::Segment { ea, .. } => self.segment_fault(tid, ea),
            Trap::FloatUnavailable if !is_owner(&task.frame) => self.give_float(tid),
            other => {
                let nip = task.frame.nip;
                self.fatal(tid, signal_of(&other, nip), address_of(&other));
            }
        }
    }

    fn page_fault(&mut self, tid: Tid, ea: Ea, access: Access) {
        let space = self.process(self.task(tid).pid).space();
        if let Err(fault) = self.vm.fault(space, ea, access) {
            self.refused(tid, fault, ea);
        }
    }

    fn segment_fault(&mut self, tid: Tid, ea: Ea) {
        let space = self.process(self.task(tid).pid).space();
        match self.vm.segment_fault(space, ea) {
            Ok(entry) => self.vm.machine.load(space, ea.esid(), entry),
            Err(fault) => self.refused(tid, fault, ea),
        }
    }

    /// `tid` cannot have the access that it tried at `ea`: or only when somebody has
    /// died for it, and then it tries again.
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
