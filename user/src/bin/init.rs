//! Process 1: greets, runs the shell, and waits for whoever has no parent left.
//!
//! When it exits the machine switches off, and its status is the machine's.
#![no_std]
#![no_main]

use quire_user::exec::NOT_FOUND;
use quire_user::{Args, eprintln, exec, println, sys};

quire_user::program!(main);

fn main(_args: &Args) -> i32 {
    greet();
    let shell = match exec::spawn(c"/bin/sh", &[c"sh"]) {
        Ok(child) => child.0,
        Err(e) => {
            eprintln!("init: cannot start /bin/sh: {e}");
            return NOT_FOUND;
        }
    };
    reap_until(shell)
}

fn greet() {
    if let Ok(name) = sys::uname() {
        println!("{} {} on {}", name.system, name.release, name.machine);
    }
    println!("Type `help` for what there is, `tour` to be shown around, `exit` to switch off.");
}

/// Waits for all children, orphans too, until the one that matters has ended.
fn reap_until(shell: sys::Pid) -> i32 {
    loop {
        match sys::wait4(-1, 0) {
            Ok((pid, status)) if pid == shell => return status.shell(),
            Ok(_) => {}
            Err(e) => {
                eprintln!("init: wait: {e}");
                return 1;
            }
        }
    }
}
