//! Calls that programs of others make first of all, and mostly to ask: offsets in two
//! halves, processors, names, attributes that are not there.

use crate::harness::{Case, Outcome, in_child, needs_vm};
use crate::scratch::{self, Scratch};
use quire_user::Errno;
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::linux_prctl::*;
use quire_user::{proc, sys};

/// The second part of suite syscall.
pub const CASES: &[Case] = &[
    ("llseek", llseek),
    ("advice", advice),
    ("statfs64", statfs64),
    ("close_range", close_range),
    ("affinity", affinity),
    ("priorities", priorities),
    ("names_of_processes", names_of_processes),
    ("prctl_refused", prctl_refused),
    ("no_attributes", no_attributes),
    ("no_sockets", no_sockets),
    ("groups_of_root", groups_of_root),
    ("barriers", barriers),
];

/// Any call whose pointers cover what the kernel changes.
fn call(number: u32, args: &[usize]) -> Result<usize, Errno> {
    // SAFETY: by the callers, each of which passes what is its own.
    unsafe { sys::call(number, args) }
}

fn word<T>(place: &mut T) -> usize {
    &raw mut *place as usize
}

fn llseek() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"0123456789")? as usize;
    let mut found = 0u64;
    let at = word(&mut found);
    check_eq!(
        call(__NR__llseek, &[fd, 0, 4, at, SEEK_SET as usize]),
        Ok(0)
    );
    check_eq!(found, 4);
    check_eq!(
        call(__NR__llseek, &[fd, 1, 2, at, SEEK_SET as usize]),
        Ok(0)
    );
    check_eq!(found, (1 << 32) + 2);
    // -1, in two halves.
    let low = u32::MAX as usize;
    check_eq!(
        call(__NR__llseek, &[fd, low, low, at, SEEK_END as usize]),
        Ok(0)
    );
    check_eq!(found, 9);
    check_eq!(
        call(__NR__llseek, &[fd, low, 0, at, SEEK_SET as usize]),
        Err(Errno(EINVAL))
    );
    check_eq!(call(__NR__llseek, &[fd, 0, 0, at, 9]), Err(Errno(EINVAL)));
    check_eq!(call(__NR__llseek, &[99, 0, 0, at, 0]), Err(Errno(EBADF)));
    let pipe = sys::pipe()?;
    let refused = call(__NR__llseek, &[pipe.read as usize, 0, 0, at, 0]);
    check_eq!(refused, Err(Errno(ESPIPE)));
    // What cannot be told does not happen.
    check_eq!(call(__NR__llseek, &[fd, 0, 1, 8, 0]), Err(Errno(EFAULT)));
    check_eq!(sys::lseek(fd as sys::Fd, 0, SEEK_CUR)?, 9);
    Ok(())
}

fn advice() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"0123456789")? as usize;
    for advice in POSIX_FADV_NORMAL..=POSIX_FADV_NOREUSE {
        check_eq!(call(__NR_fadvise64, &[fd, 0, 0, advice as usize]), Ok(0));
    }
    check_eq!(call(__NR_fadvise64, &[fd, 0, 0, 6]), Err(Errno(EINVAL)));
    check_eq!(
        call(__NR_fadvise64, &[fd, 0, usize::MAX, 0]),
        Err(Errno(EINVAL))
    );
    check_eq!(call(__NR_fadvise64, &[99, 0, 0, 0]), Err(Errno(EBADF)));
    let pipe = sys::pipe()?;
    let refused = call(__NR_fadvise64, &[pipe.read as usize, 0, 0, 0]);
    check_eq!(refused, Err(Errno(ESPIPE)));
    Ok(())
}

fn statfs64() -> Outcome {
    // SAFETY: it consists of numbers.
    let mut info: statfs = unsafe { core::mem::zeroed() };
    let (path, at) = (c"/".as_ptr() as usize, word(&mut info));
    let size = size_of::<statfs>();
    check_eq!(call(__NR_statfs64, &[path, size, at]), Ok(0));
    check!(info.f_bsize > 0 && info.f_namelen > 0);
    check_eq!(
        call(__NR_statfs64, &[path, size - 8, at]),
        Err(Errno(EINVAL))
    );
    check_eq!(call(__NR_fstatfs64, &[99, size, at]), Err(Errno(EBADF)));
    Ok(())
}

fn close_range() -> Outcome {
    in_child(|| {
        let fds = [50, 51, 52, 60];
        for fd in fds {
            sys::dup3(0, fd, 0)?;
        }
        check_eq!(call(436, &[51, 52, 4]), Ok(0));
        check_eq!(sys::fcntl(52, F_GETFD, 0)?, FD_CLOEXEC as usize);
        check_eq!(sys::fcntl(50, F_GETFD, 0)?, 0);
        check_eq!(call(436, &[51, 59, 0]), Ok(0));
        check_eq!(sys::fcntl(51, F_GETFD, 0), Err(Errno(EBADF)));
        check_eq!(sys::fcntl(60, F_GETFD, 0)?, 0);
        check_eq!(call(436, &[50, u32::MAX as usize, 0]), Ok(0));
        check_eq!(sys::fcntl(60, F_GETFD, 0), Err(Errno(EBADF)));
        check_eq!(call(436, &[9, 8, 0]), Err(Errno(EINVAL)));
        check_eq!(call(436, &[8, 9, 8]), Err(Errno(EINVAL)));
        Ok(())
    })
}

fn affinity() -> Outcome {
    let mut set = [0u64; 128];
    let (at, size) = (word(&mut set), size_of_val(&set));
    let written = call(__NR_sched_getaffinity, &[0, size, at])?;
    check!(
        written >= 8 && written <= size && set[0] & 1 == 1,
        "{written}"
    );
    check_eq!(
        call(__NR_sched_getaffinity, &[0, 7, at]),
        Err(Errno(EINVAL))
    );
    check_eq!(
        call(__NR_sched_getaffinity, &[99_999, size, at]),
        Err(Errno(ESRCH))
    );
    check_eq!(call(__NR_sched_setaffinity, &[0, size, at]), Ok(0));
    set.fill(0);
    check_eq!(
        call(__NR_sched_setaffinity, &[0, size, at]),
        Err(Errno(EINVAL))
    );
    let mut where_is = [9u32; 2];
    let at = word(&mut where_is);
    check_eq!(call(__NR_getcpu, &[at, at + 4, 0]), Ok(0));
    Ok(())
}

fn priorities() -> Outcome {
    needs_vm()?;
    check_eq!(call(__NR_getpriority, &[3, 0]), Err(Errno(EINVAL)));
    check_eq!(call(__NR_getpriority, &[0, 99_999]), Err(Errno(ESRCH)));
    check_eq!(call(__NR_setpriority, &[1, 99_999, 0]), Err(Errno(ESRCH)));
    let get = || call(__NR_getpriority, &[0, 0]);
    let set = |nice: i32| call(__NR_setpriority, &[0, 0, nice as usize]);
    for (nice, told) in [
        (0, 20),
        (5, 15),
        (19, 1),
        (99, 1),
        (-3, 23),
        (-99, 40),
        (7, 13),
    ] {
        check_eq!(set(nice), Ok(0));
        check_eq!(get(), Ok(told));
    }
    let mut buffer = [0; 512];
    let stat = proc::read(c"/proc/self/stat", &mut buffer)?;
    let mut words = stat.split(' ').skip(17);
    check_eq!((words.next(), words.next()), (Some("27"), Some("7")));
    // A child is as its parent, and who may not hurry can only wait longer.
    in_child(|| {
        check_eq!(get(), Ok(13));
        check_eq!(
            call(__NR_setpriority, &[0, sys::getppid() as usize, 8]),
            Ok(0)
        );
        super::capabilities::give_all_up()?;
        check_eq!(set(6), Err(Errno(EACCES)));
        check_eq!(set(7), Ok(0));
        check_eq!(set(9), Ok(0));
        check_eq!(set(8), Err(Errno(EACCES)));
        Ok(())
    })?;
    check_eq!(get(), Ok(12));
    check_eq!(call(__NR_sched_getscheduler, &[0]), Ok(0));
    check_eq!(call(__NR_sched_get_priority_max, &[1]), Ok(99));
    check_eq!(call(__NR_sched_get_priority_min, &[0]), Ok(0));
    check_eq!(call(__NR_sched_get_priority_min, &[99]), Err(Errno(EINVAL)));
    let mut priority = 0u32;
    let at = word(&mut priority);
    check_eq!(call(__NR_sched_setscheduler, &[0, 0, at]), Ok(0));
    check_eq!(
        call(__NR_sched_setscheduler, &[0, 1, at]),
        Err(Errno(EINVAL))
    );
    Ok(())
}

fn names_of_processes() -> Outcome {
    in_child(|| {
        let name = c"a name of more than fifteen";
        call(__NR_prctl, &[PR_SET_NAME as usize, name.as_ptr() as usize])?;
        let mut found = [9u8; 16];
        call(
            __NR_prctl,
            &[PR_GET_NAME as usize, found.as_mut_ptr() as usize],
        )?;
        check_eq!(&found, b"a name of more \0");
        Ok(())
    })
}

fn prctl_refused() -> Outcome {
    check_eq!(call(__NR_prctl, &[9999]), Err(Errno(EINVAL)));
    check_eq!(
        call(__NR_prctl, &[PR_SET_NAME as usize, 8]),
        Err(Errno(EFAULT))
    );
    check_eq!(
        call(__NR_prctl, &[PR_GET_NAME as usize, 8]),
        Err(Errno(EFAULT))
    );
    Ok(())
}

fn no_attributes() -> Outcome {
    needs_vm()?;
    let (root, nothing) = (c"/".as_ptr() as usize, c"/nothing".as_ptr() as usize);
    for number in [
        __NR_getxattr,
        __NR_lsetxattr,
        __NR_listxattr,
        __NR_lremovexattr,
    ] {
        check_eq!(call(number, &[root, root, 0, 0]), Err(Errno(EOPNOTSUPP)));
        check_eq!(call(number, &[nothing, root, 0, 0]), Err(Errno(ENOENT)));
    }
    let pipe = sys::pipe()?;
    check_eq!(
        call(__NR_fgetxattr, &[pipe.read as usize, root]),
        Err(Errno(EOPNOTSUPP))
    );
    check_eq!(call(__NR_flistxattr, &[99, 0, 0]), Err(Errno(EBADF)));
    Ok(())
}

fn no_sockets() -> Outcome {
    needs_vm()?;
    check_eq!(call(__NR_socket, &[1, 1, 0]), Err(Errno(EAFNOSUPPORT)));
    check_eq!(
        call(__NR_socketpair, &[1, 1, 0, 8]),
        Err(Errno(EAFNOSUPPORT))
    );
    let pipe = sys::pipe()?;
    for number in [__NR_getpeername, __NR_bind, __NR_listen, __NR_shutdown] {
        let refused = call(number, &[pipe.read as usize, 0, 0]);
        check_eq!(refused, Err(Errno(ENOTSOCK)));
        check_eq!(call(number, &[99, 0, 0]), Err(Errno(EBADF)));
    }
    let path = sys::open(c"/", O_PATH)?;
    let refused = call(__NR_getpeername, &[path as usize, 0, 0]);
    check_eq!(refused, Err(Errno(EBADF)));
    Ok(())
}

fn groups_of_root() -> Outcome {
    needs_vm()?;
    check_eq!(call(__NR_setgroups, &[0, 0]), Ok(0));
    check_eq!(call(__NR_getgroups, &[0, 0]), Ok(0));
    check_eq!(call(__NR_setgroups, &[1 << 20, 0]), Err(Errno(EINVAL)));
    check_eq!(call(__NR_personality, &[0xffff_ffff]), Ok(0));
    check_eq!(call(__NR_personality, &[8]), Err(Errno(EINVAL)));
    Ok(())
}

fn barriers() -> Outcome {
    needs_vm()?;
    check_eq!(call(__NR_membarrier, &[0, 0]), Ok(0));
    check_eq!(call(__NR_membarrier, &[1, 0]), Err(Errno(EINVAL)));
    check_eq!(call(__NR_membarrier, &[0, 1]), Err(Errno(EINVAL)));
    Ok(())
}
