//! Says by its exit status what execve passed to it. The exec suite runs it.
//!
//! `argcheck args N` wants N further arguments "0", "1", …; `noargs` wants none. `env`
//! wants exactly `A=1` and `QUIRE=yes` in the environment, in any order; `noenv` wants it
//! empty. `aux` wants a sane auxiliary vector, `fresh` clean memory. `segv` dies. `loader`
//! wants to have been started to load another program.
#![no_std]
#![no_main]

use core::sync::atomic::{AtomicU64, Ordering};
use quire_user::linux_auxvec::*;
use quire_user::{Args, PAGE, proc, sys};

quire_user::program!(main);

/// In .bss: zero in every new program.
static BSS: [AtomicU64; 2048] = [const { AtomicU64::new(0) }; 2048];
/// In .data: as the file says.
static DATA: [AtomicU64; 4] = [const { AtomicU64::new(0x5155_4952_4551_5549) }; 4];

fn main(args: &Args) -> i32 {
    let good = match args.get(1) {
        Some("args") => numbered(args),
        Some("env") => {
            args.environment().count() == 2
                && [c"A=1", c"QUIRE=yes"]
                    .iter()
                    .all(|e| args.environment().any(|f| f == *e))
        }
        Some("noenv") => args.environment().next().is_none(),
        Some("noargs") => args.count() == 2,
        Some("aux") => auxiliary(args),
        Some("fresh") => fresh(),
        Some("loader") => loader(args),
        Some("segv") => quire_user::Area::private(PAGE)
            .and_then(|a| a.unmap().map(|()| a.load(0)))
            .is_ok(),
        _ => return 64,
    };
    if good { 0 } else { 1 }
}

fn numbered(args: &Args) -> bool {
    let wanted = args.get(2).and_then(proc::number).unwrap_or(0) as usize;
    args.count() == wanted + 3
        && (0..wanted).all(|i| args.get(i + 3).and_then(proc::number) == Some(i as u64))
        && args.get(args.count()).is_none()
}

/// What any ELF program may rely on: page size, program headers, entry point,
/// and 16 random bytes.
fn auxiliary(args: &Args) -> bool {
    let inside = |address: usize| (0x1000_0000..0x2000_0000).contains(&address);
    args.auxiliary(AT_PAGESZ) == Some(PAGE)
        && args.auxiliary(AT_PHDR).is_some_and(inside)
        && args.auxiliary(AT_PHENT) == Some(56)
        && args.auxiliary(AT_PHNUM) == Some(4)
        && args.auxiliary(AT_ENTRY).is_some_and(inside)
        && args
            .auxiliary(AT_RANDOM)
            .is_some_and(|address| address != 0)
}

/// What a loader is told of the program, which is one of two that `broken/make.sh` makes:
/// ET_EXEC at 768 MiB, or ET_DYN wherever it has been put. It is at its own place.
fn loader(args: &Args) -> bool {
    let (Some(entry), Some(headers)) = (args.auxiliary(AT_ENTRY), args.auxiliary(AT_PHDR)) else {
        return false;
    };
    entry == headers + 0x38
        && headers % PAGE == 64
        && args.auxiliary(AT_PHNUM) == Some(2)
        && args.auxiliary(AT_BASE) == Some(0)
        && main as *const () as usize & !0xfff_ffff != entry & !0xfff_ffff
}

/// .bss is zero, .data is as linked, and the heap begins behind them.
fn fresh() -> bool {
    let zero = BSS.iter().all(|word| word.swap(1, Ordering::Relaxed) == 0);
    let data = DATA
        .iter()
        .all(|word| word.swap(2, Ordering::Relaxed) == 0x5155_4952_4551_5549);
    // SAFETY: only asks.
    let heap = unsafe { sys::brk(0) };
    zero && data && heap >= BSS.as_ptr_range().end as usize
}
