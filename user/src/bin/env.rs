//! Prints the environment.
#![no_std]
#![no_main]

use quire_user::{Args, println};

quire_user::program!(main);

fn main(args: &Args) -> i32 {
    args.environment()
        .for_each(|entry| println!("{}", entry.to_str().unwrap_or("?")));
    0
}
