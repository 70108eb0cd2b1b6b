//! Lists the processes: number, parent, state, size of what is mapped, frames
//! that its segments name, command.
#![no_std]
#![no_main]

use quire_user::linux::{O_DIRECTORY, O_RDONLY};
use quire_user::{Args, Errno, Text, eprintln, println, proc, sys};

quire_user::program!(main);

fn main(_args: &Args) -> i32 {
    println!(
        "{:>5} {:>5} S {:>9} {:>7} COMMAND",
        "PID", "PPID", "SIZE-KiB", "FRAMES"
    );
    match list() {
        Ok(()) => 0,
        Err(e) => {
            eprintln!("ps: /proc: {e}");
            1
        }
    }
}

fn list() -> Result<(), Errno> {
    let fd = sys::open(c"/proc", O_RDONLY | O_DIRECTORY)?;
    let mut buffer = [0; 2048];
    loop {
        match sys::getdents64(fd, &mut buffer)? {
            0 => return sys::close(fd),
            n => sys::entries(&buffer[..n])
                .filter_map(|entry| entry.name.to_str().ok()?.parse().ok())
                .for_each(show),
        }
    }
}

/// One process's line. It may be gone by now: then there is none.
fn show(pid: u32) {
    let mut stat = [0; 1024];
    let Ok(stat) = proc::read(path(pid, "stat").as_cstr(), &mut stat) else {
        return;
    };
    // "pid (name) state parent …"; the name itself may hold a parenthesis.
    let (Some(open), Some(close)) = (stat.find('('), stat.rfind(')')) else {
        return;
    };
    let mut rest = stat[close + 1..].split_whitespace();
    let (state, parent) = (rest.next().unwrap_or("?"), rest.next().unwrap_or("?"));
    println!(
        "{pid:>5} {parent:>5} {state} {:>9} {:>7} {}",
        mapped(pid) / 1024,
        frames(pid),
        &stat[open + 1..close]
    );
}

fn path(pid: u32, file: &str) -> Text<64> {
    Text::format(format_args!("/proc/{pid}/{file}"))
}

/// Bytes mapped: the ranges at the start of each line of maps.
fn mapped(pid: u32) -> u64 {
    let mut buffer = [0; 16 << 10];
    let hex = |digits: &str| u64::from_str_radix(digits, 16).ok();
    let length = |line: &str| {
        let (start, end) = line.split_whitespace().next()?.split_once('-')?;
        Some(hex(end)? - hex(start)?)
    };
    proc::read(path(pid, "maps").as_cstr(), &mut buffer)
        .map_or(0, |maps| maps.lines().filter_map(length).sum())
}

fn frames(pid: u32) -> u64 {
    let mut buffer = [0; 16 << 10];
    proc::read(path(pid, "segments").as_cstr(), &mut buffer)
        .map_or(0, |text| proc::segments(text).map(|row| row.names).sum())
}
