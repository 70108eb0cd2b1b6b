//! Step 6: a private and a shared mapping across a fork.

use crate::counters::Counters;
use crate::show::Show;
use crate::writing::let_the_parent_wait;
use core::sync::atomic::{AtomicU64, Ordering::SeqCst};
use quire_user::area::RW;
use quire_user::linux::{MAP_PRIVATE, MAP_SHARED};
use quire_user::{Area, Errno, PAGE, SEGMENT, Shared, sys};

const PAGES: usize = 16;
const PLACE: usize = (1 << 40) + 64 * SEGMENT;

/// The child writes to both; the parent looks.
pub fn private_and_shared(show: &mut Show) -> Result<(), Errno> {
    show.title("A private and a shared mapping, 16 pages each, across a fork");
    let private = Area::map(Some(PLACE), PAGES * PAGE, RW, MAP_PRIVATE)?;
    let shared = Area::map(Some(PLACE + 2 * SEGMENT), PAGES * PAGE, RW, MAP_SHARED)?;
    private.fill(1);
    shared.fill(1);
    let copies = Shared::<[AtomicU64; 2]>::new()?;
    sys::spawn(|| {
        let_the_parent_wait();
        copies[0].store(copies_of_writing(private), SeqCst);
        copies[1].store(copies_of_writing(shared), SeqCst);
        0
    })?
    .wait()?;
    show.exactly(
        "private: pages copied for the child",
        copies[0].load(SeqCst),
        PAGES as u64,
    );
    show.exactly(
        "private: pages where the parent sees the change",
        changed(private),
        0,
    );
    show.exactly(
        "shared: pages copied for the child",
        copies[1].load(SeqCst),
        0,
    );
    show.exactly(
        "shared: pages where the parent sees the change",
        changed(shared),
        PAGES as u64,
    );
    show.say(format_args!(
        "   The same fork, two meanings. A shared page is writable whatever the key says, and\n   \
         stays one frame; a private one becomes two when someone writes."
    ));
    private.unmap()?;
    shared.unmap()
}

/// Pages copied while all of `area` is written anew.
fn copies_of_writing(area: Area) -> u64 {
    let before = Counters::now();
    area.fill(2);
    Counters::again().more(&before, "copies")
}

/// Pages of `area` that hold what the child wrote.
fn changed(area: Area) -> u64 {
    let (old, new) = (area.differs(1).is_none(), area.differs(2).is_none());
    match (old, new) {
        (true, _) => 0,
        (_, true) => PAGES as u64,
        // Neither: some of each, which is wrong for both kinds.
        _ => u64::MAX,
    }
}
