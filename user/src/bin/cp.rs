//! Copies files, with their rights.
#![no_std]
#![no_main]

use quire_user::errors::{EINVAL, EISDIR};
use quire_user::linux::*;
use quire_user::sys::{self, Fd};
use quire_user::tool::Path;
use quire_user::{Args, Errno, tool};

quire_user::program!(main);

fn main(args: &Args) -> i32 {
    tool::for_each_pair(args, 1, copy)
}

fn copy(from: &Path, to: &Path) -> Result<(), Errno> {
    let source = sys::open(from.as_cstr(), O_RDONLY)?;
    let result = copy_open(source, to);
    sys::close(source)?;
    result
}

fn copy_open(source: Fd, to: &Path) -> Result<(), Errno> {
    let info = sys::fstat(source)?;
    if info.st_mode & S_IFMT == S_IFDIR {
        return Err(Errno(EISDIR));
    }
    // A file copied onto itself would be cut off before it is read.
    if sys::stat(to.as_cstr())
        .is_ok_and(|old| (old.st_dev, old.st_ino) == (info.st_dev, info.st_ino))
    {
        return Err(Errno(EINVAL));
    }
    let target = sys::create(to.as_cstr(), O_WRONLY | O_TRUNC, info.st_mode & 0o777)?;
    let result = transfer(source, target);
    sys::close(target)?;
    result
}

/// sendfile only reads what can be mapped; read and write do for the rest.
fn transfer(source: Fd, target: Fd) -> Result<(), Errno> {
    loop {
        match sys::sendfile(target, source, None, 1 << 20) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(Errno(EINVAL)) => return by_hand(source, target),
            Err(e) => return Err(e),
        }
    }
}

fn by_hand(source: Fd, target: Fd) -> Result<(), Errno> {
    let mut buffer = [0; 4096];
    loop {
        match sys::read(source, &mut buffer)? {
            0 => return Ok(()),
            n => sys::write_all(target, &buffer[..n])?,
        }
    }
}
