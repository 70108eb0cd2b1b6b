//! Entries as the architecture has them: in registers, in memory, and back.

mod common;
use common::{GROUPS, free_memory};
use htab::{Entry, InMemory, PageTable, SMALLEST, Stored, bits, decode, encode, group, noted};
use htab::{rights, size_for};
use vm::*;
use zerocopy::IntoBytes;
use zerocopy::byteorder::{BigEndian, ByteOrder, LittleEndian};

/// Page 0x1abc of segment 0x123456789, in frame 0x54321: for reading and writing
/// with key 0, not for execution.
fn known() -> Pte {
    Pte {
        vpn: Vpn::new(Vsid(0x1_2345_6789), Page(0x1abc)),
        frame: FrameNo(0x54321),
        rights: Rights {
            pp: Pp::ByKey,
            fetch: Fetch::Never,
        },
    }
}

/// AVPN: the VSID, then the page's upper five bits (3); H; V. RPN; M; N; PP.
const KNOWN: Entry = Entry {
    v: 0x1_2345_6789 << 12 | 3 << 7 | 2 | 1,
    r: 0x5432_1000 | 0x10 | 0x4 | 1,
};

#[test]
fn an_entry_is_made_as_the_manual_says() {
    assert_eq!(encode(&known(), Hash::Secondary), KNOWN);
    let primary = encode(&known(), Hash::Primary);
    assert_eq!(primary.v, KNOWN.v & !2);
    assert_eq!(
        format!("{KNOWN:?}"),
        "0000123456789183 0000000054321015",
        "as it stands in messages"
    );
}

/// The bytes of the known entry, entered into its place in a table.
fn bytes_in_memory<O: ByteOrder>() -> Vec<u8> {
    let mut memory = free_memory::<O>(GROUPS);
    let slot = PteSlot(group(known().vpn, Hash::Secondary, GROUPS) * GROUP + 5);
    InMemory::new(&mut memory).enter(slot, &known(), Hash::Secondary);
    let all = memory
        .iter()
        .flat_map(|stored| [stored.v.as_bytes(), stored.r.as_bytes()].concat());
    let all: Vec<u8> = all.collect();
    let at = slot.0 as usize * 16;
    let others = all.iter().enumerate();
    assert!(
        others
            .filter(|(n, _)| !(at..at + 16).contains(n))
            .all(|(_, byte)| *byte == 0),
        "only its own 16 bytes are written"
    );
    all[at..at + 16].to_vec()
}

#[test]
fn both_halves_lie_in_memory_in_the_order_asked_for() {
    let big = [
        0, 0, 0x12, 0x34, 0x56, 0x78, 0x91, 0x83, 0, 0, 0, 0, 0x54, 0x32, 0x10, 0x15,
    ];
    let mut little = big;
    little[..8].reverse();
    little[8..].reverse();
    assert_eq!(bytes_in_memory::<BigEndian>(), big);
    assert_eq!(bytes_in_memory::<LittleEndian>(), little);
}

#[test]
fn an_entry_has_sixteen_bytes_and_a_group_a_cache_block() {
    assert_eq!(size_of::<Stored<BigEndian>>(), 16);
    assert_eq!(align_of::<Stored<LittleEndian>>(), 16);
    assert_eq!(size_of::<[Stored<BigEndian>; GROUP as usize]>(), 128);
}

#[test]
fn what_is_encoded_is_decoded_wherever_it_is_put() {
    let pages = [
        0, 1, 0x7fe, 0x7ff, 0x800, 0x801, 0x5555, 0xabcd, 0xf800, 0xffff,
    ];
    let vsids = (0..40).map(|n| Vsid((1 << n | 0x5a5a) & ((1 << 38) - 1)));
    let all = [Pp::ByKey, Pp::ReadWrite, Pp::ReadOnly];
    let mut rotation = all
        .iter()
        .cycle()
        .zip([Fetch::Allowed, Fetch::Never].iter().cycle());
    for vsid in vsids {
        for page in pages.map(Page) {
            let (pp, fetch) = rotation.next().unwrap();
            let pte = Pte {
                vpn: Vpn::new(vsid, page),
                frame: FrameNo((vsid.0 as u32).rotate_left(7) ^ page.0),
                rights: Rights {
                    pp: *pp,
                    fetch: *fetch,
                },
            };
            round_trip(&pte);
        }
    }
}

fn round_trip(pte: &Pte) {
    for groups in [GROUPS, GROUPS << 1, GROUPS << 9] {
        for hash in [Hash::Primary, Hash::Secondary] {
            for position in 0..GROUP {
                let slot = PteSlot(group(pte.vpn, hash, groups) * GROUP + position);
                let entry = encode(pte, hash);
                assert_eq!(
                    decode(entry, slot),
                    Some((*pte, Noted::empty())),
                    "{slot:?}"
                );
            }
        }
    }
}

#[test]
fn what_is_not_a_programs_is_not_decoded() {
    let slot = PteSlot(group(known().vpn, Hash::Secondary, GROUPS) * GROUP);
    for v in [
        KNOWN.v & !bits::VALID,
        KNOWN.v | bits::ONE_TERABYTE,
        KNOWN.v | bits::LARGE,
    ] {
        assert_eq!(decode(Entry { v, ..KNOWN }, slot), None);
    }
    for pp in [0, 1 << 63, 1 << 63 | 0b10] {
        let r = KNOWN.r & !bits::PP | pp;
        assert_eq!(decode(Entry { r, ..KNOWN }, slot), None);
    }
}

#[test]
fn r_and_c_are_noted() {
    let noted_with = |bits| {
        noted(Entry {
            v: KNOWN.v,
            r: KNOWN.r | bits,
        })
    };
    assert_eq!(noted_with(0), Noted::empty());
    assert_eq!(noted_with(0x100), Noted::REFERENCED);
    assert_eq!(noted_with(0x80), Noted::CHANGED);
    assert_eq!(noted_with(0x180), Noted::all());
}

#[test]
fn rights_are_pp_and_n() {
    let rights = |pp, fetch| rights(Rights { pp, fetch });
    assert_eq!(rights(Pp::ByKey, Fetch::Allowed), 1);
    assert_eq!(rights(Pp::ReadWrite, Fetch::Allowed), 2);
    assert_eq!(rights(Pp::ReadOnly, Fetch::Never), 7);
}

#[test]
fn a_table_has_1_128th_of_memory_or_the_least_there_is() {
    const MIB: u64 = 1 << 20;
    assert_eq!(SMALLEST, 256 << 10);
    for (ram, size) in [
        (0, SMALLEST),
        (MIB, SMALLEST),
        (64 * MIB, MIB / 2),
        (256 * MIB, 2 * MIB),
        (320 * MIB, 4 * MIB),
        (512 * MIB, 4 * MIB),
        (512 * MIB + 4096, 8 * MIB),
        (16 << 30, 128 * MIB),
    ] {
        assert_eq!(size_for(ram), size, "for {ram:#x} bytes");
    }
}
