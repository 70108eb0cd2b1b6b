//! Threads: processes that share an address space.

use super::{Pid, futex_wait};
use crate::{Area, Errno, PAGE, sc};
use core::sync::atomic::{AtomicU32, Ordering};
use linux_raw_sys::general::*;

/// What threads of one program share: everything.
pub const THREAD: u32 = CLONE_VM
    | CLONE_FS
    | CLONE_FILES
    | CLONE_SIGHAND
    | CLONE_THREAD
    | CLONE_SYSVSEM
    | CLONE_SETTLS
    | CLONE_PARENT_SETTID
    | CLONE_CHILD_CLEARTID;

/// Bytes of a thread's stack.
const STACK: usize = 16 * PAGE;

/// A thread of this program.
pub struct Thread {
    stack: Area,
    tid: Pid,
}

impl Thread {
    /// Starts a thread that calls `body(argument)` and ends. The word at the lowest
    /// address of its stack holds its number until it has ended.
    pub fn start(body: extern "C" fn(usize), argument: usize) -> Result<Thread, Errno> {
        Self::with_tls(body, argument, 0)
    }

    /// As [`start`](Self::start), with `tls` in its r13.
    pub fn with_tls(
        body: extern "C" fn(usize),
        argument: usize,
        tls: usize,
    ) -> Result<Thread, Errno> {
        let stack = Area::private(STACK)?;
        let new = sc::NewThread {
            flags: THREAD as usize,
            stack: stack.base() + STACK,
            parent_tid: stack.base(),
            tls,
            child_tid: stack.base(),
            body,
            argument,
        };
        // SAFETY: the stack is the thread's alone, and stays until it has ended.
        let tid = match super::check(unsafe { sc::clone(&new) }) {
            Ok(tid) => tid as Pid,
            Err(e) => {
                stack.unmap()?;
                return Err(e);
            }
        };
        Ok(Thread { stack, tid })
    }

    /// Its number.
    pub fn tid(&self) -> Pid {
        self.tid
    }

    /// Waits until it has ended, and gives its stack back.
    pub fn join(self) -> Result<(), Errno> {
        // SAFETY: the stack is mapped until the end of this function, and its lowest
        // word is used for this alone.
        let word = unsafe { AtomicU32::from_ptr(self.stack.base() as *mut u32) };
        loop {
            match word.load(Ordering::Acquire) {
                0 => return self.stack.unmap(),
                // EAGAIN and EINTR: look again.
                tid => _ = futex_wait(word, tid, None, 0),
            }
        }
    }
}

/// Ends this thread, and no other.
pub fn exit_thread(status: i32) -> ! {
    loop {
        // SAFETY: the thread's stack stays.
        let _ = unsafe { super::call(__NR_exit, &[status as usize]) };
    }
}

calls! {
    unsafe
    /// The kernel clears the word at `address`, and wakes one who waits there, when
    /// this thread ends. This thread's number.
    ///
    /// # Safety
    /// Rust code must not rely on what is there.
    set_tid_address(address: usize) -> Pid = __NR_set_tid_address(address);

    unsafe
    /// Tells the kernel where the list of the robust mutexes is that this thread
    /// holds: see get_robust_list(2).
    ///
    /// # Safety
    /// It must be a list whose words may be changed, for as long as the thread lives.
    set_robust_list(head: usize, len: usize) = __NR_set_robust_list(head, len);
}

/// What is in r13, where the ABI keeps the thread's pointer.
pub fn tls() -> usize {
    sc::tls()
}
