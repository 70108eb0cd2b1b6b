//! Prints its arguments on one line.
#![no_std]
#![no_main]

use quire_user::{Args, Text, println};

quire_user::program!(main);

fn main(args: &Args) -> i32 {
    let mut line = Text::<1024>::new();
    for (i, word) in args.iter().enumerate() {
        line.push(if i == 0 { b"" } else { b" " });
        line.push(word.as_bytes());
    }
    println!("{line}");
    0
}
