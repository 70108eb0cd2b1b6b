//! Shows how memory is used: /proc/vm/frames in KiB, or else /proc/meminfo.
#![no_std]
#![no_main]

use quire_user::{Args, PAGE, eprintln, print, println, proc};

quire_user::program!(main);

fn main(_args: &Args) -> i32 {
    let mut buffer = [0; 4096];
    if let Ok(text) = proc::read(c"/proc/vm/frames", &mut buffer) {
        println!("{:>12} {:>10} {:>10}", "", "frames", "KiB");
        for line in text.lines() {
            show(line);
        }
        return 0;
    }
    match proc::read(c"/proc/meminfo", &mut buffer) {
        Ok(text) => print!("{text}"),
        Err(e) => {
            eprintln!("free: /proc/meminfo: {e}");
            return 1;
        }
    }
    0
}

/// One line `kind frames`.
fn show(line: &str) {
    let mut words = line.split_whitespace();
    if let (Some(kind), Some(frames)) = (words.next(), words.next().and_then(proc::number)) {
        println!(
            "{kind:>12} {frames:>10} {:>10}",
            frames * PAGE as u64 / 1024
        );
    }
}
