//! Gives files more names; with -s, makes symbolic links.
#![no_std]
#![no_main]

use quire_user::{Args, sys, tool};

quire_user::program!(main);

fn main(args: &Args) -> i32 {
    match args.get(1) {
        Some("-s") => tool::for_each_pair(args, 2, |target, path| {
            sys::symlink(target.as_cstr(), path.as_cstr())
        }),
        _ => tool::for_each_pair(args, 1, |old, new| sys::link(old.as_cstr(), new.as_cstr())),
    }
}
