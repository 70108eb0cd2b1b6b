//! What the kernel costs: `bench [settle=SECONDS] [WORD…]` measures every row whose name
//! contains one of the words, or all, and prints a table.
//!
//! It runs unchanged on Linux, as process 1 or as any other. Time is the timebase's. Under
//! `-icount shift=0` a nanosecond is an instruction, and every run is the same. Nothing is
//! subtracted: the loop that touches pages (three instructions a page) and the reading of
//! the clock are in the figures.
//!
//! Each row runs in a process of its own, made by fork and execve, so no row finds what
//! another has left in its address space. What others have left in the kernel it does find:
//! all rows together, always in the same order, are what is compared.
#![no_std]
#![no_main]

mod calls;
mod faults;
mod forks;
mod hard;
mod mapping;
mod row;
mod samples;
mod shm;
mod touch;

use core::ffi::CStr;
use quire_user::linux::*;
use quire_user::sys::{self, Time};
use quire_user::{Args, Errno, Text, eprintln, exec, println, proc, timebase};
use row::{Bench, Row};

quire_user::program!(main);

/// All rows, in the order of the table.
const FAMILIES: &[&[Row]] = &[
    calls::ROWS,
    faults::ROWS,
    mapping::ROWS,
    shm::ROWS,
    forks::ROWS,
    hard::ROWS,
];

fn rows() -> impl Iterator<Item = &'static Row> {
    FAMILIES.iter().copied().flatten()
}

fn main(args: &Args) -> i32 {
    let booted = timebase::now();
    if args.get(1) == Some("row") {
        return one(args);
    }
    match all(args, booted) {
        // Process 1 switches the machine off, which is how success is told.
        Ok(0) if sys::getpid() == 1 => sys::power_off().0 as i32,
        Ok(failed) => (failed > 0) as i32,
        Err(e) => {
            eprintln!("bench: {e}");
            1
        }
    }
}

/// Runs this program again for each row that was asked for; how many failed.
fn all(args: &Args, booted: u64) -> Result<usize, Errno> {
    find_proc()?;
    settle(args)?;
    let words = || args.iter().filter(|arg| !arg.contains('='));
    let wanted = |row: &&Row| words().count() == 0 || words().any(|w| row.name.contains(w));
    let path = exec::find(args.get(0).unwrap_or("bench"));
    let frequency = number(timebase::frequency());
    println!(
        "bench: a timebase of {} Hz; figures are nanoseconds, or instructions under -icount",
        frequency.as_str()
    );
    row::print_head();
    let (mut count, mut failed) = (0, 0);
    for row in rows().filter(wanted) {
        let (name, booted) = (
            Text::<64>::format(format_args!("{}", row.name)),
            number(booted),
        );
        let words: [&CStr; 5] = [
            c"bench",
            c"row",
            name.as_cstr(),
            frequency.as_cstr(),
            booted.as_cstr(),
        ];
        let status = exec::run(path.as_cstr(), &words)?;
        count += 1;
        failed += (status.shell() != 0) as usize;
    }
    println!("bench: {count} rows, {failed} failed");
    Ok(failed)
}

/// Sleeps as long as `settle=` says: a kernel may have things to end after its start.
fn settle(args: &Args) -> Result<(), Errno> {
    let text = args.iter().find_map(|arg| arg.strip_prefix("settle="));
    let seconds = text.and_then(|text| text.parse().ok()).unwrap_or(0);
    sys::nanosleep(Time {
        seconds,
        nanoseconds: 0,
    })
}

fn number(value: u64) -> Text<24> {
    Text::format(format_args!("{value}"))
}

/// Process 1 has to mount /proc itself, where it is not there from the start.
fn find_proc() -> Result<(), Errno> {
    let mut buffer = [0; 64];
    if proc::read(c"/proc/uptime", &mut buffer).is_ok() || sys::getpid() != 1 {
        return Ok(());
    }
    let name = c"proc".as_ptr() as usize;
    // SAFETY: the kernel only reads the names.
    unsafe { sys::call(__NR_mount, &[name, c"/proc".as_ptr() as usize, name]) }.map(drop)
}

/// `bench row NAME FREQUENCY BOOTED`: measures one row and prints its line.
fn one(args: &Args) -> i32 {
    let name = args.get(2).unwrap_or("");
    let parse = |i| args.get(i).and_then(|word| word.parse().ok()).unwrap_or(0);
    let Some(row) = rows().find(|row| row.name == name) else {
        eprintln!("bench: there is no row {name:?}");
        return 2;
    };
    let outcome = Bench::new(parse(3), parse(4)).and_then(|bench| row.measure(&bench));
    match outcome {
        Ok(()) => 0,
        Err(e) => {
            eprintln!("bench: {name} failed: {e}");
            1
        }
    }
}
