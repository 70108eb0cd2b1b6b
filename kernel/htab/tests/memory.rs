//! The table in memory: what each call leaves there, and that one which names a slot
//! wrongly is refused loudly.

mod common;
use common::{GROUPS, free_memory};
use htab::{Entry, InMemory, PageTable, Stored, encode, group};
use vm::*;
use zerocopy::byteorder::{BigEndian, ByteOrder, LittleEndian};

const READ_ONLY: Rights = Rights {
    pp: Pp::ReadOnly,
    fetch: Fetch::Never,
};

fn page(page: u32) -> Pte {
    Pte {
        vpn: Vpn::new(Vsid(0x1234), Page(page)),
        frame: FrameNo(page + 0x100),
        rights: Rights {
            pp: Pp::ByKey,
            fetch: Fetch::Allowed,
        },
    }
}

fn slot(pte: &Pte, hash: Hash) -> PteSlot {
    PteSlot(group(pte.vpn, hash, GROUPS) * GROUP + 3)
}

/// A table with pages 7 and 8 in it, and where page 7 is.
fn with_two<O: ByteOrder>() -> (Vec<Stored<O>>, PteSlot) {
    let mut memory = free_memory::<O>(GROUPS);
    let mut table = InMemory::new(&mut memory);
    let at = slot(&page(7), Hash::Primary);
    table.enter(at, &page(7), Hash::Primary);
    table.enter(slot(&page(8), Hash::Secondary), &page(8), Hash::Secondary);
    (memory, at)
}

/// What a processor does when it fills its TLB for a store.
fn use_it<O: ByteOrder>(memory: &mut [Stored<O>], slot: PteSlot) {
    let r = &mut memory[slot.0 as usize].r;
    r.set(r.get() | 0x180);
}

fn entries_come_and_go<O: ByteOrder>() {
    let (mut memory, at) = with_two::<O>();
    let entered = encode(&page(7), Hash::Primary);
    assert_eq!(InMemory::new(&mut memory).read(at), entered);
    use_it(&mut memory, at);
    let used = Entry {
        r: entered.r | 0x180,
        ..entered
    };
    let mut table = InMemory::new(&mut memory);
    assert_eq!(table.remove(at, Some(page(7).vpn)), used);
    assert!(!table.read(at).is_valid());
    table.enter(at, &page(7), Hash::Primary);
    assert_eq!(table.read(at), entered, "R and C begin anew");
    assert_eq!(table.remove(at, None), entered);
    let other = table.read(slot(&page(8), Hash::Secondary));
    assert_eq!(other, encode(&page(8), Hash::Secondary));
    assert_eq!(table.groups(), GROUPS);
}

fn protect_keeps_the_rest<O: ByteOrder>() {
    let (mut memory, at) = with_two::<O>();
    use_it(&mut memory, at);
    let mut table = InMemory::new(&mut memory);
    let before = table.read(at);
    table.protect(at, page(7).vpn, READ_ONLY);
    let r = before.r & !1 | 7;
    assert_eq!(table.read(at), Entry { r, ..before });
    table.protect(at, page(7).vpn, page(7).rights);
    assert_eq!(table.read(at), before);
}

#[test]
fn entries_come_and_go_in_both_orders() {
    entries_come_and_go::<BigEndian>();
    entries_come_and_go::<LittleEndian>();
}

#[test]
fn protect_keeps_all_but_the_rights_in_both_orders() {
    protect_keeps_the_rest::<BigEndian>();
    protect_keeps_the_rest::<LittleEndian>();
}

/// Does what must panic to a table with two entries, one of them in the slot passed.
fn misuse<T>(call: impl FnOnce(&mut InMemory<'_, BigEndian>, PteSlot) -> T) {
    let (mut memory, at) = with_two();
    call(&mut InMemory::new(&mut memory), at);
}

/// Where page 7 is not.
fn free(slot: PteSlot) -> PteSlot {
    PteSlot(slot.0 + 1)
}

#[test]
#[should_panic(expected = "is not free: 0000000001234001 0000000000107011")]
fn a_taken_slot_is_not_entered() {
    misuse(|table, at| table.enter(at, &page(7), Hash::Primary));
}

#[test]
#[should_panic(expected = "is not in group")]
fn a_slot_of_another_group_is_not_entered() {
    misuse(|table, at| table.enter(free(at), &page(9), Hash::Primary));
}

#[test]
#[should_panic(expected = "has 0000000000000000 0000000000000000 (None), not Some")]
fn a_free_slot_is_not_removed() {
    misuse(|table, at| table.remove(free(at), Some(page(7).vpn)));
}

#[test]
#[should_panic(expected = "(None), not None")]
fn a_free_slot_is_not_removed_whatever_was_there() {
    misuse(|table, at| table.remove(free(at), None));
}

#[test]
#[should_panic(expected = "(Some(Vpn(0x12340007))), not Some(Vpn(0x12340008))")]
fn another_pages_entry_is_not_removed() {
    misuse(|table, at| table.remove(at, Some(page(8).vpn)));
}

#[test]
#[should_panic(expected = "not Some(Vpn(0x12340807))")]
fn another_pages_entry_is_not_protected() {
    misuse(|table, at| table.protect(at, page(0x807).vpn, READ_ONLY));
}

#[test]
#[should_panic(expected = "(None), not Some")]
fn a_free_slot_is_not_protected() {
    misuse(|table, at| table.protect(free(at), page(7).vpn, READ_ONLY));
}

#[test]
#[should_panic(expected = "an HTAB of 0x20000 bytes")]
fn a_table_below_the_smallest_is_none() {
    InMemory::new(&mut free_memory::<BigEndian>(GROUPS / 2));
}

#[test]
#[should_panic(expected = "an HTAB of 0x60000 bytes")]
fn a_table_is_a_power_of_two() {
    InMemory::new(&mut free_memory::<BigEndian>(GROUPS / 2 * 3));
}
