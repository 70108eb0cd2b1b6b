//! Where programs have their pages, and what their numbers stand for.
//!
//! There are few places, so that programs meet themselves again: at the start of a
//! segment, in the middle, and on both sides of a boundary.

use std::ops::Range;
use vm::*;

/// Pages of one place.
const EACH: u64 = 6;

/// The first addresses of the places. The second lies across a boundary, and the
/// last but one ends where the fourth begins: a stack there can grow.
const PLACES: [u64; 6] = [
    0x1000_0000,
    0x1FFF_D000,
    0x2800_0000,
    0x3000_0000,
    0x2FFF_A000,
    0x4000_0000,
];

/// Pages of all places.
pub const PAGES: u64 = EACH * PLACES.len() as u64;

/// The address of a page.
pub fn ea_of(n: u64) -> u64 {
    PLACES[(n / EACH) as usize] + n % EACH * PAGE_SIZE
}

/// Addresses from `ea` on, for as many pages as a place has at the most.
pub fn range(ea: u64, pages: u8) -> Range<u64> {
    let pages = 1 + u64::from(pages) % EACH;
    ea..(ea + pages * PAGE_SIZE).min(USER_END.0)
}

/// The pages of a range of addresses.
pub fn pages(range: &Range<u64>) -> impl Iterator<Item = u64> + use<> {
    range.clone().step_by(PAGE_SIZE as usize)
}

pub fn count(range: &Range<u64>) -> u64 {
    (range.end - range.start) / PAGE_SIZE
}

/// A file's page to begin with: near its start, or near its second segment.
pub fn first(n: u8) -> u64 {
    const FIRST: [u64; 9] = [0, 1, 2, 4, 0x1_0000, 0xFFFD, 0xFFFF, 0x1_0001, 0xFFFE];
    FIRST[usize::from(n) % FIRST.len()]
}

/// A file's size in pages.
pub fn size(n: u8) -> u64 {
    const SIZES: [u64; 10] = [4, 6, 0, 1, 2, 3, 8, 0x1_0003, 0x1_0000, 0xFFFE];
    SIZES[usize::from(n) % SIZES.len()]
}

pub fn prot(n: u8) -> Prot {
    let all = [
        Prot::READ | Prot::WRITE,
        Prot::READ,
        Prot::READ | Prot::WRITE,
        Prot::empty(),
        Prot::READ | Prot::EXEC,
        Prot::all(),
    ];
    all[usize::from(n) % all.len()]
}

pub fn strategy(n: u8) -> Fork {
    [Fork::Shared, Fork::Lazy, Fork::Eager][usize::from(n) % 3]
}
