//! A program that does what it may not is ended by the right signal.
//!
//! Instructions are put into memory as words, so that no assembly is needed:
//! their encodings are those of the Power ISA v3.0B, Book I and III.

use crate::harness::{Case, Outcome, Why, dies_of, in_child, modest_stack};
use quire_user::area::RW;
use quire_user::linux::*;
use quire_user::{Area, PAGE, proc, sys};

/// The suite.
pub const CASES: &[Case] = &[
    ("load_from_unmapped", load_from_unmapped),
    ("store_to_unmapped", store_to_unmapped),
    ("null", null),
    ("store_to_read_only", store_to_read_only),
    ("store_to_text", store_to_text),
    ("prot_none", prot_none),
    ("fetch_from_data", fetch_from_data),
    ("fetch_from_stack", fetch_from_stack),
    ("fetch_from_unmapped", fetch_from_unmapped),
    ("kernel_addresses", kernel_addresses),
    ("addresses_beyond_the_last", addresses_beyond_the_last),
    ("new_code_runs", new_code_runs),
    ("illegal_word", illegal_word),
    ("privileged_instructions", privileged_instructions),
    ("trap_instruction", trap_instruction),
    ("misaligned_reservation", misaligned_reservation),
    ("misaligned_load_is_fine", misaligned_load_is_fine),
    ("stack_grows", stack_grows),
    ("stack_overflow", stack_overflow),
    (
        "fault_in_the_middle_of_a_store",
        fault_in_the_middle_of_a_store,
    ),
    ("parent_survives_many_faults", parent_survives_many_faults),
];

/// blr: return.
const BLR: u32 = 0x4e80_0020;

fn load(address: usize) {
    // SAFETY: no Rust object is concerned: the kernel ends this child.
    unsafe { (address as *const u8).read_volatile() };
}

fn store(address: usize) {
    // SAFETY: the kernel ends this child; should it not, the child ends itself next.
    unsafe { (address as *mut u8).write_volatile(1) };
}

fn load_from_unmapped() -> Outcome {
    let area = Area::private(PAGE)?;
    area.unmap()?;
    dies_of(SIGSEGV, || load(area.base()))
}

fn store_to_unmapped() -> Outcome {
    let area = Area::private(PAGE)?;
    area.unmap()?;
    dies_of(SIGSEGV, || store(area.base()))
}

fn null() -> Outcome {
    dies_of(SIGSEGV, || load(core::hint::black_box(0)))?;
    dies_of(SIGSEGV, || store(core::hint::black_box(8)))?;
    dies_of(SIGSEGV, || fetch(core::hint::black_box(0)))
}

fn store_to_read_only() -> Outcome {
    let area = Area::map(None, PAGE, PROT_READ, MAP_PRIVATE)?;
    check_eq!(area.load(0), 0);
    dies_of(SIGSEGV, || store(area.base()))?;
    area.protect(RW)?;
    area.store(0, 7);
    area.protect(PROT_READ)?;
    dies_of(SIGSEGV, || store(area.base()))?;
    check_eq!(area.load(0), 7);
    Ok(())
}

fn store_to_text() -> Outcome {
    dies_of(SIGSEGV, || store(store_to_text as *const () as usize))?;
    dies_of(SIGSEGV, || store("a string constant".as_ptr() as usize))
}

fn prot_none() -> Outcome {
    let area = Area::map(None, PAGE, PROT_NONE, MAP_PRIVATE)?;
    dies_of(SIGSEGV, || load(area.base()))?;
    dies_of(SIGSEGV, || store(area.base()))
}

fn fetch(address: usize) {
    // SAFETY: the kernel ends this child.
    let f: extern "C" fn() = unsafe { core::mem::transmute(address) };
    f();
}

/// Puts words into a page without making it executable.
fn data_page(words: &[u32]) -> Result<Area, Why> {
    let area = Area::private(PAGE)?;
    area.program(words)?;
    area.protect(RW)?;
    Ok(area)
}

fn fetch_from_data() -> Outcome {
    let area = data_page(&[BLR])?;
    dies_of(SIGSEGV, || fetch(area.base()))
}

fn fetch_from_stack() -> Outcome {
    let word = core::hint::black_box([BLR, BLR]);
    dies_of(SIGSEGV, || fetch(word.as_ptr() as usize))
}

fn fetch_from_unmapped() -> Outcome {
    let area = Area::private(PAGE)?;
    area.unmap()?;
    dies_of(SIGSEGV, || fetch(area.base()))
}

fn kernel_addresses() -> Outcome {
    for address in [
        0xc000_0000_0000_0000,
        0xc000_0000_0040_0000,
        0xc000_0000_0000_4c00_usize,
    ] {
        dies_of(SIGSEGV, || load(address))?;
        dies_of(SIGSEGV, || store(address))?;
        dies_of(SIGSEGV, || fetch(address))?;
    }
    Ok(())
}

fn addresses_beyond_the_last() -> Outcome {
    // On Linux programs may have more than Quire's 64 TiB.
    for address in [
        1 << 62,
        1 << 63,
        0xffff_ffff_ffff_f000,
        usize::MAX,
        0xd000_0000_0000_0000,
    ] {
        dies_of(SIGSEGV, || load(address))?;
        dies_of(SIGSEGV, || store(address))?;
    }
    needs_quire_for(1 << 46)
}

fn needs_quire_for(address: usize) -> Outcome {
    if proc::has_vm() {
        dies_of(SIGSEGV, || load(address))
    } else {
        Ok(())
    }
}

/// A page with these instructions, ready to be called.
fn code(words: &[u32]) -> Result<Area, Why> {
    let area = Area::private(PAGE)?;
    area.program(words)?;
    Ok(area)
}

fn new_code_runs() -> Outcome {
    // addi r3,r3,1
    let add_one = code(&[0x3863_0001, BLR])?;
    check_eq!(add_one.call(41), 42);
    in_child(|| {
        check_eq!(add_one.call(1), 2);
        Ok(())
    })
}

fn illegal_word() -> Outcome {
    let area = code(&[0, BLR])?;
    dies_of(SIGILL, || area.call(0))
}

fn privileged_instructions() -> Outcome {
    // mfmsr r3; mtmsrd r3; mfspr r3,SRR0; slbia; rfid; mtspr SPRG0,r3
    for word in [
        0x7c60_00a6,
        0x7c60_0164,
        0x7c7a_02a6,
        0x7c00_03e4,
        0x4c00_0024,
        0x7c70_43a6,
    ] {
        let area = code(&[word, BLR])?;
        dies_of(SIGILL, || area.call(0))?;
    }
    Ok(())
}

fn trap_instruction() -> Outcome {
    let area = code(&[0x7fe0_0008, BLR])?;
    dies_of(SIGTRAP, || area.call(0))
}

/// lwarx wants a multiple of 4 (Book II, "Load And Reserve and Store Conditional
/// Instructions"): alignment interrupt.
fn misaligned_reservation() -> Outcome {
    if !proc::has_vm() {
        return Err(Why::skipped("user emulation does not check"));
    }
    let area = code(&[0x7c60_1828, BLR])?;
    let data = Area::private(PAGE)?;
    check_eq!(area.call(data.base()), 0);
    dies_of(SIGBUS, || area.call(data.base() + 1))
}

fn misaligned_load_is_fine() -> Outcome {
    // ld r3,0(r3) across two pages.
    let area = code(&[0xe863_0000, BLR])?;
    let data = Area::private(2 * PAGE)?;
    (0..8).for_each(|i| data.store(PAGE - 3 + i, i as u8 + 1));
    check_eq!(
        area.call(data.base() + PAGE - 3),
        usize::from_ne_bytes([1, 2, 3, 4, 5, 6, 7, 8])
    );
    Ok(())
}

/// Uses about 1 KiB of stack a level.
#[inline(never)]
fn dig(levels: usize) -> usize {
    let room = core::hint::black_box([levels as u8; 1024]);
    if levels == 0 {
        0
    } else {
        dig(levels - 1) + room[levels % 1024] as usize / 256 + 1
    }
}

fn stack_grows() -> Outcome {
    check_eq!(dig(1024), 1024);
    in_child(|| {
        check_eq!(dig(2048), 2048);
        Ok(())
    })
}

fn stack_overflow() -> Outcome {
    dies_of(SIGSEGV, || modest_stack().map(|()| dig(1 << 20)))
}

/// A word that begins on a good page and ends on none: nothing is stored.
fn fault_in_the_middle_of_a_store() -> Outcome {
    let area = Area::shared(2 * PAGE)?;
    area.part(PAGE, PAGE).unmap()?;
    // std r3,0(r3)
    let code = code(&[0xf863_0000, BLR])?;
    dies_of(SIGSEGV, || code.call(area.base() + PAGE - 4))
}

fn parent_survives_many_faults() -> Outcome {
    let area = Area::private(4 * PAGE)?;
    area.fill_all(5);
    for i in 0..40 {
        dies_of(SIGSEGV, || {
            area.fill_all(i);
            store(0);
        })?;
    }
    check_eq!(area.differs_anywhere(5), None);
    check!(sys::getpid() > 0);
    Ok(())
}
