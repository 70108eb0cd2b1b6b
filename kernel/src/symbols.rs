//! The names of the kernel's functions, for backtraces.
//!
//! `tools/pack-symbols` makes the table after linking. Its numbers are little-endian
//! u32: how many functions there are; for each, in order of address, its start,
//! counted from the start of text, and where its name ends among the names; then
//! the names, one after another.

use crate::arch;

/// A function, and a place in it.
pub struct Symbol {
    /// Its name.
    pub name: &'static str,
    /// Bytes from its start.
    pub offset: u64,
}

/// The packed table.
struct Table {
    /// Start and end of name.
    rows: &'static [[[u8; 4]; 2]],
    names: &'static [u8],
}

impl Table {
    /// `None` if nothing was packed.
    fn get() -> Option<Table> {
        let (numbers, _) = arch::symbol_table().as_chunks::<4>();
        let (count, numbers) = numbers.split_first()?;
        let (rows, names) = numbers.as_chunks::<2>().0.split_at_checked(number(count))?;
        (!rows.is_empty()).then_some(Table {
            rows,
            names: names.as_flattened().as_flattened(),
        })
    }

    fn start(row: &[[u8; 4]; 2]) -> u64 {
        number(&row[0]) as u64
    }

    fn name(&self, index: usize) -> Option<&'static str> {
        let end_of = |index: usize| number(&self.rows[index][1]);
        let start = index.checked_sub(1).map_or(0, end_of);
        core::str::from_utf8(self.names.get(start..end_of(index))?).ok()
    }
}

fn number(bytes: &[u8; 4]) -> usize {
    u32::from_le_bytes(*bytes) as usize
}

/// The function that the instruction at `address` belongs to.
pub fn find(address: u64) -> Option<Symbol> {
    let text = arch::text();
    text.contains(&address).then_some(())?;
    let at = address - text.start;
    let table = Table::get()?;
    let index = table
        .rows
        .partition_point(|row| Table::start(row) <= at)
        .checked_sub(1)?;
    Some(Symbol {
        name: table.name(index)?,
        offset: at - Table::start(&table.rows[index]),
    })
}
