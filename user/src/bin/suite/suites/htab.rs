//! The hashed page table is a cache: whatever it loses, the bytes stay right.

use crate::harness::{Case, Outcome, Why, in_child, needs_vm, pages_up_to};
use quire_user::area::RW;
use quire_user::crowd::Crowd;
use quire_user::linux::*;
use quire_user::random::Random;
use quire_user::{Area, PAGE, SEGMENT, proc};

/// The suite.
pub const CASES: &[Case] = &[
    ("counts_add_up", counts_add_up),
    ("one_pte_for_each_page_touched", one_pte_a_page),
    ("unmapping_takes_the_ptes_away", unmapping_takes_ptes),
    ("group_overflows", group_overflows),
    ("group_overflows_across_fork", group_overflows_across_fork),
    ("pages_at_random_over_many_segments", pages_at_random),
    ("thousands_of_pages", thousands_of_pages),
    ("dead_segments_make_room", dead_segments_make_room),
    ("same_page_number_in_every_segment", same_page_number),
];

fn htab(name: &str) -> Result<u64, Why> {
    proc::lookup(c"/proc/vm/htab", name)
        .ok_or_else(|| Why::skipped("this kernel has no /proc/vm/htab"))
}

fn stat(name: &str) -> u64 {
    proc::lookup(c"/proc/vm/stat", name).unwrap_or(0)
}

fn counts_add_up() -> Outcome {
    needs_vm()?;
    let (groups, slots) = (htab("groups")?, htab("slots")?);
    check!(
        groups.is_power_of_two() && slots == 8 * groups,
        "{groups} groups of {slots} slots"
    );
    check!(htab("bolted")? + htab("live")? + htab("dead")? <= slots);
    check!(htab("live")? > 0);
    Ok(())
}

fn ptes(area: Area) -> u64 {
    proc::segment_of(area.base()).map_or(0, |row| row.ptes)
}

/// A segment with nothing else in it.
fn alone(pages: usize) -> Result<Area, quire_user::Errno> {
    Area::map(Some(1 << 41), pages * PAGE, RW, MAP_PRIVATE)
}

fn one_pte_a_page() -> Outcome {
    needs_vm()?;
    let area = alone(300)?;
    area.part(0, 200 * PAGE).fill(1);
    check_eq!(ptes(area), 200);
    area.part(0, 200 * PAGE).fill(2);
    check_eq!(ptes(area), 200);
    Ok(())
}

fn unmapping_takes_ptes() -> Outcome {
    needs_vm()?;
    let area = alone(100)?;
    area.fill(1);
    area.part(0, 40 * PAGE).unmap()?;
    check_eq!(ptes(area), 60);
    Ok(())
}

/// Writes and reads all pages of a crowd, again and again.
fn churn(crowd: &Crowd, rounds: u64) -> Outcome {
    for round in 0..rounds {
        for (i, page) in crowd.pages().enumerate() {
            page.store_word(8, round * 1000 + i as u64);
        }
        for (i, page) in crowd.pages().enumerate() {
            check_eq!(page.load_word(8), round * 1000 + i as u64);
        }
    }
    Ok(())
}

fn gather() -> Result<Crowd, Why> {
    let crowd = Crowd::gather()?.ok_or_else(|| Why::skipped("this kernel has no /proc/vm/htab"))?;
    check!(
        crowd.pages().count() > 16,
        "only {} pages of one group",
        crowd.pages().count()
    );
    Ok(crowd)
}

fn group_overflows() -> Outcome {
    let crowd = gather()?;
    let (full, evictions) = (stat("groups_full"), stat("evictions"));
    churn(&crowd, 20)?;
    check!(stat("groups_full") > full, "no group was full");
    check!(stat("evictions") > evictions, "nothing was evicted");
    crowd.disperse()?;
    Ok(())
}

fn group_overflows_across_fork() -> Outcome {
    let crowd = gather()?;
    churn(&crowd, 1)?;
    in_child(|| {
        for (i, page) in crowd.pages().enumerate() {
            check_eq!(page.load_word(8), i as u64);
        }
        churn(&crowd, 5)
    })?;
    for (i, page) in crowd.pages().enumerate() {
        check_eq!(page.load_word(8), i as u64);
    }
    churn(&crowd, 5)
}

fn pages_at_random() -> Outcome {
    const COUNT: usize = 600;
    let mut random = Random::new(42);
    let mut pages = [Area::private(PAGE)?; COUNT];
    for slot in &mut pages {
        let at = (1 << 42) + random.below(64) * SEGMENT + random.below(SEGMENT / PAGE) * PAGE;
        // If chance chose the same place twice: somewhere else.
        *slot = Area::map(Some(at), PAGE, RW, MAP_PRIVATE).or_else(|_| Area::private(PAGE))?;
    }
    for (i, page) in pages.iter().enumerate() {
        page.store_word(i * 8 % PAGE, i as u64);
    }
    for (i, page) in pages.iter().enumerate() {
        check_eq!(page.load_word(i * 8 % PAGE), i as u64);
    }
    Ok(())
}

fn thousands_of_pages() -> Outcome {
    let area = Area::private(pages_up_to(5000) * PAGE)?;
    area.fill(3);
    check_eq!(area.differs(3), None);
    let mut random = Random::new(7);
    for _ in 0..20_000 {
        let page = random.below(area.pages());
        area.store_word(
            page * PAGE + (page * 72) % PAGE,
            quire_user::random::word(3, page),
        );
    }
    check_eq!(area.differs(3), None);
    Ok(())
}

/// Processes come and go; their segments' PTEs are the first victims.
fn dead_segments_make_room() -> Outcome {
    let area = Area::private(64 * PAGE)?;
    area.fill(1);
    for i in 0..100 {
        in_child(|| {
            area.fill(i + 2);
            check_eq!(area.differs(i + 2), None);
            Ok(())
        })?;
    }
    check_eq!(area.differs(1), None);
    Ok(())
}

/// The VSIDs are scrambled, so the same page of many segments does not collide.
fn same_page_number() -> Outcome {
    needs_vm()?;
    let evictions = stat("evictions");
    for i in 0..64usize {
        let page = Area::map(
            Some((1 << 42) + i * SEGMENT + 5 * PAGE),
            PAGE,
            RW,
            MAP_PRIVATE,
        )?;
        page.fill_all(i as u64);
        check_eq!(page.differs_anywhere(i as u64), None);
    }
    let evicted = stat("evictions") - evictions;
    check!(evicted < 32, "{evicted} evictions for 64 pages");
    Ok(())
}
