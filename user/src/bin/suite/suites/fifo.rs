//! Pipes with names: who opens one end waits for the other.

use crate::harness::{Case, Outcome, begin, finish};
use crate::scratch::Scratch;
use quire_user::Errno;
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self, Fd};

/// A part of suite pipe.
pub const CASES: &[Case] = &[
    ("fifo_is_made", fifo_is_made),
    ("fifo_reader_waits", fifo_reader_waits),
    ("fifo_writer_waits", fifo_writer_waits),
    ("fifo_without_waiting", fifo_without_waiting),
    ("fifo_both_ends", fifo_both_ends),
    ("fifo_forgets_when_closed", fifo_forgets_when_closed),
    ("fifo_open_is_interrupted", fifo_open_is_interrupted),
    ("mknod_refused", mknod_refused),
];

fn mknod(path: &core::ffi::CStr, mode: u32) -> Result<usize, Errno> {
    // SAFETY: the kernel only reads the path.
    unsafe { sys::call(__NR_mknod, &[path.as_ptr() as usize, mode as usize, 0x103]) }
}

fn read_all(fd: Fd) -> Result<usize, Errno> {
    let (mut all, mut bytes) = (0, [0; 64]);
    loop {
        match sys::read(fd, &mut bytes)? {
            0 => return Ok(all),
            n => all += n,
        }
    }
}

fn fifo_is_made() -> Outcome {
    let _here = Scratch::new()?;
    mknod(c"f", S_IFIFO | 0o640)?;
    let info = sys::fstatat(AT_FDCWD, c"f", 0)?;
    check_eq!(
        (info.st_mode, info.st_nlink, info.st_size),
        (S_IFIFO | 0o640, 1, 0)
    );
    check_eq!(mknod(c"f", S_IFIFO), Err(Errno(EEXIST)));
    mknod(c"file", 0o600)?;
    check_eq!(sys::fstatat(AT_FDCWD, c"file", 0)?.st_mode, S_IFREG | 0o600);
    sys::unlink(c"f")?;
    check_eq!(sys::open(c"f", O_RDONLY), Err(Errno(ENOENT)));
    Ok(())
}

fn fifo_reader_waits() -> Outcome {
    let _here = Scratch::new()?;
    mknod(c"f", S_IFIFO | 0o600)?;
    let child = begin(|| {
        let fd = sys::open(c"f", O_WRONLY)?;
        sys::write(fd, b"all that there is")?;
        Ok(())
    })?;
    let fd = sys::open(c"f", O_RDONLY)?;
    check_eq!(read_all(fd), Ok(17));
    finish(child)
}

/// Even one who has opened, written and gone was there.
fn fifo_writer_waits() -> Outcome {
    let _here = Scratch::new()?;
    mknod(c"f", S_IFIFO | 0o600)?;
    // A writer who came before it was read would join the one before.
    let done = sys::pipe()?;
    let child = begin(|| {
        for _ in 0..20 {
            let fd = sys::open(c"f", O_RDONLY)?;
            check_eq!(read_all(fd), Ok(3));
            sys::close(fd)?;
            sys::write(done.write, b"!")?;
        }
        Ok(())
    })?;
    for _ in 0..20 {
        let fd = sys::open(c"f", O_WRONLY)?;
        check_eq!(sys::write(fd, b"abc"), Ok(3));
        sys::close(fd)?;
        check_eq!(sys::read(done.read, &mut [0]), Ok(1));
    }
    finish(child)
}

/// Who opens both ends does not wait, and is writer and reader to all others.
fn fifo_both_ends() -> Outcome {
    let _here = Scratch::new()?;
    mknod(c"f", S_IFIFO | 0o600)?;
    let ready = sys::pipe()?;
    let child = begin(|| {
        let fd = sys::open(c"f", O_RDONLY)?;
        sys::write(ready.write, b"!")?;
        check_eq!(read_all(fd)?, 4);
        Ok(())
    })?;
    let both = sys::open(c"f", O_RDWR)?;
    sys::read(ready.read, &mut [0])?;
    let mut poll = [sys::interest(both, POLLIN | POLLOUT)];
    check_eq!(sys::poll(&mut poll, 0)?, 1);
    check_eq!(u32::from(poll[0].revents as u16), POLLOUT);
    // Writers and readers come and go, and it is none of the last.
    sys::close(sys::open(c"f", O_WRONLY)?)?;
    sys::close(sys::open(c"f", O_RDONLY | O_NONBLOCK)?)?;
    sys::write(both, b"some")?;
    sys::close(both)?;
    finish(child)?;
    let both = sys::open(c"f", O_RDWR | O_NONBLOCK)?;
    sys::write(both, b"back")?;
    let mut bytes = [0; 8];
    check_eq!(sys::read(both, &mut bytes)?, 4);
    check_eq!(&bytes[..4], b"back");
    check_eq!(sys::read(both, &mut bytes), Err(Errno(EAGAIN)));
    sys::close(both)?;
    check_eq!(sys::open(c"f", O_WRONLY | O_NONBLOCK), Err(Errno(ENXIO)));
    Ok(())
}

fn fifo_without_waiting() -> Outcome {
    let _here = Scratch::new()?;
    mknod(c"f", S_IFIFO | 0o600)?;
    check_eq!(sys::open(c"f", O_WRONLY | O_NONBLOCK), Err(Errno(ENXIO)));
    let read = sys::open(c"f", O_RDONLY | O_NONBLOCK)?;
    check_eq!(sys::read(read, &mut [0; 8]), Ok(0));
    let write = sys::open(c"f", O_WRONLY)?;
    check_eq!(sys::read(read, &mut [0; 8]), Err(Errno(EAGAIN)));
    sys::write(write, b"x")?;
    check_eq!(sys::read(read, &mut [0; 8]), Ok(1));
    Ok(())
}

fn fifo_forgets_when_closed() -> Outcome {
    let _here = Scratch::new()?;
    mknod(c"f", S_IFIFO | 0o600)?;
    let read = sys::open(c"f", O_RDONLY | O_NONBLOCK)?;
    let write = sys::open(c"f", O_WRONLY)?;
    sys::write(write, b"lost")?;
    sys::close(read)?;
    sys::close(write)?;
    let read = sys::open(c"f", O_RDONLY | O_NONBLOCK)?;
    check_eq!(sys::read(read, &mut [0; 8]), Ok(0));
    Ok(())
}

extern "C" fn nothing(_: u32, _: &sys::Info, _: &mut sys::Context) {}

fn fifo_open_is_interrupted() -> Outcome {
    let _here = Scratch::new()?;
    mknod(c"f", S_IFIFO | 0o600)?;
    sys::handle(SIGALRM, nothing, 0)?;
    // SAFETY: the time is a number of seconds.
    unsafe { sys::call(__NR_alarm, &[1]) }?;
    check_eq!(sys::open(c"f", O_RDONLY), Err(Errno(EINTR)));
    // The one who gave up is not counted.
    check_eq!(sys::open(c"f", O_WRONLY | O_NONBLOCK), Err(Errno(ENXIO)));
    Ok(())
}

fn mknod_refused() -> Outcome {
    let _here = Scratch::new()?;
    check_eq!(mknod(c"d", S_IFDIR | 0o700), Err(Errno(EPERM)));
    check_eq!(mknod(c"x", 0o170000), Err(Errno(EINVAL)));
    check_eq!(mknod(c"nothing/x", S_IFIFO), Err(Errno(ENOENT)));
    Ok(())
}
