//! Prints files, or what comes in: `-` stands for that.
#![no_std]
#![no_main]

use quire_user::linux::O_RDONLY;
use quire_user::sys::Fd;
use quire_user::{Args, Errno, Text, sys};

quire_user::program!(main);

fn main(args: &Args) -> i32 {
    args.for_each_or("-", print)
}

fn print(path: &str) -> Result<(), Errno> {
    if path == "-" {
        return copy(0);
    }
    let path = Text::<256>::format(format_args!("{path}"));
    let fd = sys::open(path.as_cstr(), O_RDONLY)?;
    let result = copy(fd);
    sys::close(fd)?;
    result
}

fn copy(fd: Fd) -> Result<(), Errno> {
    let mut buffer = [0; 4096];
    loop {
        match sys::read(fd, &mut buffer)? {
            0 => return Ok(()),
            n => sys::write_all(1, &buffer[..n])?,
        }
    }
}
