//! Every argument that is a pointer, with every kind of bad pointer: EFAULT, and
//! the program lives.

use crate::harness::{Case, Outcome, needs_vm};
use quire_user::area::RW;
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self, IPC_CREAT, IPC_PRIVATE, IPC_STAT};
use quire_user::{Area, Errno, PAGE, proc};

/// The suite.
pub const CASES: &[Case] = &[
    ("read", read),
    ("read_of_a_file", read_of_a_file),
    ("read_of_proc", read_of_proc),
    ("write", write),
    ("open", open),
    ("openat", openat),
    ("chdir", chdir),
    ("execve", execve),
    ("fstat", fstat),
    ("getdents64", getdents64),
    ("clock_gettime", clock_gettime),
    ("nanosleep", nanosleep),
    ("uname", uname),
    ("wait4", wait4),
    ("waitid", waitid),
    ("shmctl", shmctl),
    ("ipc_shmat", ipc_shmat),
    ("partly_good_read_tells_how_much", partly_good_read),
    ("lengths_that_wrap_around", lengths_that_wrap_around),
    ("string_that_ends_at_the_last_byte", string_at_the_last_byte),
    (
        "kernel_memory_is_not_copied_out",
        kernel_memory_is_not_copied_out,
    ),
];

/// What the kernel does with the pointer.
#[derive(Clone, Copy, PartialEq)]
enum Use {
    Reads,
    Writes,
}

/// Whether a null pointer means "I do not want to know".
#[derive(Clone, Copy, PartialEq)]
enum Null {
    Bad,
    Allowed,
}

/// Calls `f` with every bad pointer: each must give EFAULT.
fn each(what: Use, null: Null, f: impl Fn(usize) -> Result<usize, Errno>) -> Outcome {
    let area = Area::private(3 * PAGE)?;
    let [good, gone, hidden] = [0, 1, 2].map(|i| area.part(i * PAGE, PAGE));
    // Not zero: a string must not end before the page does.
    (0..PAGE).for_each(|i| good.store(i, b'/'));
    gone.unmap()?;
    hidden.protect(PROT_NONE)?;
    let one_past_the_users = if proc::has_vm() { 1 << 46 } else { 1 << 62 };
    let addresses = [
        8,
        PAGE - 1,
        gone.base(),
        gone.base() + 100,
        gone.base() - 1,
        hidden.base(),
        one_past_the_users,
        one_past_the_users - 1,
        1 << 63,
        0xc000_0000_0000_0000,
        0xc000_0000_0040_0000,
        0xffff_ffff_ffff_f000,
        usize::MAX,
        usize::MAX - 7,
    ];
    for address in addresses
        .into_iter()
        .filter(|&address| address != one_past_the_users - 1 || proc::has_vm())
    {
        let result = f(address);
        check!(result == Err(Errno(EFAULT)), "{result:?} with {address:#x}");
    }
    if null == Null::Bad {
        check_eq!(f(0), Err(Errno(EFAULT)));
    }
    if what == Use::Writes {
        good.protect(PROT_READ)?;
        check_eq!(f(good.base()), Err(Errno(EFAULT)));
        // The program's own text and constants.
        check_eq!(f(each_text()), Err(Errno(EFAULT)));
        check_eq!(f(CONSTANT.as_ptr() as usize), Err(Errno(EFAULT)));
    }
    Ok(())
}

/// Read-only data with room for any structure.
static CONSTANT: [u8; 512] = [1; 512];

fn each_text() -> usize {
    read as *const () as usize
}

/// Makes a call for its result.
fn call(number: u32, args: &[usize]) -> Result<usize, Errno> {
    // SAFETY: the pointers are bad, or an area's: no Rust object changes.
    unsafe { sys::call(number, args) }
}

fn read() -> Outcome {
    let fd = sys::open(c"/dev/zero", O_RDONLY)? as usize;
    each(Use::Writes, Null::Bad, |at| {
        match call(__NR_read, &[fd, at, 64]) {
            // The last byte of a good page may have been written before the fault.
            Ok(1) => Err(Errno(EFAULT)),
            other => other,
        }
    })
}

fn read_of_a_file() -> Outcome {
    let fd = sys::open(c"/bin/true", O_RDONLY)?;
    each(Use::Writes, Null::Bad, |at| {
        sys::lseek(fd, 0, SEEK_SET)?;
        match call(__NR_read, &[fd as usize, at, 64]) {
            Ok(1) => Err(Errno(EFAULT)),
            other => other,
        }
    })
}

fn read_of_proc() -> Outcome {
    each(Use::Writes, Null::Bad, |at| {
        let fd = sys::open(c"/proc/meminfo", O_RDONLY)?;
        let result = call(__NR_read, &[fd as usize, at, 64]);
        sys::close(fd)?;
        match result {
            Ok(1) => Err(Errno(EFAULT)),
            other => other,
        }
    })
}

fn write() -> Outcome {
    // The last byte of a good page may be printed before the fault: not asked here.
    each(Use::Reads, Null::Bad, |at| match at % PAGE {
        0xfff => Err(Errno(EFAULT)),
        _ => call(__NR_write, &[1, at, 8]),
    })
}

fn open() -> Outcome {
    each(Use::Reads, Null::Bad, |at| {
        call(__NR_open, &[at, O_RDONLY as usize, 0])
    })
}

fn openat() -> Outcome {
    each(Use::Reads, Null::Bad, |at| {
        call(__NR_openat, &[AT_FDCWD as usize, at, O_RDONLY as usize, 0])
    })
}

fn chdir() -> Outcome {
    each(Use::Reads, Null::Bad, |at| call(__NR_chdir, &[at]))
}

fn execve() -> Outcome {
    let list = [c"x".as_ptr() as usize, 0];
    each(Use::Reads, Null::Bad, |at| {
        call(__NR_execve, &[at, list.as_ptr() as usize, 0])
    })?;
    let path = c"/bin/true".as_ptr() as usize;
    each(Use::Reads, Null::Allowed, |at| {
        call(__NR_execve, &[path, at, 0])
    })?;
    each(Use::Reads, Null::Allowed, |at| {
        call(__NR_execve, &[path, [at, 0].as_ptr() as usize, 0])
    })
}

fn fstat() -> Outcome {
    let fd = sys::open(c"/bin/true", O_RDONLY)? as usize;
    each(Use::Writes, Null::Bad, |at| call(__NR_fstat, &[fd, at]))
}

fn getdents64() -> Outcome {
    let fd = sys::open(c"/bin", O_RDONLY | O_DIRECTORY)? as usize;
    each(Use::Writes, Null::Bad, |at| {
        call(__NR_getdents64, &[fd, at, 512])
    })
}

fn clock_gettime() -> Outcome {
    each(Use::Writes, Null::Bad, |at| {
        call(__NR_clock_gettime, &[CLOCK_MONOTONIC as usize, at])
    })
}

fn nanosleep() -> Outcome {
    // User emulation does not look whether it could read.
    needs_vm()?;
    each(Use::Reads, Null::Bad, |at| call(__NR_nanosleep, &[at, 0]))
}

fn uname() -> Outcome {
    each(Use::Writes, Null::Bad, |at| call(__NR_uname, &[at]))
}

/// The child may be gone after a wait that could not tell its status.
fn wait4() -> Outcome {
    each(Use::Writes, Null::Allowed, |at| {
        let child = sys::spawn(|| 0)?;
        let result = call(__NR_wait4, &[child.0 as usize, at, 0, 0]);
        let _ = child.wait();
        result
    })
}

fn waitid() -> Outcome {
    each(Use::Writes, Null::Allowed, |at| {
        let child = sys::spawn(|| 0)?;
        let result = call(
            __NR_waitid,
            &[P_PID as usize, child.0 as usize, at, WEXITED as usize, 0],
        );
        let _ = child.wait();
        result
    })
}

fn shmctl() -> Outcome {
    let id = sys::shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0o600)?;
    let outcome = each(Use::Writes, Null::Bad, |at| {
        call(__NR_shmctl, &[id as usize, IPC_STAT as usize, at])
    });
    sys::shm_remove(id)?;
    outcome
}

fn ipc_shmat() -> Outcome {
    needs_vm()?;
    let id = sys::shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0o600)?;
    let outcome = each(Use::Writes, Null::Bad, |at| {
        call(__NR_ipc, &[21, id as usize, 0, at, 0])
    });
    let attached = sys::shm_info(id)?.attached;
    sys::shm_remove(id)?;
    outcome?;
    // Linux leaves them attached; so may we, or not.
    check!(attached <= 20);
    Ok(())
}

/// 100 good bytes and then none: 100, or EFAULT; never more, and never death.
fn partly_good_read() -> Outcome {
    let area = Area::private(2 * PAGE)?;
    area.part(PAGE, PAGE).unmap()?;
    let fd = sys::open(c"/dev/zero", O_RDONLY)?;
    let result = call(__NR_read, &[fd as usize, area.base() + PAGE - 100, 1000]);
    check!(
        matches!(result, Ok(1..=100) | Err(Errno(EFAULT))),
        "{result:?}"
    );
    Ok(())
}

fn lengths_that_wrap_around() -> Outcome {
    let area = Area::private(PAGE)?;
    let zero = sys::open(c"/dev/zero", O_RDWR)? as usize;
    for len in [
        usize::MAX,
        usize::MAX - PAGE,
        1 << 63,
        usize::MAX - area.base() + 2,
    ] {
        let result = call(__NR_read, &[zero, area.base(), len]);
        check!(
            matches!(result, Ok(0..=PAGE) | Err(Errno(EFAULT | EINVAL))),
            "{result:?}"
        );
    }
    Ok(())
}

fn string_at_the_last_byte() -> Outcome {
    let area = Area::map(None, 2 * PAGE, RW, MAP_PRIVATE)?;
    area.part(PAGE, PAGE).unmap()?;
    let text = b"/dev/zero\0";
    let at = PAGE - text.len();
    text.iter()
        .enumerate()
        .for_each(|(i, &byte)| area.store(at + i, byte));
    let fd = call(__NR_open, &[area.base() + at, O_RDONLY as usize, 0])?;
    sys::close(fd as i32)?;
    // Without its NUL it goes on where nothing is.
    area.store(PAGE - 1, b'x');
    check_eq!(
        call(__NR_open, &[area.base() + at, O_RDONLY as usize, 0]),
        Err(Errno(EFAULT))
    );
    Ok(())
}

/// Not even one byte of the kernel's goes out by write.
fn kernel_memory_is_not_copied_out() -> Outcome {
    for address in [
        0xc000_0000_0000_0000,
        0xc000_0000_0000_0100,
        0xc000_0000_0040_0000,
        1 << 63,
    ] {
        for len in [1, 8, 4096] {
            check_eq!(sys::write_from(1, address, len), Err(Errno(EFAULT)));
        }
    }
    Ok(())
}
