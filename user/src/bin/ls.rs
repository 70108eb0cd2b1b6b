//! Lists directories: one name a line, directories with a slash.
#![no_std]
#![no_main]

use quire_user::linux::{O_DIRECTORY, O_RDONLY};
use quire_user::{Args, Errno, Text, println, sys};

quire_user::program!(main);

/// The kind of a directory's entry that is a directory: DT_DIR.
const DIRECTORY: u8 = 4;

fn main(args: &Args) -> i32 {
    args.for_each_or(".", list)
}

fn list(path: &str) -> Result<(), Errno> {
    let path = Text::<256>::format(format_args!("{path}"));
    let fd = sys::open(path.as_cstr(), O_RDONLY | O_DIRECTORY)?;
    let mut buffer = [0; 2048];
    loop {
        match sys::getdents64(fd, &mut buffer)? {
            0 => break,
            n => sys::entries(&buffer[..n]).for_each(|entry| print(&entry)),
        }
    }
    sys::close(fd)
}

fn print(entry: &sys::Entry<'_>) {
    let name = entry.name.to_str().unwrap_or("?");
    if name != "." && name != ".." {
        println!("{name}{}", if entry.kind == DIRECTORY { "/" } else { "" });
    }
}
