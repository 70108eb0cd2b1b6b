//! Makes files that are not there yet.
#![no_std]
#![no_main]

use quire_user::linux::O_WRONLY;
use quire_user::{Args, sys, tool};

quire_user::program!(main);

fn main(args: &Args) -> i32 {
    tool::for_each(args, |path| {
        sys::close(sys::create(path.as_cstr(), O_WRONLY, 0o644)?)
    })
}
