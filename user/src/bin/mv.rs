//! Gives files other names.
#![no_std]
#![no_main]

use quire_user::{Args, sys, tool};

quire_user::program!(main);

fn main(args: &Args) -> i32 {
    tool::for_each_pair(args, 1, |from, to| {
        sys::rename(from.as_cstr(), to.as_cstr())
    })
}
