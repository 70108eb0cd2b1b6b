//! The segment lookaside buffer is a cache too, of at most 32 segments.

use crate::harness::{Case, Outcome, begin, dies_of, finish, in_child, needs_vm, soon};
use core::sync::atomic::{AtomicU32, Ordering::SeqCst};
use quire_user::area::RW;
use quire_user::linux::*;
use quire_user::random::Random;
use quire_user::{Area, PAGE, SEGMENT, Shared, proc};

/// The suite.
pub const CASES: &[Case] = &[
    ("more_segments_than_slots", more_segments_than_slots),
    ("misses_are_counted", misses_are_counted),
    ("in_random_order", in_random_order),
    (
        "same_addresses_in_two_processes",
        same_addresses_in_two_processes,
    ),
    ("keys_follow_the_fork", keys_follow_the_fork),
    ("code_in_many_segments", code_in_many_segments),
    ("segments_come_and_go", segments_come_and_go),
    ("unmapped_segment_stays_unmapped", unmapped_segment),
    ("segments_file_names_each_once", segments_file),
];

const COUNT: usize = 80;
const BASE: usize = 1 << 42;

/// One page in each of [`COUNT`] segments.
fn spread(flags: u32) -> Result<[Area; COUNT], quire_user::Errno> {
    let mut pages = [Area::private(PAGE)?; COUNT];
    for (i, page) in pages.iter_mut().enumerate() {
        *page = Area::map(Some(BASE + i * SEGMENT + i * PAGE), PAGE, RW, flags)?;
    }
    Ok(pages)
}

fn more_segments_than_slots() -> Outcome {
    let pages = spread(MAP_PRIVATE)?;
    for round in 0..20 {
        for (i, page) in pages.iter().enumerate() {
            check_eq!(
                page.load_word(0),
                if round == 0 { 0 } else { round - 1 + i as u64 }
            );
            page.store_word(0, round + i as u64);
        }
    }
    Ok(())
}

fn misses_are_counted() -> Outcome {
    needs_vm()?;
    let misses = || proc::lookup(c"/proc/vm/stat", "slb_misses").unwrap_or(0);
    let pages = spread(MAP_PRIVATE)?;
    let before = misses();
    pages.iter().for_each(|page| page.store(0, 1));
    pages.iter().for_each(|page| page.store(0, 2));
    let more = misses() - before;
    check!(more >= COUNT as u64, "{more} misses for {COUNT} segments");
    Ok(())
}

fn in_random_order() -> Outcome {
    let pages = spread(MAP_PRIVATE)?;
    let (mut wanted, mut random) = ([0u64; COUNT], Random::new(11));
    for _ in 0..10_000 {
        let i = random.below(COUNT);
        check_eq!(pages[i].load_word(8), wanted[i]);
        wanted[i] = random.next_u64();
        pages[i].store_word(8, wanted[i]);
    }
    Ok(())
}

/// Two processes take turns at the same addresses: each sees its own bytes.
fn same_addresses_in_two_processes() -> Outcome {
    let pages = spread(MAP_PRIVATE)?;
    let turn = Shared::<AtomicU32>::new()?;
    let play = |mine: u64, parity: u32| -> Outcome {
        pages.iter().for_each(|page| page.store_word(0, mine));
        for round in 0..20 {
            check!(soon(|| turn.load(SeqCst) == 2 * round + parity));
            for page in &pages {
                check_eq!(page.load_word(0), mine + round as u64);
                page.store_word(0, mine + round as u64 + 1);
            }
            turn.fetch_add(1, SeqCst);
        }
        Ok(())
    };
    let child = begin(|| play(1000, 0))?;
    play(5000, 1)?;
    finish(child)
}

/// After a fork no page may be written through an old entry, in any segment.
fn keys_follow_the_fork() -> Outcome {
    let pages = spread(MAP_PRIVATE)?;
    for round in 0..5u64 {
        pages.iter().for_each(|page| page.store_word(0, round));
        in_child(|| {
            for page in &pages {
                check_eq!(page.load_word(0), round);
                page.store_word(0, 99);
            }
            Ok(())
        })?;
        for page in &pages {
            check_eq!(page.load_word(0), round);
        }
    }
    Ok(())
}

fn code_in_many_segments() -> Outcome {
    let pages = spread(MAP_PRIVATE)?;
    for (i, page) in pages.iter().enumerate() {
        // addi r3,r3,i; blr
        page.program(&[0x3863_0000 | i as u32, 0x4e80_0020])?;
    }
    for _ in 0..3 {
        for (i, page) in pages.iter().enumerate() {
            check_eq!(page.call(7), 7 + i);
        }
    }
    Ok(())
}

fn segments_come_and_go() -> Outcome {
    for round in 0..10 {
        let pages = spread(if round % 2 == 0 {
            MAP_PRIVATE
        } else {
            MAP_SHARED
        })?;
        for page in &pages {
            check_eq!(page.load_word(0), 0);
            page.store_word(0, round + 1);
        }
        pages.iter().try_for_each(|page| page.unmap())?;
    }
    Ok(())
}

fn unmapped_segment() -> Outcome {
    let page = Area::map(Some(BASE), PAGE, RW, MAP_PRIVATE)?;
    page.store(0, 1);
    page.unmap()?;
    dies_of(SIGSEGV, || page.load(0))?;
    dies_of(SIGSEGV, || page.store(0, 1))
}

fn segments_file() -> Outcome {
    needs_vm()?;
    let pages = spread(MAP_PRIVATE)?;
    pages.iter().for_each(|page| page.store(0, 1));
    let mut buffer = [0; 32 << 10];
    let text = proc::read(c"/proc/self/segments", &mut buffer)?;
    for page in &pages {
        let esid = (page.base() / SEGMENT) as u64;
        let mut rows = proc::segments(text).filter(|row| row.esid == esid);
        let (row, again) = (rows.next().unwrap_or_default(), rows.next());
        check!(again.is_none(), "two lines for segment {esid:#x}");
        check_eq!(
            proc::segments(text)
                .filter(|other| other.vsid == row.vsid)
                .count(),
            1
        );
        check_eq!((row.names, row.aliases, row.ptes), (1, 0, 1));
    }
    Ok(())
}
