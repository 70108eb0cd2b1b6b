//! Threads and all that clone(2) makes.
//!
//! The threads of a process share their open files, their working directory and
//! their handlers; processes do not. So CLONE_THREAD without CLONE_FILES and CLONE_FS, and
//! CLONE_FILES, CLONE_FS or CLONE_SIGHAND without CLONE_THREAD, are EINVAL, where
//! Linux could do it. So are namespaces (Quire has none to make), CLONE_PIDFD and
//! CLONE_INTO_CGROUP. CLONE_SYSVSEM and CLONE_IO share what Quire does not have;
//! CLONE_PTRACE, CLONE_UNTRACED and CLONE_DETACHED change nothing where nobody traces.

use super::{Call, Errno, Outcome, Stop};
use crate::process::{INIT, Kin, Making, Memory, Signal, Tid, Wait};
use linux_raw_sys::general::*;
use vm::Ea;

/// Bytes in struct robust_list_head.
const ROBUST_HEAD: u64 = size_of::<robust_list_head>() as u64;
/// Words in struct clone_args as Quire knows it.
const ARGS: usize = CLONE_ARGS_SIZE_VER2 as usize / 8;

/// What only threads share.
const BY_THREADS: u64 = (CLONE_THREAD | CLONE_SIGHAND | CLONE_FILES | CLONE_FS) as u64;
/// What a new thread or process can be asked for.
const KNOWN: u64 = BY_THREADS
    | (CLONE_VM | CLONE_VFORK | CLONE_PARENT | CLONE_SETTLS | CLONE_SYSVSEM | CLONE_IO) as u64
    | (CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID) as u64
    | (CLONE_PTRACE | CLONE_UNTRACED | CLONE_DETACHED) as u64
    | CLONE_CLEAR_SIGHAND;

/// The arguments of clone and clone3.
struct Args {
    flags: u64,
    exit_signal: u64,
    /// 0: the caller's.
    stack: u64,
    parent_tid: u64,
    child_tid: u64,
    tls: u64,
}

/// clone(2), in the order of arguments that ppc64 has: flags, stack, parent_tid,
/// tls, child_tid.
pub fn clone(call: &mut Call) -> Outcome {
    let flags = call.arg(0) & 0xffff_ffff;
    let request = Args {
        flags: flags & !u64::from(CSIGNAL),
        exit_signal: flags & u64::from(CSIGNAL),
        stack: call.arg(1),
        parent_tid: call.arg(2),
        tls: call.arg(3),
        child_tid: call.arg(4),
    }
    .check(call)?;
    make(call, &request)
}

/// struct clone_args, of which the caller has `size` bytes at `at`. What an older one
/// lacks is 0, and what a newer one has more must be 0.
fn clone_args(call: &mut Call, at: u64, size: u64) -> Result<[u64; ARGS], Errno> {
    if size > vm::PAGE_SIZE {
        return Err(Errno::E2BIG);
    }
    if size < CLONE_ARGS_SIZE_VER0.into() {
        return Err(Errno::EINVAL);
    }
    let mut bytes = [0; vm::PAGE_SIZE as usize];
    call.memory().read(Ea(at), &mut bytes[..size as usize])?;
    let (known, more) = bytes.split_at(8 * ARGS);
    if more.iter().any(|byte| *byte != 0) {
        return Err(Errno::E2BIG);
    }
    let word = |n: usize| core::array::from_fn(|i| known[8 * n + i]);
    Ok(core::array::from_fn(|n| u64::from_ne_bytes(word(n))))
}

/// clone3(2). A number for the new thread cannot be chosen: set_tid is EINVAL.
pub fn clone3(call: &mut Call) -> Outcome {
    let [
        flags,
        _,
        child_tid,
        parent_tid,
        exit_signal,
        stack,
        stack_size,
        tls,
        rest @ ..,
    ] = clone_args(call, call.arg(0), call.arg(1))?;
    let once = u64::from(CSIGNAL | CLONE_DETACHED);
    if flags & once != 0 || (stack == 0) != (stack_size == 0) || rest != [0; 3] {
        return Err(Errno::EINVAL.into());
    }
    let no_signal = flags & u64::from(CLONE_THREAD | CLONE_PARENT) != 0;
    if no_signal && exit_signal != 0 {
        return Err(Errno::EINVAL.into());
    }
    let request = Args {
        flags,
        exit_signal,
        stack: stack.checked_add(stack_size).ok_or(Errno::EINVAL)?,
        parent_tid,
        child_tid,
        tls,
    }
    .check(call)?;
    make(call, &request)
}

impl Args {
    fn has(&self, flag: u32) -> bool {
        self.flags & u64::from(flag) != 0
    }

    /// `value` if it was asked for.
    fn if_has(&self, flag: u32, value: u64) -> Option<u64> {
        self.has(flag).then_some(value)
    }

    fn check(&self, call: &Call) -> Result<Making, Errno> {
        let shared = self.flags & BY_THREADS;
        let for_init = self.has(CLONE_PARENT) && call.pid == INIT && !self.has(CLONE_THREAD);
        let clears = self.flags & CLONE_CLEAR_SIGHAND != 0;
        if self.flags & !KNOWN != 0
            || (shared != 0 && shared != BY_THREADS)
            || (self.has(CLONE_SIGHAND) && !self.has(CLONE_VM))
            || (self.has(CLONE_SIGHAND) && clears)
            || for_init
        {
            return Err(Errno::EINVAL);
        }
        Ok(Making {
            kin: self.kin(),
            memory: if self.has(CLONE_VM) {
                Memory::Share
            } else {
                Memory::Copy
            },
            exit_signal: self.exit_signal()?,
            stack: (self.stack != 0).then_some(self.stack),
            tls: self.if_has(CLONE_SETTLS, self.tls),
            parent_tid: self
                .if_has(CLONE_PARENT_SETTID, self.parent_tid)
                .unwrap_or(0),
            child_tid: self.if_has(CLONE_CHILD_SETTID, self.child_tid).unwrap_or(0),
            clear_tid: self
                .if_has(CLONE_CHILD_CLEARTID, self.child_tid)
                .unwrap_or(0),
            clears_handlers: clears,
            waits: self.has(CLONE_VFORK),
        })
    }

    fn kin(&self) -> Kin {
        if self.has(CLONE_THREAD) {
            Kin::Thread
        } else if self.has(CLONE_PARENT) {
            Kin::Sibling
        } else {
            Kin::Child
        }
    }

    fn exit_signal(&self) -> Result<Option<Signal>, Errno> {
        match u32::try_from(self.exit_signal) {
            Ok(0) => Ok(None),
            Ok(number) => Signal::new(number).map(Some).ok_or(Errno::EINVAL),
            Err(_) => Err(Errno::EINVAL),
        }
    }
}

/// Makes what `request` says. If the caller waits for it, the result is set before
/// the wait: when the child lets it go on, there is nothing left to do.
pub fn make(call: &mut Call, request: &Making) -> Outcome {
    let child = call.kernel.clone(call.tid, request)?.tid;
    let result = u64::from(child.raw());
    if !request.waits {
        return Ok(result);
    }
    call.task_mut().frame.set_result(Ok(result));
    Err(Stop::Wait(Wait::Vfork(child)))
}

/// exit(2), the system call: the thread ends, and the process with its last one.
pub fn exit(call: &mut Call) -> Outcome {
    let status = call.arg(0) as u8;
    call.kernel.exit_thread(call.tid, status);
    Err(Stop::Gone)
}

/// set_tid_address(2).
pub fn set_tid_address(call: &mut Call) -> Outcome {
    call.task_mut().clear_tid = call.arg(0);
    Ok(call.tid.raw().into())
}

/// set_robust_list(2).
pub fn set_robust_list(call: &mut Call) -> Outcome {
    if call.arg(1) != ROBUST_HEAD {
        return Err(Errno::EINVAL.into());
    }
    call.task_mut().robust_list = call.arg(0);
    Ok(0)
}

/// get_robust_list(2).
pub fn get_robust_list(call: &mut Call) -> Outcome {
    let (head_at, len_at) = (call.arg(1), call.arg(2));
    let tid = match call.int(0) {
        0 => call.tid,
        number => Tid::from_int(number).ok_or(Errno::ESRCH)?,
    };
    let head = call
        .kernel
        .processes
        .task(tid)
        .ok_or(Errno::ESRCH)?
        .robust_list;
    call.memory().write_words(len_at, &[ROBUST_HEAD])?;
    call.memory().write_words(head_at, &[head])?;
    Ok(0)
}
