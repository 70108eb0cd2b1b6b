//! System calls: the plain ones work, and no number with any arguments does harm.

use crate::harness::{Case, Outcome, in_child, needs_vm};
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self, Time};
use quire_user::{Area, Errno, PAGE, sc};

/// The suite.
pub const CASES: &[Case] = &[
    ("unknown_numbers", unknown_numbers),
    ("every_number_with_hostile_arguments", sweep),
    ("registers_are_kept", registers_are_kept),
    ("dup", dup),
    ("lowest_descriptor", lowest_descriptor),
    ("lseek", lseek),
    ("fstat", fstat),
    ("open_errors", open_errors),
    ("openat", openat),
    ("bad_descriptors", bad_descriptors),
    ("read_in_pieces", read_in_pieces),
    ("zero_and_null", zero_and_null),
    ("clocks_go_forward", clocks_go_forward),
    ("clock_errors", clock_errors),
    ("nanosleep_sleeps", nanosleep_sleeps),
    ("nanosleep_errors", nanosleep_errors),
    ("uname", uname),
    ("directories", directories),
    ("reboot_is_refused", reboot_is_refused),
];

/// Any call, for its error only.
fn error(number: usize, args: [usize; 6]) -> Result<usize, Errno> {
    // SAFETY: the callers make no call that changes memory.
    sys::check(unsafe { sc::raw(number, args) })
}

fn unknown_numbers() -> Outcome {
    // Linux keeps the upper half of the number too: 1 << 32 | 20 is not getpid.
    for number in [
        600,
        1000,
        4096,
        0x7fff_ffff,
        0x8000_0000,
        1 << 62,
        usize::MAX,
    ] {
        check_eq!(error(number, [0; 6]), Err(Errno(ENOSYS)));
    }
    needs_vm()?;
    check_eq!(error(1 << 32 | 20, [0; 6]), Err(Errno(ENOSYS)));
    Ok(())
}

/// Calls that would end the process, start another, signal others, or wait for ever.
const NOT_SWEPT: &[u32] = &[
    __NR_exit,
    __NR_exit_group,
    __NR_fork,
    __NR_vfork,
    __NR_clone,
    __NR_clone3,
    __NR_kill,
    __NR_tkill,
    __NR_tgkill,
    __NR_rt_sigqueueinfo,
    __NR_rt_tgsigqueueinfo,
    __NR_rt_sigsuspend,
    __NR_rt_sigtimedwait,
    __NR_pause,
    __NR_poll,
    __NR_ppoll,
    __NR__newselect,
    __NR_pselect6,
];
/// Calls that may take away what the program stands on.
const MAY_KILL: &[u32] = &[
    __NR_brk,
    __NR_mmap,
    __NR_munmap,
    __NR_mprotect,
    __NR_mremap,
    __NR_madvise,
    __NR_shmat,
    __NR_ipc,
    __NR_rt_sigreturn,
    __NR_alarm,
    __NR_setitimer,
];

/// Every number, with every pattern of arguments. Not on Linux, where root can
/// do too much by accident.
fn sweep() -> Outcome {
    needs_vm()?;
    for number in (0..=600).filter(|number| !NOT_SWEPT.contains(number)) {
        let status = sys::spawn(|| {
            // Closed: a call that reads a line would wait for one.
            for fd in 0..3 {
                let _ = sys::close(fd);
            }
            hostile(number as usize);
            0
        })?
        .wait()?;
        let good =
            status.code() == Some(0) || (MAY_KILL.contains(&number) && status.signal().is_some());
        check!(good, "call {number}: {status:?}");
    }
    for number in [601, 1 << 31, 1 << 32, 1 << 63, usize::MAX] {
        in_child(|| {
            hostile(number);
            Ok(())
        })?;
    }
    Ok(())
}

/// One value for all arguments, and each value for each argument alone.
fn hostile(number: usize) {
    let Ok(area) = Area::private(2 * PAGE) else {
        return;
    };
    let scratch = area.base();
    if area.part(PAGE, PAGE).unmap().is_err() {
        return;
    }
    let values = [
        0,
        1,
        7,
        usize::MAX,
        i64::MIN as usize,
        u32::MAX as usize,
        scratch,
        scratch + PAGE - 1,
        scratch + PAGE,
        0xc000_0000_0000_0000,
        0xc000_0000_0040_0000,
        (1 << 46) - 1,
    ];
    for value in values {
        // SAFETY: at worst this child loses its memory, and ends.
        unsafe { sc::raw(number, [value; 6]) };
        for i in 0..4 {
            let mut args = [scratch; 6];
            args[i] = value;
            // SAFETY: as above.
            let result = unsafe { sc::raw(number, args) };
            if number == __NR_shmget as usize && result >= 0 {
                let _ = sys::shm_remove(result as i32);
            }
        }
    }
}

/// Values that live across a system call are as before.
fn registers_are_kept() -> Outcome {
    let mut state = quire_user::random::Random::new(5);
    for _ in 0..200 {
        let a: [u64; 12] = core::array::from_fn(|_| core::hint::black_box(state.next_u64()));
        let pid = sys::getpid();
        let sum = a.iter().fold(0u64, |s, x| s.rotate_left(5) ^ x);
        sys::sched_yield();
        check_eq!(a.iter().fold(0u64, |s, x| s.rotate_left(5) ^ x), sum);
        check_eq!(sys::getpid(), pid);
    }
    Ok(())
}

fn dup() -> Outcome {
    let fd = sys::open(c"/bin/true", O_RDONLY)?;
    let second = sys::dup(fd)?;
    check!(second != fd);
    sys::lseek(fd, 10, SEEK_SET)?;
    check_eq!(sys::lseek(second, 0, SEEK_CUR)?, 10);
    check_eq!(sys::dup2(fd, 20)?, 20);
    sys::close(fd)?;
    check_eq!(sys::lseek(20, 0, SEEK_CUR)?, 10);
    check_eq!(sys::dup2(20, 20)?, 20);
    check_eq!(sys::dup2(second, 20)?, 20);
    check_eq!(sys::dup2(fd, 21), Err(Errno(EBADF)));
    check_eq!(sys::dup2(20, -1), Err(Errno(EBADF)));
    check_eq!(sys::dup2(20, 1 << 30), Err(Errno(EBADF)));
    sys::close(20)?;
    sys::close(second)?;
    Ok(())
}

fn lowest_descriptor() -> Outcome {
    let (a, b, c) = (
        sys::open(c"/dev/null", O_RDONLY)?,
        sys::dup(1)?,
        sys::dup(1)?,
    );
    check!(a < b && b < c);
    sys::close(b)?;
    check_eq!(sys::open(c"/dev/zero", O_RDONLY)?, b);
    Ok(())
}

fn lseek() -> Outcome {
    let fd = sys::open(c"/bin/true", O_RDONLY)?;
    let size = sys::fstat(fd)?.st_size as usize;
    check_eq!(sys::lseek(fd, 0, SEEK_END)?, size);
    check_eq!(sys::read(fd, &mut [0; 4])?, 0);
    check_eq!(sys::lseek(fd, 3 - size as i64, SEEK_CUR)?, 3);
    check_eq!(sys::lseek(fd, 1000, SEEK_END)?, size + 1000);
    check_eq!(sys::read(fd, &mut [0; 4])?, 0);
    check_eq!(sys::lseek(fd, -1, SEEK_SET), Err(Errno(EINVAL)));
    check_eq!(sys::lseek(fd, 0, 99), Err(Errno(EINVAL)));
    sys::lseek(fd, 1, SEEK_SET)?;
    let mut bytes = [0; 3];
    check_eq!(sys::read(fd, &mut bytes)?, 3);
    check_eq!(&bytes, b"ELF");
    Ok(())
}

fn fstat() -> Outcome {
    let kind = |path| {
        sys::open(path, O_RDONLY)
            .and_then(sys::fstat)
            .map(|info| info.st_mode & S_IFMT)
    };
    check_eq!(kind(c"/bin/true"), Ok(S_IFREG));
    check_eq!(kind(c"/bin"), Ok(S_IFDIR));
    check_eq!(kind(c"/dev/zero"), Ok(S_IFCHR));
    let fd = sys::open(c"/bin/true", O_RDONLY)?;
    check!(sys::fstat(fd)?.st_size > 4096);
    Ok(())
}

fn open_errors() -> Outcome {
    let open = |path| sys::open(path, O_RDONLY);
    check_eq!(open(c"/no-such-file"), Err(Errno(ENOENT)));
    check_eq!(open(c"/no-such-folder/file"), Err(Errno(ENOENT)));
    check_eq!(open(c""), Err(Errno(ENOENT)));
    check_eq!(open(c"/bin/true/x"), Err(Errno(ENOTDIR)));
    check_eq!(
        sys::open(c"/bin/true", O_RDONLY | O_DIRECTORY),
        Err(Errno(ENOTDIR))
    );
    let long = quire_user::Text::<5000>::format(format_args!("/{:a>4500}", ""));
    check!(matches!(
        open(long.as_cstr()),
        Err(Errno(ENAMETOOLONG | ENOENT))
    ));
    Ok(())
}

fn openat() -> Outcome {
    let fd = sys::openat(AT_FDCWD, c"/bin/true", O_RDONLY)?;
    // An absolute path needs no directory.
    sys::close(sys::openat(-5, c"/bin/true", O_RDONLY)?)?;
    check_eq!(sys::openat(-5, c"true", O_RDONLY), Err(Errno(EBADF)));
    check_eq!(sys::openat(fd, c"x", O_RDONLY), Err(Errno(ENOTDIR)));
    let folder = sys::open(c"/bin", O_RDONLY | O_DIRECTORY)?;
    sys::close(sys::openat(folder, c"true", O_RDONLY)?)?;
    Ok(())
}

fn bad_descriptors() -> Outcome {
    for fd in [-1, 99, 1 << 20, i32::MAX, i32::MIN] {
        check_eq!(sys::read(fd, &mut [0]), Err(Errno(EBADF)));
        check_eq!(sys::write(fd, b"x"), Err(Errno(EBADF)));
        check_eq!(sys::close(fd), Err(Errno(EBADF)));
        check_eq!(sys::dup(fd), Err(Errno(EBADF)));
        check_eq!(sys::lseek(fd, 0, SEEK_SET), Err(Errno(EBADF)));
        check!(matches!(sys::fstat(fd), Err(Errno(EBADF))));
    }
    let fd = sys::open(c"/bin/true", O_RDONLY)?;
    check_eq!(sys::write(fd, b"x"), Err(Errno(EBADF)));
    sys::close(fd)?;
    check_eq!(sys::close(fd), Err(Errno(EBADF)));
    let folder = sys::open(c"/bin", O_RDONLY | O_DIRECTORY)?;
    check_eq!(sys::read(folder, &mut [0; 8]), Err(Errno(EISDIR)));
    Ok(())
}

/// A file read in pieces of 7 bytes is the same as read at once.
fn read_in_pieces() -> Outcome {
    let (mut whole, mut pieces) = ([0; 2048], [0; 2048]);
    let fd = sys::open(c"/bin/true", O_RDONLY)?;
    check_eq!(sys::read(fd, &mut whole)?, whole.len());
    sys::lseek(fd, 0, SEEK_SET)?;
    for piece in pieces.chunks_mut(7) {
        check_eq!(sys::read(fd, piece)?, piece.len());
    }
    check!(whole == pieces);
    check_eq!(sys::read(fd, &mut [])?, 0);
    Ok(())
}

fn zero_and_null() -> Outcome {
    let zero = sys::open(c"/dev/zero", O_RDWR)?;
    let mut bytes = [1; 10_000];
    check_eq!(sys::read(zero, &mut bytes)?, bytes.len());
    check!(bytes.iter().all(|&b| b == 0));
    check_eq!(sys::write(zero, &bytes)?, bytes.len());
    let null = sys::open(c"/dev/null", O_RDWR)?;
    check_eq!(sys::read(null, &mut bytes)?, 0);
    check_eq!(sys::write(null, &bytes)?, bytes.len());
    Ok(())
}

fn clocks_go_forward() -> Outcome {
    let mut last = sys::now();
    for _ in 0..1000 {
        let now = sys::now();
        check!(now >= last, "{now} after {last}");
        last = now;
    }
    check!(sys::clock_gettime(CLOCK_REALTIME)?.nanoseconds < 1_000_000_000);
    Ok(())
}

fn clock_errors() -> Outcome {
    check!(matches!(sys::clock_gettime(1000), Err(Errno(EINVAL))));
    Ok(())
}

fn nanosleep_sleeps() -> Outcome {
    for ns in [0, 1, 1000, 3_000_000, 12_000_000] {
        let start = sys::now();
        sys::nanosleep(Time::from_ns(ns))?;
        let slept = sys::now() - start;
        check!(slept >= ns, "asked for {ns} ns, slept {slept}");
    }
    Ok(())
}

fn nanosleep_errors() -> Outcome {
    for (seconds, nanoseconds) in [(0, 1_000_000_000), (0, -1), (-1, 0), (0, i64::MAX)] {
        check_eq!(
            sys::nanosleep(Time {
                seconds,
                nanoseconds
            }),
            Err(Errno(EINVAL))
        );
    }
    Ok(())
}

fn uname() -> Outcome {
    let name = sys::uname()?;
    check!(!name.system.bytes().is_empty() && !name.release.bytes().is_empty());
    let machine = if cfg!(target_endian = "little") {
        "ppc64le"
    } else {
        "ppc64"
    };
    check_eq!(name.machine.as_str(), machine);
    Ok(())
}

fn directories() -> Outcome {
    let fd = sys::open(c"/bin", O_RDONLY | O_DIRECTORY)?;
    let (mut buffer, mut found) = ([0; 256], 0);
    loop {
        let n = sys::getdents64(fd, &mut buffer)?;
        if n == 0 {
            break;
        }
        found += sys::entries(&buffer[..n])
            .filter(|entry| [c"true", c"sh", c"suite"].contains(&entry.name))
            .count();
    }
    check_eq!(found, 3);
    check_eq!(
        sys::getdents64(sys::open(c"/bin/true", O_RDONLY)?, &mut buffer),
        Err(Errno(ENOTDIR))
    );
    let fd = sys::open(c"/bin", O_RDONLY | O_DIRECTORY)?;
    check_eq!(sys::getdents64(fd, &mut buffer[..5]), Err(Errno(EINVAL)));
    Ok(())
}

/// Not on Linux, where root's mistakes are expensive.
fn reboot_is_refused() -> Outcome {
    needs_vm()?;
    let off = LINUX_REBOOT_CMD_POWER_OFF as usize;
    check_eq!(
        error(__NR_reboot as usize, [0, 0, off, 0, 0, 0]),
        Err(Errno(EINVAL))
    );
    check_eq!(
        error(
            __NR_reboot as usize,
            [LINUX_REBOOT_MAGIC1 as usize, 1, off, 0, 0, 0]
        ),
        Err(Errno(EINVAL))
    );
    let magic = [
        LINUX_REBOOT_MAGIC1 as usize,
        LINUX_REBOOT_MAGIC2 as usize,
        0x1234,
        0,
        0,
        0,
    ];
    check_eq!(error(__NR_reboot as usize, magic), Err(Errno(EINVAL)));
    // Or a suite could end all of them as if they had passed.
    check_eq!(sys::power_off(), Errno(EPERM));
    Ok(())
}
