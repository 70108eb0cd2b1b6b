//! Step 5: sixteen processes on one System V segment, and one that came askew.

use crate::show::Show;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};
use quire_user::shared::wait_until;
use quire_user::sys::{self, IPC_CREAT, IPC_PRIVATE};
use quire_user::{Area, Errno, PAGE, SEGMENT, Shared, proc};

const PROCESSES: usize = 16;
const LEN: usize = 4 << 20;
const PAGES: u64 = (LEN / PAGE) as u64;
/// At a boundary of 256 MiB.
const ALIGNED: usize = 1 << 43;
/// At none.
const ASKEW: usize = ALIGNED + 8 * SEGMENT + 3 * PAGE;

/// What the processes tell each other.
#[derive(Default)]
struct Table {
    /// How many have touched every page.
    touched: AtomicU32,
    /// Set when all may go.
    go: AtomicU32,
    /// Words that were not as the others wrote them.
    wrong: AtomicU32,
    /// The segment as one of the sixteen sees it.
    refs: AtomicU64,
    names: AtomicU64,
    aliases: AtomicU64,
    ptes: AtomicU64,
}

impl Table {
    fn note(&self, row: proc::SegmentRow) {
        self.refs.store(row.refs, SeqCst);
        self.names.store(row.names, SeqCst);
        self.aliases.store(row.aliases, SeqCst);
        self.ptes.store(row.ptes, SeqCst);
    }
}

/// Shows both.
pub fn sixteen(show: &mut Show) -> Result<(), Errno> {
    show.title("Sixteen processes on one shared segment of 4 MiB");
    let id = sys::shmget(IPC_PRIVATE, LEN, IPC_CREAT | 0o600)?;
    let table = Shared::<Table>::new()?;
    let outcome = attach_all(show, id, &table);
    table.go.store(1, SeqCst);
    while sys::wait4(-1, 0).is_ok() {}
    sys::shm_remove(id)?;
    outcome
}

fn attach_all(show: &mut Show, id: i32, table: &Table) -> Result<(), Errno> {
    for number in 0..PROCESSES {
        sys::spawn(|| attached(id, table, number).is_err() as i32)?;
    }
    wait_until(|| table.touched.load(SeqCst) == PROCESSES as u32);
    at_a_boundary(show, id, table)?;
    askew(show, id, table)
}

fn at_a_boundary(show: &mut Show, id: i32, table: &Table) -> Result<(), Errno> {
    sys::spawn(|| look(id, table, ALIGNED).is_err() as i32)?.wait()?;
    let get = |counter: &AtomicU64| counter.load(SeqCst);
    let (touched, wrong) = (table.touched.load(SeqCst), table.wrong.load(SeqCst));
    show.exactly(
        "processes that touched every page",
        touched.into(),
        PROCESSES as u64,
    );
    show.exactly("frames", get(&table.names), PAGES);
    show.exactly("PTEs, for all of them together", get(&table.ptes), PAGES);
    // The process that looked was one more.
    show.exactly(
        "segment tables with its VSID",
        get(&table.refs),
        PROCESSES as u64 + 1,
    );
    show.exactly("aliases", get(&table.aliases), 0);
    show.exactly("words that someone saw wrong", wrong.into(), 0);
    show.say(format_args!(
        "   Attached at a boundary of 256 MiB, the segment keeps its VSID in every process: the\n   \
         second to the sixteenth found all PTEs in place. One more attaches it 3 pages off:"
    ));
    Ok(())
}

fn askew(show: &mut Show, id: i32, table: &Table) -> Result<(), Errno> {
    sys::spawn(|| look(id, table, ASKEW).is_err() as i32)?.wait()?;
    let (aliases, wrong) = (table.aliases.load(SeqCst), table.wrong.load(SeqCst));
    show.exactly("aliases, in that process's segment", aliases, PAGES);
    show.exactly("words that it saw wrong", wrong.into(), 0);
    show.say(format_args!(
        "   There each page has a second virtual address, so each frame needs a second name: an\n   \
         alias, and a PTE of its own. Both kinds see the same bytes."
    ));
    Ok(())
}

/// One of the sixteen: attaches, writes a word of its own in each page, and stays.
fn attached(id: i32, table: &Table, number: usize) -> Result<(), Errno> {
    let area = Area::attach(id, ALIGNED, LEN, 0)?;
    for page in 0..area.pages() {
        area.store_word(page * PAGE + number * 8, word(page, number));
    }
    table.touched.fetch_add(1, SeqCst);
    wait_until(|| table.go.load(SeqCst) == 1);
    Ok(())
}

/// The word of process `number` in `page`.
fn word(page: usize, number: usize) -> u64 {
    (page * 100 + number + 1) as u64
}

/// Attaches at `at`, reads every word that the sixteen wrote, and notes what the
/// segment is like.
fn look(id: i32, table: &Table, at: usize) -> Result<(), Errno> {
    let area = Area::attach(id, at, LEN, 0)?;
    for page in 0..area.pages() {
        let good = (0..PROCESSES)
            .all(|number| area.load_word(page * PAGE + number * 8) == word(page, number));
        table.wrong.fetch_add(!good as u32, SeqCst);
    }
    table.note(proc::segment_of(at).unwrap_or_default());
    area.detach()
}
