//! Where every trap from a program arrives.

use super::{Pid, Signal, Status};
use crate::arch::{self, Frame, Trap};
use crate::state::{self, Kernel};
use crate::syscall;
use vm::{Access, Ea, Fault};

/// Handles the trap that saved `frame`, from a process or from the idle loop,
/// and gives the frame to resume.
///
/// # Panics
/// If the idle loop took anything but an interrupt: then the kernel is broken.
pub fn trap(frame: *mut Frame) -> *mut Frame {
    let mut guard = state::lock();
    let kernel = guard.as_mut().expect("a trap before there was a process");
    match kernel.queue.running() {
        Some(pid) => kernel.user_trap(pid, frame),
        None => kernel.idle_trap(),
    }
    kernel.resume()
}

impl Kernel {
    fn idle_trap(&mut self) {
        match arch::decode(&self.idle) {
            Trap::Tick => self.interrupted(),
            Trap::External => {}
            other => panic!("the idle loop trapped: {other:?}"),
        }
    }

    fn user_trap(&mut self, pid: Pid, frame: *mut Frame) {
        let process = self.process(pid);
        assert_eq!(
            frame,
            process.frame.as_ptr(),
            "a trap saved the wrong frame"
        );
        match arch::decode(&process.frame) {
            Trap::Syscall => syscall::run(self, pid),
            Trap::Tick => self.interrupted(),
            // No source of external interrupts is enabled.
            Trap::External => {}
            Trap::Page { ea, access } => self.page_fault(pid, ea, access),
            Trap::Segment { ea, .. } => self.segment_fault(pid, ea),
            other => self.fatal(pid, signal_of(&other), address_of(&other)),
        }
    }

    fn page_fault(&mut self, pid: Pid, ea: Ea, access: Access) {
        let space = self.process(pid).space();
        if let Err(fault) = self.vm.fault(space, ea, access) {
            self.fatal(pid, signal_for(fault), Some(ea));
        }
    }

    fn segment_fault(&mut self, pid: Pid, ea: Ea) {
        let space = self.process(pid).space();
        match self.vm.segment_fault(space, ea) {
            Ok(entry) => self.vm.machine.load(space, ea.esid(), entry),
            Err(fault) => self.fatal(pid, signal_for(fault), Some(ea)),
        }
    }

    /// Ends a process for what it did, process 1 too, and says so.
    fn fatal(&mut self, pid: Pid, signal: Signal, ea: Option<Ea>) {
        let process = self.process(pid);
        let (name, nip, signal_name) = (&process.name, process.frame.nip, signal.name());
        match ea {
            Some(Ea(ea)) => {
                println!("quire: pid {pid} ({name}): {signal_name} at ea {ea:#x}, nip {nip:#x}")
            }
            None => println!("quire: pid {pid} ({name}): {signal_name} at nip {nip:#x}"),
        }
        self.exit(pid, Status::Killed(signal));
    }
}

/// The signal for an access that cannot be had.
fn signal_for(fault: Fault) -> Signal {
    match fault {
        Fault::NotMapped | Fault::NotPermitted => Signal::SEGV,
        Fault::PastEnd => Signal::BUS,
        Fault::NoMemory => Signal::KILL,
    }
}

/// The signal for a trap that no system call and no memory explains.
fn signal_of(trap: &Trap) -> Signal {
    match trap {
        Trap::Breakpoint | Trap::Step => Signal::TRAP,
        Trap::Alignment { .. } | Trap::MachineCheck => Signal::BUS,
        _ => Signal::ILL,
    }
}

fn address_of(trap: &Trap) -> Option<Ea> {
    match trap {
        Trap::Alignment { ea } => Some(*ea),
        _ => None,
    }
}
