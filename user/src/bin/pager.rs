//! A pager in a program: memory that is brought in page by page, by the program itself.
//!
//! The program reserves addresses with no right to touch them. Each first touch is a
//! fault; the handler of SIGSEGV is told the address, gives the page rights, and fills
//! it. So a program can keep memory elsewhere: compressed, in a file, at another
//! machine. To compare: the kernel's own way with a page that was never touched.
#![no_std]
#![no_main]

use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use quire_user::area::RW;
use quire_user::linux::*;
use quire_user::sys::{self, Context, Info};
use quire_user::{Area, Args, Errno, PAGE, eprintln, println};

quire_user::program!(main);

const PAGES: usize = 1000;

/// Where the reserved addresses are, and how many pages were brought in.
static BASE: AtomicUsize = AtomicUsize::new(0);
static BROUGHT: AtomicUsize = AtomicUsize::new(0);

/// The exit status when a fault is not the pager's, or it has no memory.
const LOST: i32 = 3;

extern "C" fn bring_in(_: u32, info: &Info, _: &mut Context) {
    let offset = info.address().wrapping_sub(BASE.load(Relaxed));
    if offset >= PAGES * PAGE || fill(offset / PAGE).is_err() {
        sys::exit(LOST);
    }
    BROUGHT.fetch_add(1, Relaxed);
}

/// Page `n` holds the squares of the numbers from 512 n on.
fn fill(n: usize) -> Result<(), Errno> {
    let page = Area::over(BASE.load(Relaxed) + n * PAGE, PAGE);
    page.protect(RW)?;
    for i in 0..PAGE / 8 {
        page.store_word(i * 8, square(n * PAGE / 8 + i));
    }
    page.protect(PROT_READ)
}

fn square(i: usize) -> u64 {
    (i * i) as u64
}

fn main(_: &Args) -> i32 {
    match show() {
        Ok(right) => !right as i32,
        Err(e) => {
            eprintln!("pager: {e}");
            1
        }
    }
}

fn show() -> Result<bool, Errno> {
    let area = Area::map(None, PAGES * PAGE, PROT_NONE, MAP_PRIVATE)?;
    BASE.store(area.base(), Relaxed);
    sys::handle(SIGSEGV, bring_in, 0)?;
    println!("{PAGES} pages of squares, none of them there yet");
    let mut right = true;
    for i in [5, 100_000, 300_000, 5, 511_999] {
        let found = area.load_word(i * 8);
        right &= found == square(i);
        println!(
            "  {i:>6} squared is {found:<14} {:>4} brought in",
            BROUGHT.load(Relaxed)
        );
    }
    let ns = time(|| (0..PAGES).all(|n| area.load(n * PAGE) as u64 == square(n * PAGE / 8) & 0xff));
    println!(
        "  all touched                      {:>4} brought in",
        BROUGHT.load(Relaxed)
    );
    println!(
        "  ns for each page by the program  {:>8}",
        ns / PAGES as u64
    );
    let plain = Area::private(PAGES * PAGE)?;
    let ns = time(|| {
        plain.fill(1);
        true
    });
    println!(
        "  ns for each page by the kernel   {:>8}",
        ns / PAGES as u64
    );
    Ok(right && BROUGHT.load(Relaxed) == PAGES)
}

/// Nanoseconds that `work` takes.
fn time(work: impl FnOnce() -> bool) -> u64 {
    let start = sys::now();
    core::hint::black_box(work());
    sys::now() - start
}
