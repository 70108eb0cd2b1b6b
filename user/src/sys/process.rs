//! Processes: fork, exec, exit, wait.

use super::{Status, call};
use crate::{Errno, sc};
use core::ffi::{CStr, c_char};
use linux_raw_sys::general::*;

/// The number of a process.
pub type Pid = i32;

/// On which side of a fork this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fork {
    /// The new process.
    Child,
    /// The one that called, with the new one's number.
    Parent(Pid),
}

/// Duplicates this process.
pub fn fork() -> Result<Fork, Errno> {
    // SAFETY: the child has its own copy of all private memory.
    Ok(side(unsafe { call(__NR_fork, &[]) }?))
}

/// Duplicates this process by clone, in fork's flavour: no flags. At its end the parent
/// gets `signal`.
pub fn clone_as_fork(signal: u32) -> Result<Fork, Errno> {
    // SAFETY: with no CLONE_VM, as fork.
    Ok(side(unsafe { call(__NR_clone, &[signal as usize]) }?))
}

/// The same by clone3, whose arguments are the first `size` bytes of `args`: with no
/// flags there.
pub fn clone3_as_fork(args: &[u64], size: usize) -> Result<Fork, Errno> {
    assert!(args.first() == Some(&0) && size <= size_of_val(args));
    // SAFETY: as above.
    Ok(side(unsafe {
        call(__NR_clone3, &[args.as_ptr() as usize, size])
    }?))
}

/// Duplicates this process, which waits until the child execs or exits.
///
/// # Safety
/// The child may borrow this process's memory, so it must do nothing but call
/// [`execve`] or [`exit`].
#[inline(always)]
pub unsafe fn vfork() -> Result<Fork, Errno> {
    // SAFETY: by the caller's promise.
    Ok(side(super::check(unsafe {
        sc::raw(__NR_vfork as usize, [0; 6])
    })?))
}

#[inline(always)]
fn side(pid: usize) -> Fork {
    if pid == 0 {
        Fork::Child
    } else {
        Fork::Parent(pid as Pid)
    }
}

/// A child process that someone should wait for.
pub struct Child(pub Pid);

impl Child {
    /// Waits until it has ended.
    pub fn wait(self) -> Result<Status, Errno> {
        wait4(self.0, 0).map(|(_, status)| status)
    }
}

/// Forks a child that runs `body` and exits with its result.
pub fn spawn(body: impl FnOnce() -> i32) -> Result<Child, Errno> {
    match fork()? {
        Fork::Child => exit(body()),
        Fork::Parent(pid) => Ok(Child(pid)),
    }
}

/// Becomes the program `path`. Returns only if that fails.
///
/// `argv` and `envp` end with a null.
pub fn execve(path: &CStr, argv: &[*const c_char], envp: &[*const c_char]) -> Errno {
    assert!(argv.last().is_some_and(|p| p.is_null()) && envp.last().is_some_and(|p| p.is_null()));
    let args = [
        path.as_ptr() as usize,
        argv.as_ptr() as usize,
        envp.as_ptr() as usize,
    ];
    // SAFETY: the lists are terminated; on failure nothing has changed.
    match unsafe { call(__NR_execve, &args) } {
        Err(e) => e,
        Ok(_) => unreachable!("execve returned a result"),
    }
}

/// Ends this process with the low 8 bits of `status`.
pub fn exit(status: i32) -> ! {
    loop {
        // SAFETY: this process's memory goes with it.
        let _ = unsafe { call(__NR_exit_group, &[status as usize]) };
    }
}

/// Waits for a child: the one numbered `pid`, or any for -1. `options` are of
/// WNOHANG and its like; the process number is 0 when WNOHANG found none.
pub fn wait4(pid: Pid, options: u32) -> Result<(Pid, Status), Errno> {
    let mut status = Status::default();
    // SAFETY: the kernel writes the status word and nothing else.
    let pid = unsafe {
        call(
            __NR_wait4,
            &[pid as usize, &raw mut status as usize, options as usize, 0],
        )
    }?;
    Ok((pid as Pid, status))
}

/// Waits by waitid: `kind` is P_PID or P_ALL. Fills `info` and returns.
pub fn waitid(kind: u32, id: Pid, info: &mut siginfo_t, options: u32) -> Result<(), Errno> {
    let args = [
        kind as usize,
        id as usize,
        &raw mut *info as usize,
        options as usize,
        0,
    ];
    // SAFETY: the kernel writes `info` and nothing else.
    unsafe { call(__NR_waitid, &args) }.map(drop)
}

/// Whether the child `pid` has ended, without waiting for it.
pub fn has_ended(pid: Pid) -> bool {
    // SAFETY: zero bytes are a good siginfo_t.
    let mut info = unsafe { core::mem::zeroed() };
    waitid(P_PID, pid, &mut info, WEXITED | WNOWAIT | WNOHANG).is_ok()
        // SAFETY: the kernel has filled it; the number is 0 if there was none.
        && unsafe { info.__bindgen_anon_1.__bindgen_anon_1.si_signo } != 0
}

macro_rules! plain {
    ($($(#[$doc:meta])* $name:ident = $number:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name() -> Pid {
            // SAFETY: the call takes and changes nothing. It never fails.
            unsafe { call($number, &[]) }.unwrap_or(0) as Pid
        }
    )*};
}
plain! {
    /// This process's number.
    getpid = __NR_getpid;
    /// The number of the process that waits for this one.
    getppid = __NR_getppid;
    /// This thread's number.
    gettid = __NR_gettid;
    /// Lets others run.
    sched_yield = __NR_sched_yield;
}

/// Sends signal number `signal` to process `pid`; 0 only asks whether one could.
pub fn kill(pid: Pid, signal: u32) -> Result<(), Errno> {
    // SAFETY: this program handles no signals, so at most it ends.
    unsafe { call(__NR_kill, &[pid as usize, signal as usize]) }.map(drop)
}
