//! What the TLB holds, where the kernel fills it and can tell: /proc/vm/tlb.

use crate::{Errno, PAGE, proc, sys};
use linux_raw_sys::general::O_RDONLY;

/// More entries than a TLB of pages has.
const MOST: usize = 1024;
/// Room for that many lines, and those of segments.
const ROOM: usize = 96 << 10;

/// What programs may do by an entry: "rwx", a `-` for what they may not.
pub type Rights = [u8; 3];

/// One entry for a program's page.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entry {
    /// The page's effective address.
    pub page: usize,
    /// Its real address.
    pub real: u64,
    /// The process identifier that it is tagged with.
    pub pid: u64,
    /// What the kernel may do by it.
    pub kernel: Rights,
    /// What the program may do.
    pub programs: Rights,
}

/// All entries for programs' pages at one moment.
pub struct Tlb {
    /// The process identifier of whoever looked.
    pub pid: u64,
    /// How many of these have been given, ever.
    pub given: u64,
    entries: [Entry; MOST],
    count: usize,
}

impl Tlb {
    /// What it holds now. `None` where the kernel cannot tell.
    pub fn now() -> Result<Option<Tlb>, Errno> {
        // The text is made here. What follows touches many pages, and so changes the TLB.
        match sys::open(c"/proc/vm/tlb", O_RDONLY) {
            Ok(fd) => read(fd),
            Err(_) => Ok(None),
        }
    }

    /// The entries.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries[..self.count].iter()
    }

    /// Those for the page at `address`, whatever they are tagged with.
    pub fn of(&self, address: usize) -> impl Iterator<Item = &Entry> {
        let page = address & !(PAGE - 1);
        self.entries().filter(move |entry| entry.page == page)
    }

    /// The one for the page at `address` of whoever looked.
    pub fn mine(&self, address: usize) -> Option<&Entry> {
        self.of(address).find(|entry| entry.pid == self.pid)
    }
}

#[inline(never)]
fn read(fd: sys::Fd) -> Result<Option<Tlb>, Errno> {
    let mut room = [0; ROOM];
    let text = proc::read_open(fd, &mut room)?;
    // Counts, segments, and the two TLBs.
    let mut parts = text.split("\n\n");
    let (counts, pages) = (parts.next().unwrap_or(""), parts.nth(1).unwrap_or(""));
    if !pages.starts_with("tlb0") {
        return Ok(None);
    }
    let count = |name| {
        let mut words = counts.split_whitespace().skip_while(|word| *word != name);
        proc::number(words.nth(1)?)
    };
    let mut tlb = Tlb {
        pid: count("pid").unwrap_or(0),
        given: count("given").unwrap_or(0),
        entries: [Entry::default(); MOST],
        count: 0,
    };
    for entry in pages.lines().filter_map(entry).take(MOST) {
        tlb.entries[tlb.count] = entry;
        tlb.count += 1;
    }
    Ok(Some(tlb))
}

/// Of a line "set.way effective real kib pid kernel programs".
fn entry(line: &str) -> Option<Entry> {
    let word = |n| line.split_whitespace().nth(n);
    let rights = |n| word(n)?.as_bytes().try_into().ok();
    Some(Entry {
        page: proc::number(word(1)?)? as usize,
        real: proc::number(word(2)?)?,
        pid: proc::number(word(4)?)?,
        kernel: rights(5)?,
        programs: rights(6)?,
    })
}
