//! A hundred processes and one file: what they cost beside the file's frames.
//!
//! Each maps the same 1000 pages, read-only, and touches all of them. The kernel adds up
//! the bytes of what says where pages are: regions, segment slots, segments, aliases
//! (/proc/vm/translation). The difference that the mapping makes is printed.

use crate::harness::{Case, Outcome, needs_vm};
use crate::scratch::Scratch;
use quire_user::linux::*;
use quire_user::sys::{self, Child, Fd, Pipe};
use quire_user::{Area, Errno, PAGE, SEGMENT, println, proc, random};

/// The suite.
pub const CASES: &[Case] = &[
    ("mapped_by_vsid", || {
        measure(Start::Mapping(ALIGNED), 500 + NEIGHBOURS)
    }),
    ("mapped_by_aliases", || {
        measure(Start::Mapping(UNALIGNED), 42_000)
    }),
    // fork=eager: with an alias for each page that the process has beside the file.
    ("inherited_by_vsid", || {
        measure(Start::Inheriting(ALIGNED), 5000)
    }),
    ("inherited_by_aliases", || {
        measure(Start::Inheriting(UNALIGNED), 82_000)
    }),
];

const PROCESSES: usize = 100;
const PAGES: usize = 1000;
/// Bytes of the aliases that one fault makes at the most: of a page of the program's own that
/// was inherited, and its neighbours.
const NEIGHBOURS: u64 = 16 * 40;
/// A segment's start: the file's own VSID can be in the segment table.
const ALIGNED: usize = 4096 * SEGMENT;
/// Not so: each page that is touched is an alias.
const UNALIGNED: usize = 4097 * SEGMENT + 5 * PAGE;

/// How a process comes by the mapping.
#[derive(Clone, Copy, PartialEq)]
enum Start {
    /// It maps the file itself.
    Mapping(usize),
    /// Its parent had mapped the file, and touched it.
    Inheriting(usize),
}

impl Start {
    fn place(self) -> usize {
        match self {
            Start::Mapping(at) | Start::Inheriting(at) => at,
        }
    }
}

const KINDS: [&str; 5] = ["regions", "slots", "segments", "aliases", "total"];

/// Bytes of each kind, and the free frames.
struct Cost {
    bytes: [u64; KINDS.len()],
    free: u64,
}

fn cost() -> Result<Cost, Errno> {
    let mut buffer = [0; 1024];
    let text = proc::read(c"/proc/vm/translation", &mut buffer)?;
    let bytes = KINDS.map(|kind| proc::value(text, kind).unwrap_or(0));
    let free = proc::free_frames().unwrap_or(0);
    Ok(Cost { bytes, free })
}

/// A file whose pages begin with a word of their own.
fn file() -> Result<Fd, Errno> {
    let fd = sys::create(c"thousand", O_RDWR, 0o600)?;
    for page in 0..PAGES {
        let word = random::word(1, page).to_ne_bytes();
        sys::pwrite(fd, &word, (page * PAGE) as i64)?;
    }
    sys::ftruncate(fd, (PAGES * PAGE) as i64)?;
    Ok(fd)
}

fn map(fd: Fd, at: usize) -> Result<Area, Errno> {
    Area::file_at(at, fd, 0, PAGES * PAGE, PROT_READ, MAP_SHARED)
}

/// Whether all pages are the file's: touches every one.
fn right(area: Area) -> bool {
    (0..PAGES).all(|page| area.load_word(page * PAGE) == random::word(1, page))
}

/// What the processes and the case say to each other, a byte at a time.
#[derive(Clone, Copy)]
struct Steps {
    ready: Pipe,
    go: [Pipe; 2],
}

impl Steps {
    /// One process: it says that it is there; maps and touches when told; says how that
    /// went; and goes when told.
    fn take(self, start: Start, fd: Fd) -> Result<(), Errno> {
        let mut byte = [0];
        // So that its stack is its own before anything is counted.
        let area = Area::over(start.place(), PAGES * PAGE);
        sys::write(self.ready.write, b"0")?;
        sys::read(self.go[0].read, &mut byte)?;
        if let Start::Mapping(at) = start {
            map(fd, at)?;
        }
        let said = if right(area) { b"1" } else { b"?" };
        sys::write(self.ready.write, said)?;
        sys::read(self.go[1].read, &mut byte)?;
        Ok(())
    }

    /// Waits until all have said `word`.
    fn all(self, word: u8) -> Outcome {
        let mut byte = [0];
        for _ in 0..PROCESSES {
            check_eq!(sys::read(self.ready.read, &mut byte), Ok(1));
            check_eq!(byte, [word]);
        }
        Ok(())
    }

    fn tell(self, step: usize) -> Outcome {
        Ok(sys::write_all(self.go[step].write, &[0; PROCESSES])?)
    }
}

/// The pipes of the parent's side are closed when a child ends; so nobody waits for ever.
fn processes(steps: Steps, start: Start, fd: Fd) -> Result<[Child; PROCESSES], Errno> {
    let mut error = Ok(());
    let children = core::array::from_fn(|_| {
        let child = sys::spawn(|| steps.take(start, fd).is_err() as i32);
        child.unwrap_or_else(|e| {
            error = Err(e);
            Child(0)
        })
    });
    error.map(|()| children)
}

fn measure(start: Start, most: u64) -> Outcome {
    needs_vm()?;
    let _here = Scratch::new()?;
    let fd = file()?;
    let before = cost()?;
    if let Start::Inheriting(at) = start {
        check!(right(map(fd, at)?));
    }
    let steps = Steps {
        ready: sys::pipe()?,
        go: [sys::pipe()?, sys::pipe()?],
    };
    let children = processes(steps, start, fd)?;
    steps.all(b'0')?;
    let waiting = cost()?;
    steps.tell(0)?;
    steps.all(b'1')?;
    let after = cost()?;
    steps.tell(1)?;
    for child in children {
        check_eq!(child.wait()?.code(), Some(0));
    }
    // What fork made beforehand counts where the mapping is inherited.
    let base = match start {
        Start::Mapping(_) => &waiting,
        Start::Inheriting(_) => &before,
    };
    let total = tell(start, base, &after);
    check!(total <= most, "{total} bytes per process, more than {most}");
    // Stacks may have been copied, a few pages each; none of the file's pages was.
    let frames = waiting.free.saturating_sub(after.free);
    check!(
        frames < 8 * PROCESSES as u64,
        "{frames} frames more are in use"
    );
    Ok(())
}

/// Prints what one process costs of each kind; the total.
fn tell(start: Start, base: &Cost, after: &Cost) -> u64 {
    let how = match start {
        Start::Mapping(_) => "mapped",
        Start::Inheriting(_) => "inherited",
    };
    let place = match start.place() % SEGMENT {
        0 => "at a segment's start",
        _ => "not at a segment's start",
    };
    println!("{PROCESSES} processes, {PAGES} pages each, {how} {place}:");
    let each = |i: usize| after.bytes[i].saturating_sub(base.bytes[i]) / PROCESSES as u64;
    for (i, kind) in KINDS.iter().enumerate() {
        println!("  {kind:<9} {:>7} bytes per process", each(i));
    }
    each(KINDS.len() - 1)
}
