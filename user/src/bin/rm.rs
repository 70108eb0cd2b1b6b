//! Removes files, links and empty directories.
#![no_std]
#![no_main]

use quire_user::errors::EISDIR;
use quire_user::{Args, Errno, sys, tool};

quire_user::program!(main);

fn main(args: &Args) -> i32 {
    tool::for_each(args, |path| match sys::unlink(path.as_cstr()) {
        Err(Errno(EISDIR)) => sys::rmdir(path.as_cstr()),
        other => other,
    })
}
