//! Counts lines, words and bytes of files, or of what comes in.
#![no_std]
#![no_main]

use quire_user::linux::O_RDONLY;
use quire_user::sys::Fd;
use quire_user::{Args, Errno, println, sys, tool};

quire_user::program!(main);

fn main(args: &Args) -> i32 {
    args.for_each_or("-", |word| {
        if word == "-" {
            return print(0, "");
        }
        let fd = sys::open(tool::path(word).as_cstr(), O_RDONLY)?;
        let result = print(fd, word);
        sys::close(fd)?;
        result
    })
}

fn print(fd: Fd, name: &str) -> Result<(), Errno> {
    let (mut lines, mut words, mut bytes, mut inside) = (0u64, 0u64, 0u64, false);
    let mut buffer = [0; 4096];
    loop {
        let n = sys::read(fd, &mut buffer)?;
        if n == 0 {
            break;
        }
        bytes += n as u64;
        for byte in &buffer[..n] {
            lines += (*byte == b'\n') as u64;
            let space = byte.is_ascii_whitespace();
            words += (!space && !inside) as u64;
            inside = !space;
        }
    }
    println!("{lines:>7} {words:>7} {bytes:>7} {name}");
    Ok(())
}
