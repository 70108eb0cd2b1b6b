//! Files with several names, names for other names, and names that change.

use super::names::nlink;
use crate::harness::{Case, Outcome};
use crate::scratch::{self, Scratch};
use quire_user::Errno;
use quire_user::errors::*;
use quire_user::linux::*;
use quire_user::sys;

/// More of suite file.
pub const CASES: &[Case] = &[
    ("links_are_one_file", links_are_one_file),
    ("link_errors", link_errors),
    ("symbolic_links", symbolic_links),
    ("symbolic_links_in_the_way", symbolic_links_in_the_way),
    ("rename_a_file", rename_a_file),
    ("rename_a_directory", rename_a_directory),
    ("rename_refused", rename_refused),
    ("rename_flags", rename_flags),
];

fn links_are_one_file() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"abc")?;
    sys::link(c"a", c"b")?;
    check_eq!(nlink(c"a")?, 2);
    check_eq!(sys::stat(c"a")?.st_ino, sys::stat(c"b")?.st_ino);
    let other = sys::open(c"b", O_RDONLY)?;
    sys::pwrite(fd, b"X", 1)?;
    let mut bytes = [0; 3];
    sys::read(other, &mut bytes)?;
    check_eq!(&bytes, b"aXc");
    sys::unlink(c"a")?;
    check_eq!(nlink(c"b")?, 1);
    check_eq!(sys::fstat(fd)?.st_nlink, 1);
    sys::unlink(c"b")?;
    check_eq!(sys::fstat(fd)?.st_nlink, 0);
    Ok(())
}

fn link_errors() -> Outcome {
    let _here = Scratch::new()?;
    sys::close(scratch::file(c"a", b"")?)?;
    sys::mkdir(c"d", 0o700)?;
    check_eq!(sys::link(c"none", c"b"), Err(Errno(ENOENT)));
    check_eq!(sys::link(c"a", c"d"), Err(Errno(EEXIST)));
    check_eq!(sys::link(c"a", c"a"), Err(Errno(EEXIST)));
    check_eq!(sys::link(c"d", c"b"), Err(Errno(EPERM)));
    check_eq!(sys::link(c"a", c"none/b"), Err(Errno(ENOENT)));
    let elsewhere = sys::link(c"a", c"/proc/b");
    check!(matches!(elsewhere, Err(Errno(EXDEV | ENOENT))));
    check_eq!(nlink(c"a")?, 1);
    check_eq!(sys::unlink(c"none"), Err(Errno(ENOENT)));
    check_eq!(sys::unlink(c"d"), Err(Errno(EISDIR)));
    check_eq!(sys::unlink(c"a/b"), Err(Errno(ENOTDIR)));
    Ok(())
}

fn symbolic_links() -> Outcome {
    let _here = Scratch::new()?;
    sys::close(scratch::file(c"a", b"abc")?)?;
    sys::symlink(c"a", c"s")?;
    let mut text = [9; 10];
    check_eq!(sys::readlink(c"s", &mut text), Ok(1));
    check_eq!(&text[..2], b"a\x09");
    check_eq!(sys::lstat(c"s")?.st_mode & S_IFMT, S_IFLNK);
    check_eq!(sys::lstat(c"s")?.st_size, 1);
    check_eq!(sys::stat(c"s")?.st_ino, sys::stat(c"a")?.st_ino);
    sys::symlink(c"there/is/none", c"t")?;
    check_eq!(sys::readlink(c"t", &mut text[..5]), Ok(5));
    check_eq!(&text[..5], b"there");
    check_eq!(sys::open(c"t", O_RDONLY), Err(Errno(ENOENT)));
    check_eq!(sys::symlink(c"x", c"s"), Err(Errno(EEXIST)));
    check_eq!(sys::symlink(c"", c"e"), Err(Errno(ENOENT)));
    check_eq!(sys::readlink(c"a", &mut text), Err(Errno(EINVAL)));
    check_eq!(sys::readlink(c"s", &mut []), Err(Errno(EINVAL)));
    // O_CREAT makes what the link says.
    sys::symlink(c"new", c"n")?;
    sys::close(sys::create(c"n", O_WRONLY, 0o600)?)?;
    check_eq!(sys::stat(c"new")?.st_size, 0);
    // unlink takes the link, not what it says.
    sys::unlink(c"s")?;
    check_eq!(sys::stat(c"a")?.st_size, 3);
    Ok(())
}

fn symbolic_links_in_the_way() -> Outcome {
    let here = Scratch::new()?;
    sys::mkdir(c"d", 0o700)?;
    sys::close(scratch::file(c"d/a", b"abc")?)?;
    sys::symlink(c"d", c"s")?;
    sys::symlink(here.path(), c"d/up")?;
    check_eq!(sys::stat(c"s/a")?.st_size, 3);
    check_eq!(sys::stat(c"s/up/s/up/d/a")?.st_size, 3);
    // ".." is that of the directory, not of the way to it.
    check_eq!(sys::stat(c"s/../d/a")?.st_size, 3);
    sys::symlink(c"l2", c"l1")?;
    sys::symlink(c"l1", c"l2")?;
    check_eq!(sys::open(c"l1", O_RDONLY), Err(Errno(ELOOP)));
    check_eq!(sys::open(c"l1/x", O_RDONLY), Err(Errno(ELOOP)));
    Ok(())
}

fn rename_a_file() -> Outcome {
    let _here = Scratch::new()?;
    let fd = scratch::file(c"a", b"abc")?;
    let ino = sys::fstat(fd)?.st_ino;
    sys::rename(c"a", c"b")?;
    check_eq!(sys::open(c"a", O_RDONLY), Err(Errno(ENOENT)));
    check_eq!(sys::stat(c"b")?.st_ino, ino);
    let old = scratch::file(c"c", b"old")?;
    sys::rename(c"b", c"c")?;
    check_eq!(sys::stat(c"c")?.st_ino, ino);
    check_eq!(sys::fstat(old)?.st_nlink, 0);
    check_eq!(sys::pread(old, &mut [0; 9], 0), Ok(3));
    // Two names of one file: nothing happens, rename(2).
    sys::link(c"c", c"d")?;
    sys::rename(c"c", c"d")?;
    check_eq!(nlink(c"c")?, 2);
    sys::rename(c"c", c"c")?;
    sys::mkdir(c"dir", 0o700)?;
    sys::rename(c"c", c"dir/x")?;
    check_eq!(sys::stat(c"dir/x")?.st_ino, ino);
    // A symbolic link is renamed itself.
    sys::symlink(c"dir", c"s")?;
    sys::rename(c"s", c"t")?;
    check_eq!(sys::lstat(c"t")?.st_mode & S_IFMT, S_IFLNK);
    Ok(())
}

fn rename_a_directory() -> Outcome {
    let _here = Scratch::new()?;
    for path in [c"d", c"d/e", c"f", c"g"] {
        sys::mkdir(path, 0o700)?;
    }
    sys::close(scratch::file(c"d/e/a", b"abc")?)?;
    sys::rename(c"d", c"g/d")?;
    check_eq!(sys::stat(c"g/d/e/a")?.st_size, 3);
    check_eq!(sys::stat(c"g/d/..")?.st_ino, sys::stat(c"g")?.st_ino);
    check_eq!((nlink(c".")?, nlink(c"g")?, nlink(c"g/d")?), (4, 3, 3));
    // Over an empty directory.
    sys::rename(c"g/d/e", c"f")?;
    check_eq!(sys::stat(c"f/a")?.st_size, 3);
    check_eq!(nlink(c"g/d")?, 2);
    Ok(())
}

fn rename_refused() -> Outcome {
    let _here = Scratch::new()?;
    for path in [c"d", c"d/e", c"full", c"full/x"] {
        sys::mkdir(path, 0o700)?;
    }
    sys::close(scratch::file(c"a", b"")?)?;
    check_eq!(sys::rename(c"none", c"b"), Err(Errno(ENOENT)));
    check_eq!(sys::rename(c"d", c"d/e/f"), Err(Errno(EINVAL)));
    check_eq!(sys::rename(c"d", c"d/f"), Err(Errno(EINVAL)));
    check_eq!(sys::rename(c"d/e", c"d"), Err(Errno(ENOTEMPTY)));
    check_eq!(sys::rename(c"d", c"full"), Err(Errno(ENOTEMPTY)));
    check_eq!(sys::rename(c"a", c"d"), Err(Errno(EISDIR)));
    check_eq!(sys::rename(c"d", c"a"), Err(Errno(ENOTDIR)));
    check_eq!(sys::rename(c"a/x", c"b"), Err(Errno(ENOTDIR)));
    check_eq!(sys::rename(c"a", c"none/b"), Err(Errno(ENOENT)));
    check_eq!(sys::rename(c"a", c"/proc/b"), Err(Errno(EXDEV)));
    check_eq!(sys::rename(c"d/.", c"b"), Err(Errno(EBUSY)));
    check_eq!(sys::rename(c"", c"b"), Err(Errno(ENOENT)));
    // Nothing has changed.
    check_eq!(sys::stat(c"d/e")?.st_mode & S_IFMT, S_IFDIR);
    check_eq!(sys::stat(c"a")?.st_mode & S_IFMT, S_IFREG);
    Ok(())
}

fn rename_flags() -> Outcome {
    let _here = Scratch::new()?;
    sys::close(scratch::file(c"a", b"a")?)?;
    sys::close(scratch::file(c"b", b"bb")?)?;
    let rename = |old, new, flags| sys::renameat2(AT_FDCWD, old, AT_FDCWD, new, flags);
    check_eq!(rename(c"a", c"b", RENAME_NOREPLACE), Err(Errno(EEXIST)));
    rename(c"a", c"c", RENAME_NOREPLACE)?;
    check_eq!(sys::stat(c"c")?.st_size, 1);
    check_eq!(rename(c"c", c"b", 1 << 10), Err(Errno(EINVAL)));
    let both = RENAME_NOREPLACE | RENAME_EXCHANGE;
    check_eq!(rename(c"c", c"b", both), Err(Errno(EINVAL)));
    Ok(())
}
