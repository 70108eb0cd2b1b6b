//! A directory for one case, empty at first and gone at its end.

use core::ffi::CStr;
use quire_user::linux::*;
use quire_user::sys::{self, Fd};
use quire_user::{Errno, Text};

/// The kind of a directory's entry that is a directory: DT_DIR.
const DIRECTORY: u8 = 4;

/// The directory, while it is the one that relative paths start from.
pub struct Scratch(Text<64>);

impl Scratch {
    /// Makes it and goes there. Each process has one of its own.
    pub fn new() -> Result<Scratch, Errno> {
        Scratch::make(Text::format(format_args!("/tmp/suite-{}", sys::getpid())))
    }

    /// The same with a path that is known beforehand.
    pub fn at(path: &CStr) -> Result<Scratch, Errno> {
        let mut name = Text::new();
        name.push(path.to_bytes());
        Scratch::make(name)
    }

    fn make(name: Text<64>) -> Result<Scratch, Errno> {
        sys::mkdir(name.as_cstr(), 0o700)?;
        sys::chdir(name.as_cstr())?;
        Ok(Scratch(name))
    }

    /// Its path.
    pub fn path(&self) -> &CStr {
        self.0.as_cstr()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is found by the suite: frames stay in use.
        let _ = sys::chdir(self.path()).and_then(|()| empty());
        let _ = sys::chdir(c"/");
        let _ = sys::rmdir(self.path());
    }
}

/// Removes all that is in the current directory.
fn empty() -> Result<(), Errno> {
    // One entry at a time: a directory that is changed must be read anew.
    while let Some(found) = first()? {
        let name = found.name.as_cstr();
        if found.directory {
            sys::chdir(name)?;
            empty()?;
            sys::chdir(c"..")?;
            sys::rmdir(name)?;
        } else {
            sys::unlink(name)?;
        }
    }
    Ok(())
}

struct Found {
    name: Text<260>,
    directory: bool,
}

/// The first entry of the current directory.
fn first() -> Result<Option<Found>, Errno> {
    let fd = sys::open(c".", O_RDONLY | O_DIRECTORY)?;
    let result = first_of(fd);
    sys::close(fd)?;
    result
}

fn first_of(fd: Fd) -> Result<Option<Found>, Errno> {
    let mut buffer = [0; 1024];
    loop {
        let n = sys::getdents64(fd, &mut buffer)?;
        if n == 0 {
            return Ok(None);
        }
        let real = |name: &CStr| name != c"." && name != c"..";
        if let Some(entry) = sys::entries(&buffer[..n]).find(|entry| real(entry.name)) {
            let mut name = Text::new();
            name.push(entry.name.to_bytes());
            return Ok(Some(Found {
                name,
                directory: entry.kind == DIRECTORY,
            }));
        }
    }
}

/// A new file to read and write, of these bytes.
pub fn file(path: &CStr, bytes: &[u8]) -> Result<Fd, Errno> {
    let fd = sys::create(path, O_RDWR | O_EXCL, 0o644)?;
    sys::write_all(fd, bytes)?;
    Ok(fd)
}

/// A new file to read and write, of `pages` pages: those of [`page`] with `seed`.
pub fn pages(path: &CStr, pages: usize, seed: u8) -> Result<Fd, Errno> {
    let fd = sys::create(path, O_RDWR | O_EXCL, 0o644)?;
    for n in 0..pages {
        sys::write_all(fd, &page(seed, n))?;
    }
    Ok(fd)
}

/// A page that tells its number: each byte belongs to it.
pub fn page(seed: u8, n: usize) -> [u8; quire_user::PAGE] {
    core::array::from_fn(|i| byte(seed, n, i))
}

/// Byte `i` of page `n`; never 0.
pub fn byte(seed: u8, n: usize, i: usize) -> u8 {
    let mixed = (n * 31 + i * 7 + i / 256) as u8;
    mixed.wrapping_add(seed) | 1
}
