//! Step 7: more pages want one group than it has places.

use crate::counters::Counters;
use crate::show::Show;
use quire_user::Errno;
use quire_user::crowd::Crowd;

/// Times that every page is written and read.
const ROUNDS: u64 = 20;
/// Places for a page: eight in its first group, eight in its second.
const PLACES: u64 = 16;

/// Fills a group until it overflows, and goes on.
pub fn one_group(show: &mut Show) -> Result<(), Errno> {
    show.title("A group that overflows");
    let Some(crowd) = Crowd::gather()? else {
        show.at_least("groups of the page table", 0, 1);
        return Ok(());
    };
    let before = Counters::now();
    let wrong = (0..ROUNDS).map(|round| churn(&crowd, round)).sum();
    let after = Counters::again();
    show.number("the group, by (VSID xor page) mod groups", crowd.group);
    show.at_least(
        "pages of mine that want it",
        crowd.pages().count() as u64,
        PLACES + 1,
    );
    show.number("PTEs that have room: 8, and 8 in a second one", PLACES);
    show.number("times that I wrote and read them all", ROUNDS);
    show.at_least(
        "times that both groups were full",
        after.more(&before, "groups_full"),
        1,
    );
    show.at_least(
        "PTEs thrown out for another",
        after.more(&before, "evictions"),
        1,
    );
    show.exactly("words that were wrong", wrong, 0);
    show.say(format_args!(
        "   The table is a cache. What it loses is found again from the frame table, by one\n   \
         fault; the bytes are never in doubt. (I chose these pages: the kernel tells me VSIDs.)"
    ));
    crowd.disperse()
}

/// Writes all pages, then reads them; how many words were wrong.
fn churn(crowd: &Crowd, round: u64) -> u64 {
    let word = |i: usize| round << 32 | i as u64;
    crowd
        .pages()
        .enumerate()
        .for_each(|(i, page)| page.store_word(8, word(i)));
    crowd
        .pages()
        .enumerate()
        .filter(|(i, page)| page.load_word(8) != word(*i))
        .count() as u64
}
