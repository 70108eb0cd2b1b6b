//! Regular files: what is written is read, at any place, in any pieces.

use crate::harness::{Case, Outcome, begin, finish, in_child};
use crate::scratch::{self, Scratch};
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self, Fd, Piece};
use quire_user::{Errno, PAGE};

/// The suite's first part.
pub const CASES: &[Case] = &[
    ("what_is_written_is_read", what_is_written_is_read),
    ("append_goes_to_the_end", append_goes_to_the_end),
    ("open_truncates", open_truncates),
    ("seek_everywhere", seek_everywhere),
    ("pread_and_pwrite", pread_and_pwrite),
    ("readv_and_writev", readv_and_writev),
    ("vectors_refused", vectors_refused),
    ("odd_places_and_lengths", odd_places_and_lengths),
    ("pages_keep_their_bytes", pages_keep_their_bytes),
    ("sync", sync),
    ("unlinked_while_open", unlinked_while_open),
    ("sendfile_copies", sendfile_copies),
    ("memfd", memfd),
    ("two_processes_one_file", two_processes_one_file),
    ("rights_of_descriptors", rights_of_descriptors),
];

/// All of a file, as far as it fits.
fn contents(fd: Fd) -> Result<([u8; 256], usize), Errno> {
    let mut bytes = [0xee; 256];
    let len = sys::pread(fd, &mut bytes, 0)?;
    Ok((bytes, len))
}

/// Fails unless the file is exactly `wanted`.
pub fn holds(fd: Fd, wanted: &[u8]) -> Outcome {
    let (bytes, len) = contents(fd)?;
    check!(&bytes[..len] == wanted, "{:?}", &bytes[..len.min(40)]);
    check_eq!(sys::fstat(fd)?.st_size as usize, wanted.len());
    Ok(())
}

fn what_is_written_is_read() -> Outcome {
    let _here = Scratch::new()?;
    let fd = sys::create(c"a", O_RDWR, 0o640)?;
    holds(fd, b"")?;
    check_eq!(sys::write(fd, b"hello, "), Ok(7));
    check_eq!(sys::write(fd, b"world"), Ok(5));
    check_eq!(sys::write(fd, b""), Ok(0));
    holds(fd, b"hello, world")?;
    // The position is at the end.
    check_eq!(sys::read(fd, &mut [0; 4]), Ok(0));
    check_eq!(sys::lseek(fd, 7, SEEK_SET), Ok(7));
    check_eq!(sys::write(fd, b"W"), Ok(1));
    holds(fd, b"hello, World")?;
    let other = sys::open(c"a", O_RDONLY)?;
    let mut bytes = [0; 5];
    check_eq!(sys::read(other, &mut bytes), Ok(5));
    check_eq!(&bytes, b"hello");
    sys::close(other)?;
    check_eq!(sys::stat(c"a")?.st_mode, S_IFREG | 0o640);
    Ok(sys::close(fd)?)
}

fn append_goes_to_the_end() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"one")?;
    let end = sys::open(c"a", O_RDWR | O_APPEND)?;
    check_eq!(sys::lseek(end, 0, SEEK_CUR), Ok(0));
    check_eq!(sys::write(end, b"two"), Ok(3));
    check_eq!(sys::lseek(end, 0, SEEK_CUR), Ok(6));
    sys::lseek(end, 1, SEEK_SET)?;
    check_eq!(sys::write(end, b""), Ok(0));
    check_eq!(sys::lseek(end, 0, SEEK_CUR), Ok(1));
    check_eq!(sys::write(end, b"3"), Ok(1));
    holds(fd, b"onetwo3")?;
    // Linux's pwrite goes to the end too: pwrite(2), BUGS.
    check_eq!(sys::pwrite(end, b"4", 0), Ok(1));
    holds(fd, b"onetwo34")
}

fn open_truncates() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"something")?;
    sys::close(sys::open(c"a", O_WRONLY | O_TRUNC)?)?;
    holds(fd, b"")?;
    sys::pwrite(fd, b"more", 0)?;
    sys::close(sys::create(c"a", O_WRONLY, 0)?)?;
    holds(fd, b"more")
}

fn seek_everywhere() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"0123456789")?;
    check_eq!(sys::lseek(fd, 0, SEEK_CUR), Ok(10));
    check_eq!(sys::lseek(fd, -3, SEEK_END), Ok(7));
    check_eq!(sys::lseek(fd, -2, SEEK_CUR), Ok(5));
    check_eq!(sys::lseek(fd, -6, SEEK_CUR), Err(Errno(EINVAL)));
    check_eq!(sys::lseek(fd, 0, SEEK_CUR), Ok(5));
    check_eq!(sys::lseek(fd, 1 << 40, SEEK_SET), Ok(1 << 40));
    check_eq!(sys::read(fd, &mut [0; 4]), Ok(0));
    check_eq!(sys::lseek(fd, 0, 77), Err(Errno(EINVAL)));
    Ok(())
}

fn pread_and_pwrite() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"0123456789")?;
    sys::lseek(fd, 3, SEEK_SET)?;
    let mut bytes = [0; 4];
    check_eq!(sys::pread(fd, &mut bytes, 8), Ok(2));
    check_eq!(&bytes, b"89\0\0");
    check_eq!(sys::pread(fd, &mut bytes, 10), Ok(0));
    check_eq!(sys::pread(fd, &mut bytes, 1 << 40), Ok(0));
    check_eq!(sys::pwrite(fd, b"ab", 9), Ok(2));
    check_eq!(sys::lseek(fd, 0, SEEK_CUR), Ok(3));
    holds(fd, b"012345678ab")?;
    check_eq!(sys::pread(fd, &mut bytes, -1), Err(Errno(EINVAL)));
    check_eq!(sys::pwrite(fd, &bytes, -1), Err(Errno(EINVAL)));
    Ok(())
}

fn readv_and_writev() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"")?;
    let pieces = [
        Piece::of(b"one"),
        Piece { base: 0, len: 0 },
        Piece::of(b"two"),
    ];
    check_eq!(sys::writev(fd, &pieces), Ok(6));
    holds(fd, b"onetwo")?;
    sys::lseek(fd, 0, SEEK_SET)?;
    let (mut a, mut b) = ([0; 2], [0; 10]);
    let pieces = [Piece::room(&mut a), Piece::room(&mut b)];
    // SAFETY: the arrays are looked at only afterwards.
    check_eq!(unsafe { sys::readv(fd, &pieces) }, Ok(6));
    check_eq!(&a, b"on");
    check_eq!(&b, b"etwo\0\0\0\0\0\0");
    check_eq!(sys::writev(fd, &[]), Ok(0));
    Ok(())
}

fn vectors_refused() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"")?;
    let many = [Piece { base: 0, len: 0 }; 1025];
    check_eq!(sys::writev(fd, &many), Err(Errno(EINVAL)));
    check_eq!(sys::writev(fd, &many[..1024]), Ok(0));
    let negative = [Piece {
        base: 0,
        len: usize::MAX,
    }];
    check_eq!(sys::writev(fd, &negative), Err(Errno(EINVAL)));
    // SAFETY: nothing can be read into address 8.
    let result = unsafe { sys::readv(fd, &[Piece { base: 8, len: 0 }]) };
    check_eq!(result, Ok(0));
    // What was good is written, and told.
    let pieces = [Piece::of(b"good"), Piece { base: 8, len: 4 }];
    check_eq!(sys::writev(fd, &pieces), Ok(4));
    check_eq!(sys::writev(fd, &pieces[1..]), Err(Errno(EFAULT)));
    holds(fd, b"good")
}

fn odd_places_and_lengths() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"")?;
    let mut wanted = [0u8; 3 * PAGE];
    let mut random = quire_user::random::Random::new(11);
    for n in 0..200 {
        let at = random.below(wanted.len() - 1);
        let len = random.below(wanted.len() - at).min(random.below(5000));
        wanted[at..at + len].fill(n as u8 + 1);
        check_eq!(sys::pwrite(fd, &wanted[at..at + len], at as i64), Ok(len));
    }
    let size = sys::fstat(fd)?.st_size as usize;
    let mut found = [0u8; 3 * PAGE];
    check_eq!(sys::pread(fd, &mut found, 0), Ok(size));
    check!(found == wanted);
    Ok(())
}

fn pages_keep_their_bytes() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 300, 5)?;
    let mut bytes = [0; PAGE];
    for n in (0..300).rev() {
        check_eq!(sys::pread(fd, &mut bytes, (n * PAGE) as i64), Ok(PAGE));
        check!(bytes == scratch::page(5, n), "page {n} differs");
    }
    Ok(())
}

fn sync() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"abc")?;
    sys::fsync(fd)?;
    sys::fdatasync(fd)?;
    check_eq!(sys::fsync(99), Err(Errno(EBADF)));
    check_eq!(sys::fsync(sys::pipe()?.read), Err(Errno(EINVAL)));
    Ok(())
}

fn unlinked_while_open() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"still here")?;
    sys::unlink(c"a")?;
    check_eq!(sys::open(c"a", O_RDONLY), Err(Errno(ENOENT)));
    holds(fd, b"still here")?;
    sys::pwrite(fd, b"S", 0)?;
    holds(fd, b"Still here")?;
    check_eq!(sys::fstat(fd)?.st_nlink, 0);
    // The name is free for another.
    let other = scratch::file(c"a", b"new")?;
    holds(fd, b"Still here")?;
    holds(other, b"new")
}

fn sendfile_copies() -> Outcome {
    let _here = Scratch::new()?;
    let from = scratch::pages(c"a", 3, 1)?;
    let to = scratch::file(c"b", b"")?;
    let mut at = 10;
    check_eq!(
        sys::sendfile(to, from, Some(&mut at), 2 * PAGE),
        Ok(2 * PAGE)
    );
    check_eq!(at, 2 * PAGE as i64 + 10);
    // With a place, the position stays: it is at the end.
    check_eq!(sys::lseek(from, 0, SEEK_CUR), Ok(3 * PAGE));
    let mut bytes = [0; PAGE];
    check_eq!(sys::pread(to, &mut bytes, PAGE as i64 - 10), Ok(PAGE));
    check!(bytes == scratch::page(1, 1));
    check_eq!(sys::sendfile(to, from, None, 10), Ok(0));
    sys::lseek(from, -5, SEEK_END)?;
    check_eq!(sys::sendfile(to, from, None, 10), Ok(5));
    check_eq!(sys::lseek(from, 0, SEEK_CUR), Ok(3 * PAGE));
    let reader = sys::open(c"a", O_RDONLY)?;
    check_eq!(sys::sendfile(reader, from, None, 1), Err(Errno(EBADF)));
    Ok(())
}

fn memfd() -> Outcome {
    let fd = sys::memfd_create(c"name", 0)?;
    holds(fd, b"")?;
    check_eq!(sys::write(fd, b"hello"), Ok(5));
    sys::ftruncate(fd, 7)?;
    holds(fd, b"hello\0\0")?;
    check_eq!(sys::fcntl(fd, F_GETFD, 0), Ok(0));
    let second = sys::memfd_create(c"name", MFD_CLOEXEC)?;
    check_eq!(sys::fcntl(second, F_GETFD, 0), Ok(FD_CLOEXEC as usize));
    holds(second, b"")?;
    check_eq!(sys::memfd_create(c"name", 1 << 20), Err(Errno(EINVAL)));
    Ok(())
}

fn two_processes_one_file() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"")?;
    // The open file, and so the position, is one.
    let children = [b"one", b"two"].map(|word| {
        begin(move || {
            (0..50).try_for_each(|_| sys::write_all(fd, word))?;
            Ok(())
        })
    });
    for child in children {
        finish(child?)?;
    }
    let mut bytes = [0; 300];
    check_eq!(sys::pread(fd, &mut bytes, 0), Ok(300));
    let count = |word| bytes.chunks(3).filter(|chunk| *chunk == word).count();
    check_eq!((count(b"one"), count(b"two")), (50, 50));
    in_child(|| Ok(_ = sys::lseek(fd, 7, SEEK_SET)?))?;
    check_eq!(sys::lseek(fd, 0, SEEK_CUR), Ok(7));
    Ok(())
}

fn rights_of_descriptors() -> Outcome {
    let _here = Scratch::new()?;
    sys::close(scratch::file(c"a", b"abc")?)?;
    let reader = sys::open(c"a", O_RDONLY)?;
    check_eq!(sys::write(reader, b"x"), Err(Errno(EBADF)));
    check_eq!(sys::pwrite(reader, b"x", 0), Err(Errno(EBADF)));
    check_eq!(sys::ftruncate(reader, 0), Err(Errno(EINVAL)));
    let writer = sys::open(c"a", O_WRONLY)?;
    check_eq!(sys::read(writer, &mut [0]), Err(Errno(EBADF)));
    check_eq!(sys::pread(writer, &mut [0], 0), Err(Errno(EBADF)));
    holds(reader, b"abc")
}
