//! Directories and names: making, linking, renaming, removing, listing.

use crate::harness::{Case, Outcome};
use crate::scratch::{self, Scratch};
use core::ffi::CStr;
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys;
use quire_user::{Errno, Text};

/// The second part of suite file.
pub const CASES: &[Case] = &[
    ("open_flags", open_flags),
    ("directories", directories),
    ("directory_errors", directory_errors),
    ("listing_is_complete", listing_is_complete),
    ("listing_ends", listing_ends),
    ("dots", dots),
    ("stat_tells_all", stat_tells_all),
    ("statx_tells_the_same", statx_tells_the_same),
    ("current_directory", current_directory),
    ("removed_current_directory", removed_current_directory),
    ("access", access),
    ("at_forms", at_forms),
    ("long_names", long_names),
    ("trailing_slashes", trailing_slashes),
];

pub fn nlink(path: &CStr) -> Result<usize, Errno> {
    Ok(sys::lstat(path)?.st_nlink as usize)
}

fn open_flags() -> Outcome {
    let _here = Scratch::new()?;
    check_eq!(sys::open(c"a", O_RDWR), Err(Errno(ENOENT)));
    sys::close(sys::create(c"a", O_RDWR | O_EXCL, 0o600)?)?;
    check_eq!(
        sys::create(c"a", O_RDWR | O_EXCL, 0o600),
        Err(Errno(EEXIST))
    );
    sys::close(sys::create(c"a", O_RDWR, 0o600)?)?;
    check_eq!(sys::open(c"a", O_RDONLY | O_DIRECTORY), Err(Errno(ENOTDIR)));
    sys::mkdir(c"d", 0o700)?;
    check_eq!(sys::open(c"d", O_WRONLY), Err(Errno(EISDIR)));
    check_eq!(sys::open(c"d", O_RDWR), Err(Errno(EISDIR)));
    check_eq!(sys::create(c"d", O_RDONLY, 0), Err(Errno(EISDIR)));
    check_eq!(sys::create(c"none/a", O_RDWR, 0), Err(Errno(ENOENT)));
    check_eq!(sys::create(c"a/b", O_RDWR, 0), Err(Errno(ENOTDIR)));
    sys::symlink(c"a", c"s")?;
    check_eq!(sys::open(c"s", O_RDONLY | O_NOFOLLOW), Err(Errno(ELOOP)));
    check_eq!(
        sys::create(c"s", O_RDWR | O_EXCL, 0o600),
        Err(Errno(EEXIST))
    );
    Ok(())
}

fn directories() -> Outcome {
    let _here = Scratch::new()?;
    check_eq!(nlink(c".")?, 2);
    sys::mkdir(c"d", 0o751)?;
    check_eq!(sys::stat(c"d")?.st_mode & S_IFMT, S_IFDIR);
    check_eq!((nlink(c".")?, nlink(c"d")?), (3, 2));
    sys::mkdir(c"d/e/", 0o700)?;
    check_eq!(sys::rmdir(c"d"), Err(Errno(ENOTEMPTY)));
    sys::rmdir(c"d/e")?;
    check_eq!(nlink(c"d")?, 2);
    sys::close(scratch::file(c"d/a", b"")?)?;
    check_eq!(sys::rmdir(c"d"), Err(Errno(ENOTEMPTY)));
    sys::unlink(c"d/a")?;
    sys::rmdir(c"d")?;
    check_eq!(nlink(c".")?, 2);
    check_eq!(sys::stat(c"d").map(drop), Err(Errno(ENOENT)));
    Ok(())
}

fn directory_errors() -> Outcome {
    let _here = Scratch::new()?;
    sys::mkdir(c"d", 0o700)?;
    sys::close(scratch::file(c"a", b"")?)?;
    check_eq!(sys::mkdir(c"d", 0o700), Err(Errno(EEXIST)));
    check_eq!(sys::mkdir(c"a", 0o700), Err(Errno(EEXIST)));
    check_eq!(sys::mkdir(c"/", 0o700), Err(Errno(EEXIST)));
    check_eq!(sys::mkdir(c"none/d", 0o700), Err(Errno(ENOENT)));
    check_eq!(sys::mkdir(c"a/d", 0o700), Err(Errno(ENOTDIR)));
    check_eq!(sys::mkdir(c"", 0o700), Err(Errno(ENOENT)));
    check_eq!(sys::rmdir(c"a"), Err(Errno(ENOTDIR)));
    check_eq!(sys::rmdir(c"none"), Err(Errno(ENOENT)));
    check_eq!(sys::rmdir(c"d/."), Err(Errno(EINVAL)));
    check_eq!(sys::rmdir(c"d/.."), Err(Errno(ENOTEMPTY)));
    check_eq!(sys::rmdir(c"/"), Err(Errno(EBUSY)));
    sys::symlink(c"d", c"s")?;
    check_eq!(sys::rmdir(c"s"), Err(Errno(ENOTDIR)));
    Ok(())
}

fn name_of(n: usize) -> Text<40> {
    Text::format(format_args!("file-number-{n}"))
}

fn listing_is_complete() -> Outcome {
    let _here = Scratch::new()?;
    const FILES: usize = 100;
    for n in 0..FILES {
        sys::close(scratch::file(name_of(n).as_cstr(), b"")?)?;
    }
    sys::mkdir(c"dir", 0o700)?;
    sys::symlink(c"dir", c"link")?;
    let fd = sys::open(c".", O_RDONLY | O_DIRECTORY)?;
    for _ in 0..2 {
        let (mut seen, mut kinds) = ([0u8; FILES], [0u8; 16]);
        let mut buffer = [0; 200];
        loop {
            let n = sys::getdents64(fd, &mut buffer)?;
            if n == 0 {
                break;
            }
            for entry in sys::entries(&buffer[..n]) {
                kinds[entry.kind as usize & 15] += 1;
                let found = (0..FILES).find(|&n| entry.name == name_of(n).as_cstr());
                found.into_iter().for_each(|n| seen[n] += 1);
            }
        }
        check_eq!(seen, [1; FILES]);
        // DT_REG 8; DT_DIR 4: dir, "." and ".."; DT_LNK 10.
        check_eq!((kinds[8], kinds[4], kinds[10]), (FILES as u8, 3, 1));
        sys::lseek(fd, 0, SEEK_SET)?;
    }
    Ok(())
}

/// A program that replaces each entry that it is told of by a new one comes to an end.
fn listing_ends() -> Outcome {
    let _here = Scratch::new()?;
    sys::mkdir(c"d", 0o700)?;
    for name in [c"d/a", c"d/b", c"d/c"] {
        sys::close(scratch::file(name, b"")?)?;
    }
    let fd = sys::open(c"d", O_RDONLY | O_DIRECTORY)?;
    // Room for one entry: `.`, `..`, three files and the end are six readings. Linux may
    // tell of a file twice, or of none that was made since.
    let mut buffer = [0; 32];
    let mut readings = 0;
    while sys::getdents64(fd, &mut buffer)? > 0 {
        readings += 1;
        check!(readings < 20, "the directory has no end");
        sys::close(scratch::file(c"d/new", b"")?)?;
        sys::rename(c"d/new", c"d/a")?;
    }
    sys::lseek(fd, 0, SEEK_SET)?;
    let mut all = [0; 512];
    let len = sys::getdents64(fd, &mut all)?;
    check_eq!(sys::entries(&all[..len]).count(), 5);
    Ok(())
}

fn dots() -> Outcome {
    let here = Scratch::new()?;
    sys::mkdir(c"d", 0o700)?;
    sys::close(scratch::file(c"a", b"abc")?)?;
    for path in [c"./a", c"d/../a", c".//d/.././a", c"././/a"] {
        check_eq!(sys::stat(path)?.st_size, 3);
    }
    check_eq!(sys::stat(c"/..")?.st_ino, sys::stat(c"/")?.st_ino);
    check_eq!(sys::stat(c".")?.st_ino, sys::stat(here.path())?.st_ino);
    check_eq!(sys::stat(c"a/..").map(drop), Err(Errno(ENOTDIR)));
    Ok(())
}

fn stat_tells_all() -> Outcome {
    let _here = Scratch::new()?;
    let before = sys::clock_gettime(CLOCK_REALTIME)?.seconds as u64;
    let fd = sys::create(c"a", O_RDWR, 0o604)?;
    sys::write(fd, &[1; 5000])?;
    let info = sys::fstat(fd)?;
    check_eq!(info.st_mode, S_IFREG | 0o604);
    check_eq!((info.st_nlink, info.st_size), (1, 5000));
    check!(info.st_blksize > 0 && info.st_ino > 0);
    check!((8..=64).contains(&info.st_blocks), "{}", info.st_blocks);
    let after = sys::clock_gettime(CLOCK_REALTIME)?.seconds as u64;
    for time in [info.st_mtime, info.st_ctime, info.st_atime] {
        check!((before..=after + 1).contains(&(time + 1)) || (before..=after).contains(&time));
    }
    check_eq!(sys::stat(c"/dev/null")?.st_mode & S_IFMT, S_IFCHR);
    // Major 1, minor 3 and 5: Linux's Documentation/admin-guide/devices.txt.
    check_eq!(sys::stat(c"/dev/null")?.st_rdev, 0x103);
    check_eq!(sys::stat(c"/dev/zero")?.st_rdev, 0x105);
    check_eq!(sys::fstat(sys::pipe()?.read)?.st_mode & S_IFMT, S_IFIFO);
    sys::chmod(c"a", 0o400)?;
    check_eq!(sys::fstat(fd)?.st_mode, S_IFREG | 0o400);
    Ok(())
}

fn statx_tells_the_same() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"abc")?;
    sys::symlink(c"a", c"s")?;
    let stat = sys::fstat(fd)?;
    let info = sys::statx(AT_FDCWD, c"s", 0, STATX_BASIC_STATS)?;
    check_eq!(info.stx_mask & STATX_BASIC_STATS, STATX_BASIC_STATS);
    check_eq!((info.stx_ino, info.stx_size), (stat.st_ino, 3));
    check_eq!(info.stx_mode as u32, stat.st_mode);
    check_eq!(info.stx_mtime.tv_sec as u64, stat.st_mtime);
    let link = sys::statx(AT_FDCWD, c"s", AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS)?;
    check_eq!(link.stx_mode as u32 & S_IFMT, S_IFLNK);
    let empty = sys::statx(fd, c"", AT_EMPTY_PATH, STATX_SIZE)?;
    check_eq!(empty.stx_size, 3);
    let error = |path, flags| sys::statx(AT_FDCWD, path, flags, STATX_SIZE).map(drop);
    check_eq!(error(c"", 0), Err(Errno(ENOENT)));
    check_eq!(error(c"a", 1 << 30), Err(Errno(EINVAL)));
    check_eq!(error(c"none", 0), Err(Errno(ENOENT)));
    Ok(())
}

fn current_directory() -> Outcome {
    let here = Scratch::new()?;
    let mut buffer = [0; 100];
    let len = here.path().to_bytes_with_nul().len();
    check_eq!(sys::getcwd(&mut buffer), Ok(len));
    check_eq!(&buffer[..len], here.path().to_bytes_with_nul());
    check_eq!(sys::getcwd(&mut buffer[..len - 1]), Err(Errno(ERANGE)));
    sys::mkdir(c"d", 0o700)?;
    sys::chdir(c"d")?;
    check_eq!(sys::getcwd(&mut buffer), Ok(len + 2));
    // Renamed: the same directory by another name.
    sys::rename(c"../d", c"../long")?;
    check_eq!(sys::getcwd(&mut buffer), Ok(len + 5));
    let fd = sys::open(c"..", O_RDONLY | O_DIRECTORY)?;
    sys::fchdir(fd)?;
    check_eq!(sys::getcwd(&mut buffer), Ok(len));
    sys::close(scratch::file(c"a", b"")?)?;
    check_eq!(sys::chdir(c"a"), Err(Errno(ENOTDIR)));
    check_eq!(sys::chdir(c"none"), Err(Errno(ENOENT)));
    check_eq!(sys::fchdir(sys::open(c"a", O_RDONLY)?), Err(Errno(ENOTDIR)));
    check_eq!(sys::fchdir(99), Err(Errno(EBADF)));
    Ok(())
}

fn removed_current_directory() -> Outcome {
    let _here = Scratch::new()?;
    sys::mkdir(c"d", 0o700)?;
    sys::chdir(c"d")?;
    sys::rmdir(c"../d")?;
    check_eq!(sys::getcwd(&mut [0; 100]), Err(Errno(ENOENT)));
    check_eq!(sys::create(c"a", O_RDWR, 0o600), Err(Errno(ENOENT)));
    check_eq!(sys::mkdir(c"e", 0o700), Err(Errno(ENOENT)));
    check_eq!(sys::fstatat(AT_FDCWD, c".", 0)?.st_nlink, 0);
    Ok(())
}

fn access() -> Outcome {
    let _here = Scratch::new()?;
    sys::close(sys::create(c"a", O_RDWR, 0o600)?)?;
    sys::access(c"a", 0)?;
    sys::access(c"a", 6)?;
    check_eq!(sys::access(c"a", 1), Err(Errno(EACCES)));
    sys::access(c"/bin/true", 1)?;
    check_eq!(sys::access(c"none", 0), Err(Errno(ENOENT)));
    check_eq!(sys::access(c"a", 8), Err(Errno(EINVAL)));
    check_eq!(sys::access(c"a/b", 0), Err(Errno(ENOTDIR)));
    sys::faccessat(AT_FDCWD, c"a", 4)?;
    Ok(())
}

fn at_forms() -> Outcome {
    let _here = Scratch::new()?;
    sys::mkdirat(AT_FDCWD, c"d", 0o700)?;
    let dir = sys::open(c"d", O_RDONLY | O_DIRECTORY)?;
    sys::mkdirat(dir, c"e", 0o700)?;
    sys::close(scratch::file(c"d/a", b"abc")?)?;
    check_eq!(sys::fstatat(dir, c"a", 0)?.st_size, 3);
    sys::linkat(dir, c"a", dir, c"e/b", 0)?;
    check_eq!(sys::stat(c"d/e/b")?.st_nlink, 2);
    sys::renameat2(dir, c"e/b", AT_FDCWD, c"c", 0)?;
    check_eq!(sys::stat(c"c")?.st_size, 3);
    sys::faccessat(dir, c"e", 0)?;
    check_eq!(sys::unlinkat(dir, c"e", 0), Err(Errno(EISDIR)));
    check_eq!(sys::unlinkat(dir, c"a", AT_REMOVEDIR), Err(Errno(ENOTDIR)));
    check_eq!(sys::unlinkat(dir, c"a", 1), Err(Errno(EINVAL)));
    sys::unlinkat(dir, c"a", 0)?;
    sys::unlinkat(dir, c"e", AT_REMOVEDIR)?;
    let file = sys::open(c"c", O_RDONLY)?;
    check_eq!(sys::mkdirat(file, c"x", 0), Err(Errno(ENOTDIR)));
    check_eq!(sys::mkdirat(99, c"x", 0), Err(Errno(EBADF)));
    check_eq!(sys::fstatat(file, c"", AT_EMPTY_PATH)?.st_size, 3);
    Ok(())
}

fn long_names() -> Outcome {
    let _here = Scratch::new()?;
    let name = |len: usize| Text::<400>::format(format_args!("{:a>len$}", ""));
    sys::close(scratch::file(name(255).as_cstr(), b"")?)?;
    let too_long = sys::create(name(256).as_cstr(), O_RDWR, 0o600);
    check_eq!(too_long, Err(Errno(ENAMETOOLONG)));
    let path = Text::<5000>::format(format_args!("{:/>4096}", "."));
    let result = sys::stat(path.as_cstr()).map(drop);
    check_eq!(result, Err(Errno(ENAMETOOLONG)));
    let path = Text::<5000>::format(format_args!("{:/>4095}", "."));
    sys::stat(path.as_cstr())?;
    Ok(())
}

fn trailing_slashes() -> Outcome {
    let _here = Scratch::new()?;
    sys::mkdir(c"d/", 0o700)?;
    sys::close(scratch::file(c"a", b"")?)?;
    sys::stat(c"d/")?;
    check_eq!(sys::stat(c"a/").map(drop), Err(Errno(ENOTDIR)));
    check_eq!(sys::open(c"a/", O_RDONLY), Err(Errno(ENOTDIR)));
    check_eq!(sys::create(c"b/", O_RDWR, 0), Err(Errno(EISDIR)));
    check_eq!(sys::unlink(c"a/"), Err(Errno(ENOTDIR)));
    sys::rename(c"d/", c"e/")?;
    check_eq!(sys::rename(c"a", c"f/"), Err(Errno(ENOTDIR)));
    sys::rmdir(c"e/")?;
    Ok(())
}
