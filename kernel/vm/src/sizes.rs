//! The sizes that the book tells are those that the structures have.

use crate::record::{Alias, Row};
use crate::region::Region;
use crate::segment::Segment;
use crate::space::Slot;

const BOOK: &str = include_str!("../../../docs/names.md");

/// The bytes that the book's table gives for `what`.
fn told(what: &str) -> usize {
    let start = alloc::format!("| {what} | ");
    let row = BOOK.lines().find_map(|line| line.strip_prefix(&start));
    let bytes = row.and_then(|row| row.split(' ').next()?.parse().ok());
    bytes.expect("the book's table has a row for it")
}

#[test]
fn the_book_tells_the_true_sizes() {
    assert_eq!(told("row of the frame table"), size_of::<Row>());
    assert_eq!(told("alias"), size_of::<Alias>());
    // The segment and its generation.
    assert_eq!(told("segment"), size_of::<(u64, Segment)>());
    assert_eq!(told("slot"), size_of::<Slot>());
    assert_eq!(told("region"), size_of::<Region>());
}
