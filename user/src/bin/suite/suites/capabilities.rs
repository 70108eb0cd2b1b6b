//! What root can give up, what comes back with a new program, and what needs it.

use crate::harness::{Case, Outcome, in_child, needs_vm};
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::linux_prctl::*;
use quire_user::{Errno, exec, proc, sys};

/// The third part of suite syscall.
pub const CASES: &[Case] = &[
    ("capabilities_told", told),
    ("capabilities_given_up", given_up),
    ("capabilities_inherited", inherited),
    ("capabilities_of_a_new_program", of_a_new_program),
    ("capabilities_bounded", bounded),
    ("no_new_privileges", no_new_privileges),
    ("capabilities_needed", needed),
    ("capabilities_of_threads_only", of_itself_only),
];

/// Effective, permitted and inheritable: the lower halves of each, then the upper ones.
type Sets = [u32; 6];
const ALL: Sets = [u32::MAX, u32::MAX, 0, 0x1ff, 0x1ff, 0];
const NONE: Sets = [0; 6];
const SETPCAP: u32 = 1 << CAP_SETPCAP;
const SYS_BOOT: u32 = 1 << CAP_SYS_BOOT;

/// A call of two pointers to what the kernel may change.
fn with_header(number: u32, header: &mut [u32; 2], sets: &mut Sets) -> Result<usize, Errno> {
    let args = [header.as_mut_ptr() as usize, sets.as_mut_ptr() as usize];
    // SAFETY: both are the caller's, and as large as the structures of version 3.
    unsafe { sys::call(number, &args) }
}

fn get() -> Result<Sets, Errno> {
    let mut sets = NONE;
    with_header(
        __NR_capget,
        &mut [_LINUX_CAPABILITY_VERSION_3, 0],
        &mut sets,
    )?;
    Ok(sets)
}

fn set(mut sets: Sets) -> Result<usize, Errno> {
    with_header(
        __NR_capset,
        &mut [_LINUX_CAPABILITY_VERSION_3, 0],
        &mut sets,
    )
}

/// Becomes one who may do nothing that needs a capability.
pub fn give_all_up() -> Result<(), Errno> {
    set(NONE).map(drop)
}

/// A prctl whose arguments are numbers.
fn prctl(option: u32, args: [usize; 4]) -> Result<usize, Errno> {
    let [a, b, c, d] = args;
    // SAFETY: the options that are used here concern no memory.
    unsafe { sys::call(__NR_prctl, &[option as usize, a, b, c, d]) }
}

/// A call whose arguments are numbers.
fn plain(number: u32, args: &[usize]) -> Result<usize, Errno> {
    // SAFETY: the calls that are used here concern no memory, or refuse the address 8.
    unsafe { sys::call(number, args) }
}

/// The effective set that a program has whom this one starts, as /proc tells it.
fn of_new_program() -> Result<u64, Errno> {
    let pipe = sys::pipe()?;
    let child = sys::spawn(|| match sys::dup2(pipe.write, 1) {
        Ok(_) => exec::replace(c"/bin/cat", &[c"cat", c"/proc/self/status"], &[]).0 as i32,
        Err(_) => 1,
    })?;
    sys::close(pipe.write)?;
    let mut buffer = [0; 1024];
    let text = proc::read_open(pipe.read, &mut buffer)?;
    let line = text.lines().find_map(|line| line.strip_prefix("CapEff:\t"));
    let found = line.and_then(|digits| u64::from_str_radix(digits, 16).ok());
    child.wait()?;
    found.ok_or(Errno(ENOENT))
}

fn told() -> Outcome {
    needs_vm()?;
    check_eq!(get()?, ALL);
    let mut sets = NONE;
    // The old version has 32 bits of each, and leaves the rest as it is.
    let mut old = [_LINUX_CAPABILITY_VERSION_1, 0];
    check_eq!(with_header(__NR_capget, &mut old, &mut sets), Ok(0));
    check_eq!(sets, [u32::MAX, u32::MAX, 0, 0, 0, 0]);
    let mut unknown = [1, 0];
    let refused = with_header(__NR_capget, &mut unknown, &mut sets);
    check_eq!(refused, Err(Errno(EINVAL)));
    check_eq!(unknown[0], _LINUX_CAPABILITY_VERSION_3);
    let mut nobody = [_LINUX_CAPABILITY_VERSION_3, 99_999];
    let refused = with_header(__NR_capget, &mut nobody, &mut sets);
    check_eq!(refused, Err(Errno(ESRCH)));
    let refused = with_header(__NR_capset, &mut nobody, &mut sets);
    check_eq!(refused, Err(Errno(EPERM)));
    check_eq!(plain(__NR_capget, &[8, 8]), Err(Errno(EFAULT)));
    Ok(())
}

fn given_up() -> Outcome {
    needs_vm()?;
    check_eq!(set(ALL), Ok(0));
    // Not effective, but permitted: it can come back.
    let idle = [0, u32::MAX, 0, 0, 0x1ff, 0];
    check_eq!(set(idle), Ok(0));
    check_eq!(get()?, idle);
    check_eq!(set(ALL), Ok(0));
    // Nothing is effective that is not permitted.
    let more = [SYS_BOOT, 0, 0, 0, 0, 0];
    check_eq!(set(more), Err(Errno(EPERM)));
    // Inheritable is what is permitted, or was inheritable.
    let inherits = [SETPCAP, SETPCAP, SYS_BOOT, 0, 0, 0];
    check_eq!(set(inherits), Ok(0));
    check_eq!(get()?, inherits);
    check_eq!(set([0, 0, SYS_BOOT, 0, 0, 0]), Ok(0));
    check_eq!(set([0, 0, SETPCAP, 0, 0, 0]), Err(Errno(EPERM)));
    check_eq!(set(NONE), Ok(0));
    check_eq!(get()?, NONE);
    check_eq!(set([0, SYS_BOOT, 0, 0, 0, 0]), Err(Errno(EPERM)));
    check_eq!(set(ALL), Err(Errno(EPERM)));
    // What there is no capability for is passed over.
    check_eq!(set([0, 0, 0, 1 << 9, 1 << 9, 1 << 9]), Ok(0));
    Ok(())
}

fn inherited() -> Outcome {
    needs_vm()?;
    let some = [SYS_BOOT, SYS_BOOT | SETPCAP, 0, 0, 0, 0];
    check_eq!(set(some), Ok(0));
    in_child(|| {
        check_eq!(get()?, some);
        check_eq!(set(NONE), Ok(0));
        Ok(())
    })?;
    check_eq!(get()?, some);
    Ok(())
}

/// A program of root's has what is bounding or inheritable, whatever was given up.
fn of_a_new_program() -> Outcome {
    needs_vm()?;
    check_eq!(set(NONE), Ok(0));
    check_eq!(of_new_program()?, (1 << (CAP_LAST_CAP + 1)) - 1);
    Ok(())
}

fn bounded() -> Outcome {
    needs_vm()?;
    let boot = [CAP_SYS_BOOT as usize, 0, 0, 0];
    check_eq!(prctl(PR_CAPBSET_READ, boot), Ok(1));
    check_eq!(prctl(PR_CAPBSET_DROP, boot), Ok(0));
    check_eq!(prctl(PR_CAPBSET_READ, boot), Ok(0));
    // What is permitted stays until a new program.
    check_eq!(get()?, ALL);
    let all = (1 << (CAP_LAST_CAP + 1)) - 1;
    check_eq!(of_new_program()?, all & !u64::from(SYS_BOOT));
    // It is not to be inherited any more.
    let inherits = [SETPCAP, u32::MAX, SYS_BOOT, 0, 0, 0];
    check_eq!(set(inherits), Err(Errno(EPERM)));
    for beyond in [CAP_LAST_CAP as usize + 1, 64, usize::MAX] {
        let beyond = [beyond, 0, 0, 0];
        check_eq!(prctl(PR_CAPBSET_READ, beyond), Err(Errno(EINVAL)));
        check_eq!(prctl(PR_CAPBSET_DROP, beyond), Err(Errno(EINVAL)));
    }
    check_eq!(set(NONE), Ok(0));
    check_eq!(prctl(PR_CAPBSET_DROP, [0; 4]), Err(Errno(EPERM)));
    check_eq!(prctl(PR_SET_KEEPCAPS, [1, 0, 0, 0]), Ok(0));
    check_eq!(prctl(PR_GET_KEEPCAPS, [0; 4]), Ok(1));
    check_eq!(prctl(PR_SET_KEEPCAPS, [2, 0, 0, 0]), Err(Errno(EINVAL)));
    Ok(())
}

fn no_new_privileges() -> Outcome {
    needs_vm()?;
    check_eq!(prctl(PR_GET_NO_NEW_PRIVS, [0; 4]), Ok(0));
    check_eq!(prctl(PR_SET_NO_NEW_PRIVS, [0; 4]), Err(Errno(EINVAL)));
    check_eq!(prctl(PR_SET_NO_NEW_PRIVS, [1, 0, 0, 1]), Err(Errno(EINVAL)));
    check_eq!(prctl(PR_SET_NO_NEW_PRIVS, [1, 0, 0, 0]), Ok(0));
    check_eq!(prctl(PR_GET_NO_NEW_PRIVS, [0; 4]), Ok(1));
    check_eq!(set([0, SYS_BOOT, 0, 0, 0, 0]), Ok(0));
    check_eq!(of_new_program()?, u64::from(SYS_BOOT));
    Ok(())
}

/// The kernel asks the effective set.
fn needed() -> Outcome {
    needs_vm()?;
    sys::limit_to(RLIMIT_CORE, 0)?;
    let none = [0u64; 2];
    let raised = [0u64, 1];
    let set_core = |limit: &[u64; 2]| {
        let at = limit.as_ptr() as usize;
        plain(__NR_setrlimit, &[RLIMIT_CORE as usize, at])
    };
    check_eq!(set_core(&none), Ok(0));
    check_eq!(set_core(&raised), Ok(0));
    check_eq!(set_core(&none), Ok(0));
    check_eq!(plain(__NR_reboot, &[0, 0, 0, 0]), Err(Errno(EINVAL)));
    check_eq!(plain(__NR_setgroups, &[0, 0]), Ok(0));
    let idle = [0, u32::MAX, 0, 0, 0x1ff, 0];
    check_eq!(set(idle), Ok(0));
    check_eq!(set_core(&raised), Err(Errno(EPERM)));
    check_eq!(set_core(&none), Ok(0));
    check_eq!(plain(__NR_reboot, &[0, 0, 0, 0]), Err(Errno(EPERM)));
    check_eq!(plain(__NR_setgroups, &[0, 0]), Err(Errno(EPERM)));
    check_eq!(set(ALL), Ok(0));
    check_eq!(set_core(&raised), Ok(0));
    Ok(())
}

/// Another thread's are its own business.
fn of_itself_only() -> Outcome {
    needs_vm()?;
    let parent = sys::getpid();
    in_child(|| {
        let mut sets = NONE;
        let mut header = [_LINUX_CAPABILITY_VERSION_3, parent as u32];
        check_eq!(with_header(__NR_capget, &mut header, &mut sets), Ok(0));
        check_eq!(sets, ALL);
        let refused = with_header(__NR_capset, &mut header, &mut sets);
        check_eq!(refused, Err(Errno(EPERM)));
        header[1] = sys::getpid() as u32;
        check_eq!(with_header(__NR_capset, &mut header, &mut sets), Ok(0));
        Ok(())
    })
}
