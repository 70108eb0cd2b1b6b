//! Regular files: what is written is read, at any place, in any pieces.

use crate::harness::{Case, Outcome, begin, finish, in_child};
use crate::scratch::{self, Scratch};
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self, Fd, Piece};
use quire_user::{Errno, PAGE, SEGMENT};

/// The suite's first part.
pub const CASES: &[Case] = &[
    ("what_is_written_is_read", what_is_written_is_read),
    ("append_goes_to_the_end", append_goes_to_the_end),
    ("truncate_cuts_and_grows", truncate_cuts_and_grows),
    ("cut_and_grown_again_is_zero", cut_and_grown_again_is_zero),
    ("open_truncates", open_truncates),
    ("seek_everywhere", seek_everywhere),
    ("pread_and_pwrite", pread_and_pwrite),
    ("readv_and_writev", readv_and_writev),
    ("vectors_refused", vectors_refused),
    ("holes_are_zero", holes_are_zero),
    ("odd_places_and_lengths", odd_places_and_lengths),
    ("pages_keep_their_bytes", pages_keep_their_bytes),
    ("sparse_across_256_mib", sparse_across_256_mib),
    ("allocate_and_punch", allocate_and_punch),
    ("allocate_errors", allocate_errors),
    ("sync", sync),
    ("unlinked_while_open", unlinked_while_open),
    ("sendfile_copies", sendfile_copies),
    ("memfd", memfd),
    ("two_processes_one_file", two_processes_one_file),
    ("rights_of_descriptors", rights_of_descriptors),
    ("truncate_errors", truncate_errors),
    ("too_large", too_large),
];

/// All of a file, as far as it fits.
fn contents(fd: Fd) -> Result<([u8; 256], usize), Errno> {
    let mut bytes = [0xee; 256];
    let len = sys::pread(fd, &mut bytes, 0)?;
    Ok((bytes, len))
}

/// Fails unless the file is exactly `wanted`.
fn holds(fd: Fd, wanted: &[u8]) -> Outcome {
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
    check_eq!(sys::write(end, b"3"), Ok(1));
    holds(fd, b"onetwo3")?;
    // Linux's pwrite goes to the end too: pwrite(2), BUGS.
    check_eq!(sys::pwrite(end, b"4", 0), Ok(1));
    holds(fd, b"onetwo34")
}

fn truncate_cuts_and_grows() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"0123456789")?;
    sys::ftruncate(fd, 4)?;
    holds(fd, b"0123")?;
    sys::ftruncate(fd, 8)?;
    holds(fd, b"0123\0\0\0\0")?;
    sys::truncate(c"a", 2)?;
    holds(fd, b"01")?;
    // The position does not move, so that a write leaves a hole.
    check_eq!(sys::write(fd, b"x"), Ok(1));
    holds(fd, b"01\0\0\0\0\0\0\0\0x")
}

fn cut_and_grown_again_is_zero() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 4, 1)?;
    sys::ftruncate(fd, PAGE as i64 + 100)?;
    sys::ftruncate(fd, 4 * PAGE as i64)?;
    let mut bytes = [1; PAGE];
    check_eq!(sys::pread(fd, &mut bytes, PAGE as i64), Ok(PAGE));
    check!(bytes[..100] == scratch::page(1, 1)[..100]);
    check!(bytes[100..].iter().all(|&b| b == 0));
    for page in 2..4 {
        check_eq!(sys::pread(fd, &mut bytes, (page * PAGE) as i64), Ok(PAGE));
        check!(bytes == [0; PAGE], "page {page} is not zero");
    }
    // By a write behind the end, too.
    sys::ftruncate(fd, 10)?;
    check_eq!(sys::pwrite(fd, b"x", 20), Ok(1));
    check_eq!(sys::pread(fd, &mut bytes, 0), Ok(21));
    check!(bytes[10..20] == [0; 10]);
    Ok(())
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

fn holes_are_zero() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"start")?;
    check_eq!(sys::pwrite(fd, b"end", 5 * PAGE as i64), Ok(3));
    check_eq!(sys::fstat(fd)?.st_size as usize, 5 * PAGE + 3);
    let mut bytes = [1; 5 * PAGE + 10];
    check_eq!(sys::pread(fd, &mut bytes, 0), Ok(5 * PAGE + 3));
    check_eq!(&bytes[..5], b"start");
    check!(bytes[5..5 * PAGE].iter().all(|&b| b == 0));
    check_eq!(&bytes[5 * PAGE..5 * PAGE + 3], b"end");
    Ok(())
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

fn sparse_across_256_mib() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"")?;
    let places = [0, SEGMENT - 3, 2 * SEGMENT - PAGE, 3 * SEGMENT + 5];
    for (n, &at) in places.iter().enumerate() {
        let bytes = [n as u8 + 1; 8];
        check_eq!(sys::pwrite(fd, &bytes, at as i64), Ok(8));
    }
    let info = sys::fstat(fd)?;
    check_eq!(info.st_size as usize, 3 * SEGMENT + 13);
    // In blocks of 512 bytes: few, whatever the file system adds.
    check!(info.st_blocks < 256, "{} blocks", info.st_blocks);
    for (n, &at) in places.iter().enumerate() {
        let mut bytes = [9; 12];
        let wanted = if n == 3 { 8 } else { 12 };
        check_eq!(sys::pread(fd, &mut bytes, at as i64), Ok(wanted));
        check_eq!(&bytes[..8], &[n as u8 + 1; 8]);
        check!(bytes[8..wanted].iter().all(|&b| b == 0));
    }
    // Across the boundary, in the middle of nowhere.
    let mut bytes = [9; 100];
    check_eq!(sys::pread(fd, &mut bytes, 2 * SEGMENT as i64 - 50), Ok(100));
    check_eq!(bytes, [0; 100]);
    sys::ftruncate(fd, SEGMENT as i64 - 1)?;
    check_eq!(sys::pread(fd, &mut bytes, SEGMENT as i64 - 4), Ok(3));
    check_eq!(&bytes[..3], &[0, 2, 2]);
    Ok(())
}

fn allocate_and_punch() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::pages(c"a", 4, 2)?;
    sys::fallocate(fd, 0, 0, 6 * PAGE as i64)?;
    check_eq!(sys::fstat(fd)?.st_size as usize, 6 * PAGE);
    let keep = FALLOC_FL_KEEP_SIZE;
    sys::fallocate(fd, keep, 0, 9 * PAGE as i64)?;
    check_eq!(sys::fstat(fd)?.st_size as usize, 6 * PAGE);
    // From the middle of page 0 to the middle of page 2.
    let (from, len) = (PAGE as i64 / 2, 2 * PAGE as i64);
    sys::fallocate(fd, keep | FALLOC_FL_PUNCH_HOLE, from, len)?;
    let mut bytes = [1; 4 * PAGE];
    check_eq!(sys::pread(fd, &mut bytes, 0), Ok(4 * PAGE));
    let half = PAGE / 2;
    check!(bytes[..half] == scratch::page(2, 0)[..half]);
    check!(bytes[half..half + 2 * PAGE].iter().all(|&b| b == 0));
    check!(bytes[half + 2 * PAGE..3 * PAGE] == scratch::page(2, 2)[half..]);
    check!(bytes[3 * PAGE..] == scratch::page(2, 3)[..]);
    check_eq!(sys::fstat(fd)?.st_size as usize, 6 * PAGE);
    Ok(())
}

fn allocate_errors() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"abc")?;
    check_eq!(sys::fallocate(fd, 0, 0, 0), Err(Errno(EINVAL)));
    check_eq!(sys::fallocate(fd, 0, -1, 10), Err(Errno(EINVAL)));
    check_eq!(sys::fallocate(fd, 0, 0, -1), Err(Errno(EINVAL)));
    // A hole can be punched only with the size kept.
    check_eq!(
        sys::fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 10),
        Err(Errno(EOPNOTSUPP))
    );
    check_eq!(sys::fallocate(fd, 1 << 20, 0, 10), Err(Errno(EOPNOTSUPP)));
    let reader = sys::open(c"a", O_RDONLY)?;
    check_eq!(sys::fallocate(reader, 0, 0, 10), Err(Errno(EBADF)));
    let pipe = sys::pipe()?;
    check_eq!(sys::fallocate(pipe.write, 0, 0, 10), Err(Errno(ESPIPE)));
    holds(fd, b"abc")
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

fn truncate_errors() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"abc")?;
    sys::mkdir(c"d", 0o700)?;
    check_eq!(sys::truncate(c"a", -1), Err(Errno(EINVAL)));
    check_eq!(sys::ftruncate(fd, -1), Err(Errno(EINVAL)));
    check_eq!(sys::truncate(c"d", 0), Err(Errno(EISDIR)));
    check_eq!(sys::truncate(c"none", 0), Err(Errno(ENOENT)));
    check_eq!(sys::truncate(c"a/b", 0), Err(Errno(ENOTDIR)));
    check_eq!(sys::ftruncate(99, 0), Err(Errno(EBADF)));
    check_eq!(sys::ftruncate(sys::pipe()?.write, 0), Err(Errno(EINVAL)));
    holds(fd, b"abc")
}

fn too_large() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"abc")?;
    check_eq!(sys::ftruncate(fd, i64::MAX), Err(Errno(EFBIG)));
    let result = sys::pwrite(fd, b"x", i64::MAX - 1);
    check_eq!(result, Err(Errno(EFBIG)));
    holds(fd, b"abc")
}
