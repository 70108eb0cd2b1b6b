//! Switches the machine off: QEMU then exits with 0.
#![no_std]
#![no_main]

use quire_user::{Args, eprintln, sys};

quire_user::program!(main);

fn main(_args: &Args) -> i32 {
    eprintln!("poweroff: {}", sys::power_off());
    1
}
