//! Prints what the system is: its name alone, or all with -a.
#![no_std]
#![no_main]

use quire_user::{Args, eprintln, println, sys};

quire_user::program!(main);

fn main(args: &Args) -> i32 {
    let Ok(name) = sys::uname() else {
        eprintln!("uname: the kernel does not say");
        return 1;
    };
    match args.get(1) {
        None => println!("{}", name.system),
        Some("-a") => println!(
            "{} {} {} {} {}",
            name.system, name.node, name.release, name.version, name.machine
        ),
        Some(other) => {
            eprintln!("uname: I know -a, but not {other}");
            return 2;
        }
    }
    0
}
