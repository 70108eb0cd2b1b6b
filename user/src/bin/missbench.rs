//! What a TLB miss costs, in instructions.
//!
//! Pages that were all written before are loaded from, stored to or executed, one access
//! a page: more of them than the TLB has entries. The same walk over a single page, which
//! hits, is subtracted. So what is left was spent by the kernel on misses: nothing, where
//! the processor itself looks the page up in the page table.
//!
//! Run it with CLOCK=instructions, or `make bench-miss`: then a nanosecond is an
//! instruction.
#![no_std]
#![no_main]

use core::hint::black_box;
use quire_user::area::RW;
use quire_user::linux::*;
use quire_user::random::Random;
use quire_user::{Area, Args, Errno, PAGE, SEGMENT, clock, eprintln, print, println, proc, sys};

quire_user::program!(main);

/// How many pages are walked.
const SIZES: [usize; 6] = [64, 128, 512, 1024, 2048, 4096];
/// The most of them.
const MOST: usize = 4096;
/// Pages that are touched to drive all others out of the TLB.
const OTHERS: usize = 2048;
/// Where the pages are: a segment for those with data, one for those with instructions,
/// and one for those that drive the others out. The lowest bits of their numbers are not
/// those of the program's own segment, nor of the stack's: where they decide which segments
/// the kernel has at hand, those of this program are all at hand.
const PLACES: [usize; 3] = [0x1002 * SEGMENT, 0x1003 * SEGMENT, 0x1004 * SEGMENT];
/// Walks of which the shortest counts: in the others a tick of the scheduler came.
const RUNS: usize = 5;
/// Pages whose place in the page table is looked up.
const SAMPLES: usize = 64;
/// blr: return.
const BLR: u32 = 0x4e80_0020;

fn main(_args: &Args) -> i32 {
    match Bench::new().and_then(|bench| bench.print()) {
        Ok(()) => 0,
        Err(e) => {
            eprintln!("missbench: {e}");
            1
        }
    }
}

/// Makes `count` accesses, from `base` on, `stride` bytes apart.
type Walk = fn(base: usize, stride: usize, count: usize);

#[inline(never)]
fn loads(base: usize, stride: usize, count: usize) {
    for i in 0..count {
        // SAFETY: a page of the bench's; volatile, so that the access is made.
        unsafe { ((base + i * stride) as *const u8).read_volatile() };
    }
}

#[inline(never)]
fn stores(base: usize, stride: usize, count: usize) {
    for i in 0..count {
        // SAFETY: as above.
        unsafe { ((base + i * stride) as *mut u8).write_volatile(1) };
    }
}

#[inline(never)]
fn fetches(base: usize, stride: usize, count: usize) {
    for i in 0..count {
        // SAFETY: an instruction that returns is there.
        let f: extern "C" fn() = unsafe { core::mem::transmute(black_box(base + i * stride)) };
        f();
    }
}

/// What an access finds in the TLB.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tlb {
    /// Other pages.
    Others,
    /// What the same walk has left there, just before.
    Itself,
}

struct Bench {
    data: Area,
    code: Area,
    others: Area,
}

impl Bench {
    /// Maps all pages and touches them, so that each has its PTE.
    fn new() -> Result<Bench, Errno> {
        let pages = |place, count| Area::map(Some(place), count * PAGE, RW, MAP_PRIVATE);
        let bench = Bench {
            data: pages(PLACES[0], MOST)?,
            code: pages(PLACES[1], MOST)?,
            others: pages(PLACES[2], OTHERS)?,
        };
        for page in 0..MOST {
            bench.code.put(page * PAGE, &BLR.to_ne_bytes());
        }
        bench.code.protect(PROT_READ | PROT_EXEC)?;
        stores(bench.data.base(), PAGE, MOST);
        stores(bench.others.base(), PAGE, OTHERS);
        fetches(bench.code.base(), PAGE, MOST);
        Ok(bench)
    }

    /// Touches other pages in no order: with high probability each entry of the TLB is
    /// one of theirs after that, whichever entry the processor replaces at a miss.
    fn drive_out(&self) {
        let mut random = Random::new(1);
        for _ in 0..2 * OTHERS {
            self.others.load(random.below(OTHERS) * PAGE);
        }
    }

    /// The time that an access to each of `count` pages takes beyond one to a page that
    /// hits.
    fn cost(&self, walk: Walk, area: Area, count: usize, tlb: Tlb) -> Tenths {
        let least = |stride| {
            let run = |_| {
                match tlb {
                    Tlb::Others => self.drive_out(),
                    Tlb::Itself => walk(area.base(), stride, count),
                }
                let start = sys::now();
                walk(area.base(), stride, count);
                sys::now() - start
            };
            (0..RUNS).map(run).min().unwrap_or(0)
        };
        let more = least(PAGE).saturating_sub(least(0));
        // A walk over one page, too, finds it driven out once.
        let misses = match tlb {
            Tlb::Others => count - 1,
            Tlb::Itself => count,
        };
        Tenths(more * 10 / misses as u64)
    }

    fn print(&self) -> Result<(), Errno> {
        let unit = match clock::counts_instructions() {
            true => "Instructions",
            false => "Nanoseconds of the host's, which wobble (CLOCK=instructions counts),",
        };
        println!("{unit} for each page, beyond the loop's own; the least of {RUNS} walks.");
        println!("`again`: right after the same walk. Else other pages are in the TLB.");
        println!("pages     load    store    fetch    load again");
        let mut last = [Tenths(0); 4];
        for count in SIZES {
            last = self.line(count);
            print!("{count:>5}");
            last[..3].iter().for_each(|cost| print!(" {cost:>8}"));
            println!(" {:>13}", last[3]);
        }
        let [load, store, fetch, _] = last;
        self.print_places()?;
        println!("instructions per TLB miss: load={load} store={store} fetch={fetch}");
        Ok(())
    }

    fn line(&self, count: usize) -> [Tenths; 4] {
        let walks: [(Walk, Area, Tlb); 4] = [
            (loads, self.data, Tlb::Others),
            (stores, self.data, Tlb::Others),
            (fetches, self.code, Tlb::Others),
            (loads, self.data, Tlb::Itself),
        ];
        walks.map(|(walk, area, tlb)| self.cost(walk, area, count, tlb))
    }

    /// Says in which of its two groups a page's PTE is: the first is looked at first.
    fn print_places(&self) -> Result<(), Errno> {
        let Some(groups) = proc::lookup(c"/proc/vm/htab", "groups") else {
            return Ok(());
        };
        for (name, area) in [("data", self.data), ("instructions", self.code)] {
            let Some(row) = proc::segment_of(area.base()) else {
                continue;
            };
            let pages = (0..SAMPLES).map(|i| (i * (MOST / SAMPLES)) as u64);
            let primary = pages.filter(|&page| {
                let group = (row.vsid ^ page) & (groups - 1);
                has_pte(group, row.vsid, page)
            });
            let primary = primary.count();
            println!(
                "pages of {name}: of {SAMPLES}, {primary} have their PTE in the primary group"
            );
        }
        Ok(())
    }
}

/// Whether /proc/vm/pteg shows a PTE of that page in that group.
fn has_pte(group: u64, vsid: u64, page: u64) -> bool {
    let path = quire_user::Text::<64>::format(format_args!("/proc/vm/pteg/{group}"));
    let mut buffer = [0; 2048];
    let text = proc::read(path.as_cstr(), &mut buffer).unwrap_or("");
    text.lines().skip(1).any(|line| {
        let number = |column| proc::number(line.split_whitespace().nth(column)?);
        number(2) == Some(vsid) && number(3) == Some(page)
    })
}

/// A number with one digit after the point.
#[derive(Clone, Copy)]
struct Tenths(u64);

impl core::fmt::Display for Tenths {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let text = quire_user::Text::<24>::format(format_args!("{}.{}", self.0 / 10, self.0 % 10));
        f.pad(text.as_str())
    }
}
