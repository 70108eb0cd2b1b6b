//! Makes directories.
#![no_std]
#![no_main]

use quire_user::{Args, sys, tool};

quire_user::program!(main);

fn main(args: &Args) -> i32 {
    tool::for_each(args, |path| sys::mkdir(path.as_cstr(), 0o755))
}
