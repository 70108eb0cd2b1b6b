//! Step 4: what the first write after a fork costs, on each side.

use crate::counters::Counters;
use crate::show::{Show, Strategy};
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};
use quire_user::area::RW;
use quire_user::linux::MAP_PRIVATE;
use quire_user::shared::wait_until;
use quire_user::{Area, Errno, PAGE, Shared, sys};

/// Where the memory is: a segment with nothing else in it.
const PLACE: usize = 1 << 40;
const PAGES: usize = 1024;

/// What one write did.
#[derive(Default)]
struct Write {
    moves: AtomicU64,
    copies: AtomicU64,
    renames: AtomicU64,
    folds: AtomicU64,
    keys_cleared: AtomicU64,
}

impl Write {
    /// Writes one word of page `page`, between two looks at the counters.
    fn measure(&self, area: Area, page: usize) {
        let before = Counters::now();
        area.store_word(page * PAGE, 2);
        let after = Counters::again();
        self.moves.store(after.more(&before, "moves"), SeqCst);
        self.copies.store(after.more(&before, "copies"), SeqCst);
        self.renames.store(after.more(&before, "renames"), SeqCst);
        self.folds.store(after.more(&before, "folds"), SeqCst);
        self.keys_cleared
            .store(after.more(&before, "keys_cleared"), SeqCst);
    }

    fn all(&self) -> [u64; 5] {
        [
            &self.moves,
            &self.copies,
            &self.renames,
            &self.folds,
            &self.keys_cleared,
        ]
        .map(|counter| counter.load(SeqCst))
    }
}

/// The child writes, the parent writes, and the last owner writes.
pub fn each_side(show: &mut Show) -> Result<(), Errno> {
    show.title("A write on each side");
    let area = Area::map(Some(PLACE), PAGES * PAGE, RW, MAP_PRIVATE)?;
    area.fill(1);
    let write = Shared::<Write>::new()?;
    child_writes(show, area, &write)?;
    last_owner_writes(show, area, &write);
    parent_writes(show, area, &write)?;
    area.unmap()
}

/// Under fork=lazy both sides moved at the fork already; under fork=eager nobody does.
fn moves(show: &Show) -> u64 {
    (show.strategy == Strategy::Shared) as u64
}

/// Under fork=eager there is nothing to undo for a last owner.
fn undone(show: &Show) -> u64 {
    (show.strategy != Strategy::Eager) as u64
}

fn child_writes(show: &mut Show, area: Area, write: &Write) -> Result<(), Errno> {
    sys::spawn(|| {
        let_the_parent_wait();
        write.measure(area, 0);
        0
    })?
    .wait()?;
    let [moved, copied, ..] = write.all();
    show.say(format_args!(
        "   The child writes one word of one page of {PAGES}:"
    ));
    show.exactly("child moved to a segment of its own", moved, moves(show));
    show.exactly("pages copied", copied, 1);
    Ok(())
}

/// Yields until the parent has surely come to its wait4, where it writes nothing:
/// the counters are everybody's.
pub fn let_the_parent_wait() {
    for _ in 0..4 {
        sys::sched_yield();
    }
}

fn last_owner_writes(show: &mut Show, area: Area, write: &Write) {
    write.measure(area, 1);
    let [moved, copied, renamed, folded, cleared] = write.all();
    show.say(format_args!("   The child has gone; the parent writes:"));
    show.exactly("parent moved to a segment of its own", moved, 0);
    show.exactly("pages copied", copied, 0);
    show.at_least(
        "keys cleared, pages renamed, segments folded",
        cleared + renamed + folded,
        undone(show),
    );
}

fn parent_writes(show: &mut Show, area: Area, write: &Write) -> Result<(), Errno> {
    let (ready, done) = (Shared::<AtomicU32>::new()?, Shared::<AtomicU32>::new()?);
    let child = sys::spawn(|| {
        wait_until(|| ready.fetch_add(1, SeqCst) > 0);
        wait_until(|| done.load(SeqCst) == 1);
        0
    })?;
    // Its first writes are done: from now on it only looks.
    wait_until(|| ready.load(SeqCst) > 1);
    write.measure(area, 2);
    let [moved, copied, ..] = write.all();
    show.say(format_args!(
        "   A second fork, and the parent writes while the child lives:"
    ));
    show.exactly("parent moved to a segment of its own", moved, moves(show));
    show.exactly("pages copied", copied, 1);
    done.store(1, SeqCst);
    child.wait()?;
    write.measure(area, 3);
    let [_, copied, renamed, folded, _] = write.all();
    show.say(format_args!(
        "   The child has gone without a write; the parent writes another page:"
    ));
    show.exactly("pages copied", copied, 0);
    show.at_least(
        "pages renamed, segments folded",
        renamed + folded,
        undone(show),
    );
    show.say(format_args!(
        "   {}\n   \
         The last owner copies nothing: it turns its key back, or gives the frames its own name.",
        match show.strategy {
            Strategy::Eager => "Who writes gets a copy, and the other one keeps the frame.",
            _ => "Who writes moves to a new VSID above the old one, and takes only the pages it writes.",
        }
    ));
    Ok(())
}
