//! How long files are: cutting, growing, holes, and what is allocated.

use super::file::holds;
use crate::harness::{Case, Outcome};
use crate::scratch::{self, Scratch};
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys::{self};
use quire_user::{Errno, PAGE, SEGMENT};

/// More of suite file.
pub const CASES: &[Case] = &[
    ("truncate_cuts_and_grows", truncate_cuts_and_grows),
    ("cut_and_grown_again_is_zero", cut_and_grown_again_is_zero),
    ("holes_are_zero", holes_are_zero),
    ("sparse_across_256_mib", sparse_across_256_mib),
    ("allocate_and_punch", allocate_and_punch),
    ("allocate_errors", allocate_errors),
    ("truncate_errors", truncate_errors),
    ("too_large", too_large),
];

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
