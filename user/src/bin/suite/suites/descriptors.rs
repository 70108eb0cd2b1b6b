//! Descriptors: numbers that name open files, and devices behind them.

use crate::harness::{Case, Outcome, in_child};
use crate::scratch::{self, Scratch};
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self, Status};
use quire_user::{Errno, exec};

/// The third part of suite file.
pub const CASES: &[Case] = &[
    ("duplicates_share_the_position", duplicates_share),
    ("opened_twice_is_two_positions", opened_twice),
    ("fcntl_duplicates", fcntl_duplicates),
    ("fcntl_flags", fcntl_flags),
    ("fcntl_errors", fcntl_errors),
    ("dup3_flags", dup3_flags),
    ("close_on_exec", close_on_exec),
    ("too_many_files", too_many_files),
    ("devices", devices),
    ("random_bytes", random_bytes),
    ("shm_directory", shm_directory),
    ("proc_is_read_only", proc_is_read_only),
];

fn duplicates_share() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"0123456789")?;
    let second = sys::dup(fd)?;
    sys::lseek(fd, 3, SEEK_SET)?;
    check_eq!(sys::lseek(second, 2, SEEK_CUR), Ok(5));
    in_child(|| Ok(_ = sys::lseek(second, 1, SEEK_CUR)?))?;
    check_eq!(sys::lseek(fd, 0, SEEK_CUR), Ok(6));
    sys::close(fd)?;
    check_eq!(sys::read(second, &mut [0; 10]), Ok(4));
    Ok(())
}

fn opened_twice() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"0123456789")?;
    let second = sys::open(c"a", O_RDONLY)?;
    sys::lseek(fd, 3, SEEK_SET)?;
    check_eq!(sys::lseek(second, 0, SEEK_CUR), Ok(0));
    Ok(())
}

fn fcntl_duplicates() -> Outcome {
    let fd = sys::open(c"/dev/null", O_RDWR)?;
    check_eq!(sys::fcntl(fd, F_DUPFD, 30), Ok(30));
    check_eq!(sys::fcntl(fd, F_DUPFD, 30), Ok(31));
    check_eq!(sys::fcntl(fd, F_DUPFD_CLOEXEC, 30), Ok(32));
    check_eq!(sys::fcntl(31, F_GETFD, 0), Ok(0));
    check_eq!(sys::fcntl(32, F_GETFD, 0), Ok(FD_CLOEXEC as usize));
    Ok(())
}

/// The flags of F_GETFL that programs can see and change.
const STATUS: usize = (O_ACCMODE | O_APPEND | O_NONBLOCK) as usize;

fn fcntl_flags() -> Outcome {
    let _here = Scratch::new()?;
    sys::close(scratch::file(c"a", b"abc")?)?;
    let fd = sys::open(c"a", O_RDWR | O_CLOEXEC)?;
    let flags = |fd| sys::fcntl(fd, F_GETFL, 0).map(|flags| flags & STATUS);
    check_eq!(sys::fcntl(fd, F_GETFD, 0), Ok(FD_CLOEXEC as usize));
    sys::fcntl(fd, F_SETFD, 0)?;
    check_eq!(sys::fcntl(fd, F_GETFD, 0), Ok(0));
    check_eq!(flags(fd), Ok(O_RDWR as usize));
    let second = sys::dup(fd)?;
    sys::fcntl(fd, F_SETFL, (O_APPEND | O_WRONLY | O_CREAT) as usize)?;
    // O_APPEND is the open file's, so the duplicate's too; the access mode stays.
    check_eq!(flags(second), Ok((O_RDWR | O_APPEND) as usize));
    check_eq!(sys::write(second, b"d"), Ok(1));
    check_eq!(sys::fstat(fd)?.st_size, 4);
    let reader = sys::open(c"a", O_RDONLY)?;
    check_eq!(flags(reader), Ok(0));
    Ok(())
}

fn fcntl_errors() -> Outcome {
    let fd = sys::open(c"/dev/null", O_RDWR)?;
    check_eq!(sys::fcntl(99, F_GETFD, 0), Err(Errno(EBADF)));
    check_eq!(sys::fcntl(fd, 9999, 0), Err(Errno(EINVAL)));
    check_eq!(sys::fcntl(fd, F_DUPFD, usize::MAX), Err(Errno(EINVAL)));
    check_eq!(sys::fcntl(fd, F_DUPFD, 1 << 30), Err(Errno(EINVAL)));
    Ok(())
}

fn dup3_flags() -> Outcome {
    let fd = sys::open(c"/dev/null", O_RDWR)?;
    check_eq!(sys::dup3(fd, 40, O_CLOEXEC), Ok(40));
    check_eq!(sys::fcntl(40, F_GETFD, 0), Ok(FD_CLOEXEC as usize));
    check_eq!(sys::dup3(fd, fd, 0), Err(Errno(EINVAL)));
    check_eq!(sys::dup3(fd, 41, O_APPEND), Err(Errno(EINVAL)));
    check_eq!(sys::dup3(99, 41, 0), Err(Errno(EBADF)));
    Ok(())
}

fn close_on_exec() -> Outcome {
    let _here = Scratch::new()?;
    // argcheck's "closed" argument would be one more program: the shell's exit
    // status tells whether it could write.
    let fd = sys::create(c"out", O_WRONLY, 0o600)?;
    for (flags, size) in [(0, 3), (O_CLOEXEC, 0)] {
        sys::ftruncate(fd, 0)?;
        let status = sys::spawn(|| {
            let _ = sys::dup3(fd, 1, flags);
            exec::replace(c"/bin/echo", &[c"echo", c"ab"], &[]);
            exec::NOT_FOUND
        })?
        .wait()?;
        check!(status == Status::exited(0) || size == 0, "{status:?}");
        check_eq!(sys::fstat(fd)?.st_size, size);
        sys::lseek(fd, 0, SEEK_SET)?;
    }
    Ok(())
}

fn too_many_files() -> Outcome {
    sys::limit_to(RLIMIT_NOFILE, 20)?;
    let mut last = -1;
    let error = loop {
        match sys::open(c"/dev/null", O_RDONLY) {
            Ok(fd) => last = fd,
            Err(e) => break e,
        }
    };
    check_eq!((error, last), (Errno(EMFILE), 19));
    check_eq!(sys::dup(0), Err(Errno(EMFILE)));
    check_eq!(sys::pipe().map(drop), Err(Errno(EMFILE)));
    check_eq!(sys::dup2(0, 20), Err(Errno(EBADF)));
    check_eq!(sys::fcntl(0, F_DUPFD, 20), Err(Errno(EINVAL)));
    sys::close(19)?;
    check_eq!(sys::dup(0), Ok(19));
    Ok(())
}

fn devices() -> Outcome {
    let full = sys::open(c"/dev/zero", O_RDWR)?;
    let mut bytes = [1; 5000];
    check_eq!(sys::pread(full, &mut bytes, 77), Ok(5000));
    check!(bytes == [0; 5000]);
    check_eq!(sys::ftruncate(full, 0), Err(Errno(EINVAL)));
    let null = sys::create(c"/dev/null", O_WRONLY | O_TRUNC | O_APPEND, 0o600)?;
    check_eq!(sys::write(null, &bytes), Ok(5000));
    check_eq!(sys::read(null, &mut bytes), Err(Errno(EBADF)));
    Ok(())
}

fn random_bytes() -> Outcome {
    let fd = sys::open(c"/dev/urandom", O_RDONLY)?;
    let (mut a, mut b) = ([0; 64], [0; 64]);
    check_eq!(sys::read(fd, &mut a), Ok(64));
    check_eq!(sys::read(fd, &mut b), Ok(64));
    check!(a != b);
    check!(a != [0; 64]);
    Ok(())
}

fn shm_directory() -> Outcome {
    let fd = sys::create(c"/dev/shm/quire-suite", O_RDWR | O_EXCL, 0o600)?;
    sys::unlink(c"/dev/shm/quire-suite")?;
    sys::ftruncate(fd, 100)?;
    check_eq!(sys::read(fd, &mut [1; 200]), Ok(100));
    Ok(())
}

fn proc_is_read_only() -> Outcome {
    let refused = |result: Result<i32, Errno>| result.is_err();
    check!(refused(sys::create(c"/proc/new", O_RDWR, 0o600)));
    check!(sys::mkdir(c"/proc/new", 0o700).is_err());
    check!(sys::unlink(c"/proc/meminfo").is_err());
    sys::access(c"/proc/meminfo", 4)?;
    Ok(())
}
