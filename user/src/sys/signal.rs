//! Signals: handlers, masks, and what came with a signal.

use super::{Pid, Time};
use crate::Errno;
use linux_raw_sys::general::*;

/// A set of signals: bit N - 1 stands for signal N.
pub type Set = u64;

/// The set of `signals`.
pub fn set(signals: &[u32]) -> Set {
    signals
        .iter()
        .fold(0, |set, signal| set | 1 << (signal - 1))
}

/// What came with a signal: the kernel's siginfo_t. What follows the first three
/// numbers depends on the signal; the functions here name it.
#[repr(C, align(8))]
#[derive(Clone, Copy)]
pub struct Info {
    /// The signal.
    pub signal: i32,
    /// Not used on Linux.
    pub error: i32,
    /// Why it came: SI_*, SEGV_*, BUS_*, CLD_*.
    pub code: i32,
    padding: i32,
    fields: [u64; 14],
}

impl Info {
    /// None yet.
    pub const NONE: Info = Info {
        signal: 0,
        error: 0,
        code: 0,
        padding: 0,
        fields: [0; 14],
    };

    /// The address that a fault was about.
    pub fn address(&self) -> usize {
        self.fields[0] as usize
    }

    fn half(&self, index: usize) -> i32 {
        let bytes = self.fields[index / 2].to_ne_bytes();
        let at = index % 2 * 4;
        i32::from_ne_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
    }

    /// The process that sent it, or the child that it is about.
    pub fn pid(&self) -> Pid {
        self.half(0)
    }

    /// Whose that process is.
    pub fn uid(&self) -> u32 {
        self.half(1) as u32
    }

    /// SIGCHLD: the exit status, or a signal's number.
    pub fn status(&self) -> i32 {
        self.half(2)
    }

    /// What [`queue`] sent along.
    pub fn value(&self) -> u64 {
        self.fields[1]
    }
}

/// A handler: the signal, what came with it, and the machine's state before it.
pub type Handler = extern "C" fn(u32, &Info, &mut Context);

/// The machine's state before a handler ran: the kernel's ucontext_t of ppc64, as
/// far as programs here look at it (arch/powerpc/include/uapi/asm/ucontext.h).
#[repr(C)]
pub struct Context {
    flags: u64,
    link: u64,
    stack: AltStack,
    /// The signals that were blocked, and will be again.
    pub mask: Set,
    reserved: [u64; 15],
    reserved_too: [u64; 4],
    signal: i32,
    padding: i32,
    handler: u64,
    old_mask: u64,
    registers_at: u64,
    /// r0 to r31, then NIP, MSR, the first argument, CTR, LR, XER, CR and so on:
    /// the kernel's pt_regs.
    pub registers: [u64; 48],
    /// FPR 0 to 31 and FPSCR.
    pub fp: [u64; 33],
    /// Where the vector registers are: a [`Vectors`].
    pub vectors_at: usize,
}

/// Vector registers in a [`Context`], as far as its MSR says that they are anything.
#[repr(C)]
pub struct Vectors {
    /// VR 0 to 31.
    pub vr: [u128; 32],
    /// The vector status and control register.
    pub vscr: u128,
    /// VRSAVE, and nothing.
    pub vrsave: [u32; 4],
    /// Doubleword 1 of VSR 0 to 31.
    pub vsr: [u64; 32],
}

impl Context {
    /// Where the program goes on.
    pub const NIP: usize = 32;
    /// The machine's state: whether it is a program, and more.
    pub const MSR: usize = 33;
    /// Where a function that was called returns to.
    pub const LR: usize = 36;
    /// The MSR's bit for little-endian, as it is in this program: LE is bit 63, the lowest.
    /// Of all its bits Linux lets a handler change this one. Where the processor has no
    /// such bit it is 0 and stays so.
    pub const LE: u64 = 1u64.to_ne_bytes()[0] as u64;
    /// The MSR's bit that says that VRs are in the context.
    pub const VEC: u64 = 1 << 25;
    /// The same of doubleword 1 of VSRs.
    pub const VSX: u64 = 1 << 23;

    /// The vector registers, where the kernel has put them.
    pub fn vectors(&mut self) -> &mut Vectors {
        // SAFETY: the kernel points at its own frame, in which they are, for as long as
        // the handler runs; a handler that changes the address does not ask.
        unsafe { &mut *(self.vectors_at as *mut Vectors) }
    }
}

/// What is to be done about a signal: the kernel's struct sigaction.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Action {
    /// The handler's address, or 0 for the default, or 1 to ignore the signal.
    pub handler: usize,
    /// SA_*.
    pub flags: u64,
    /// Not used on PowerPC.
    pub restorer: usize,
    /// Signals that are blocked while the handler runs.
    pub mask: Set,
}

impl Action {
    /// What the signal does by itself.
    pub const DEFAULT: Action = Action {
        handler: 0,
        flags: 0,
        restorer: 0,
        mask: 0,
    };
    /// Nothing.
    pub const IGNORE: Action = Action {
        handler: 1,
        ..Action::DEFAULT
    };

    /// Runs `handler`; `flags` are of SA_*, to which SA_SIGINFO is added.
    pub fn run(handler: Handler, flags: u32) -> Action {
        Action {
            handler: handler as usize,
            flags: (flags | SA_SIGINFO) as u64,
            ..Action::DEFAULT
        }
    }
}

/// A stack for handlers: the kernel's stack_t.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AltStack {
    /// Its lowest address.
    pub base: usize,
    /// SS_ONSTACK, SS_DISABLE.
    pub flags: i32,
    /// Its bytes.
    pub len: usize,
}

fn or_null<T>(value: Option<&T>) -> usize {
    value.map_or(0, |value| &raw const *value as usize)
}

fn or_null_mut<T>(value: Option<&mut T>) -> usize {
    value.map_or(0, |value| &raw mut *value as usize)
}

calls! {
    /// Sets what is to be done about `signal`, and tells what was.
    sigaction(signal: u32, new: Option<&Action>, old: Option<&mut Action>)
        = __NR_rt_sigaction(signal, or_null(new), or_null_mut(old), 8);

    /// Blocks, unblocks or sets: `how` is SIG_BLOCK, SIG_UNBLOCK or SIG_SETMASK.
    sigprocmask(how: u32, new: Option<&Set>, old: Option<&mut Set>)
        = __NR_rt_sigprocmask(how, or_null(new), or_null_mut(old), 8);

    /// The signals that have come but are blocked.
    sigpending(pending: &mut Set) = __NR_rt_sigpending(&raw mut *pending, 8);

    /// Waits for a signal with `mask` as the blocked ones. Always an error: EINTR.
    sigsuspend(mask: &Set) = __NR_rt_sigsuspend(&raw const *mask, 8);

    /// Takes one of the pending signals `which`, or waits for one. Its number.
    sigtimedwait(which: &Set, info: Option<&mut Info>, time: Option<&Time>) -> u32
        = __NR_rt_sigtimedwait(&raw const *which, or_null_mut(info), or_null(time), 8);

    /// Sets the stack for handlers, and tells what it was.
    sigaltstack(new: Option<&AltStack>, old: Option<&mut AltStack>)
        = __NR_sigaltstack(or_null(new), or_null_mut(old));

    /// Sends `signal` with `info` to a process.
    rt_sigqueueinfo(pid: Pid, signal: u32, info: &Info)
        = __NR_rt_sigqueueinfo(pid, signal, &raw const *info);

    /// Sends `signal` to one thread of a process.
    tgkill(pid: Pid, tid: Pid, signal: u32) = __NR_tgkill(pid, tid, signal);

    /// Waits for a signal. Always an error: EINTR.
    pause() = __NR_pause();

    /// SIGALRM after so many seconds, none for 0. What was left of the last one.
    alarm(seconds: u32) -> u32 = __NR_alarm(seconds);

    /// Starts or stops an interval timer: `which` is ITIMER_REAL and so on.
    setitimer(which: u32, new: &Timer, old: Option<&mut Timer>)
        = __NR_setitimer(which, &raw const *new, or_null_mut(old));

    /// What is left of it.
    getitimer(which: u32, now: &mut Timer) = __NR_getitimer(which, &raw mut *now);

    /// Puts a process into a process group; 0 stands for this one and its number.
    setpgid(pid: Pid, group: Pid) = __NR_setpgid(pid, group);

    /// The process group of a process; 0 stands for this one.
    getpgid(pid: Pid) -> Pid = __NR_getpgid(pid);

    /// Starts a session, with no terminal. Its number.
    setsid() -> Pid = __NR_setsid();

    /// The session of a process; 0 stands for this one.
    getsid(pid: Pid) -> Pid = __NR_getsid(pid);
}

/// An interval timer's setting.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timer {
    /// From one signal to the next, in seconds and microseconds; 0 for only one.
    pub interval: [i64; 2],
    /// To the first; 0 for none.
    pub first: [i64; 2],
}

impl Timer {
    /// One signal after so many microseconds, below a second.
    pub const fn once(microseconds: i64) -> Timer {
        Timer {
            interval: [0; 2],
            first: [0, microseconds],
        }
    }

    /// A signal every so many microseconds, below a second.
    pub const fn every(microseconds: i64) -> Timer {
        Timer {
            interval: [0, microseconds],
            first: [0, microseconds],
        }
    }
}

/// Runs `handler` for `signal` from now on.
pub fn handle(signal: u32, handler: Handler, flags: u32) -> Result<(), Errno> {
    sigaction(signal, Some(&Action::run(handler, flags)), None)
}

/// Blocks `signals` beside what is blocked already. What was blocked before.
pub fn block(signals: &[u32]) -> Result<Set, Errno> {
    let mut old = 0;
    sigprocmask(SIG_BLOCK, Some(&set(signals)), Some(&mut old)).map(|()| old)
}

/// Unblocks `signals`.
pub fn unblock(signals: &[u32]) -> Result<(), Errno> {
    sigprocmask(SIG_UNBLOCK, Some(&set(signals)), None)
}

/// Sends `signal` with `value`, in sigqueue(3)'s way.
pub fn queue(pid: Pid, signal: u32, value: u64) -> Result<(), Errno> {
    let mut info = Info::NONE;
    info.code = SI_QUEUE;
    let ids = [super::getpid().to_ne_bytes(), 0i32.to_ne_bytes()];
    let mut bytes = [0; 8];
    bytes[..4].copy_from_slice(&ids[0]);
    info.fields[0] = u64::from_ne_bytes(bytes);
    info.fields[1] = value;
    rt_sigqueueinfo(pid, signal, &info)
}
