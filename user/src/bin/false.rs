//! Fails.
#![no_std]
#![no_main]

quire_user::program!(main);

fn main(_args: &quire_user::Args) -> i32 {
    1
}
