//! Pages and segments that want the same few places of the TLB and of the table that
//! it is filled from; and accesses that are not allowed, whatever is there.

use super::tlb::{BLR, PLACE, STRIDE, pages, tlb};
use crate::harness::{Case, Outcome, not_in_qemu_user};
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};
use quire_user::area::RW;
use quire_user::fault::{self, Fault};
use quire_user::linux::*;
use quire_user::sys::{self, Context, Info};
use quire_user::{Area, Errno, PAGE, SEGMENT};

/// The third part of the suite.
pub const CASES: &[Case] = &[
    ("segments_that_collide_take_turns", segments_take_turns),
    ("one_access_to_two_segments", one_access_to_two_segments),
    ("instructions_go_on_in_the_next_segment", next_segment),
    ("more_pages_of_a_set_than_ways", more_pages_than_ways),
    ("refused_store_says_where", refused_store),
    ("refused_fetch_says_where", refused_fetch),
    ("same_page_executed_here_and_not_there", here_and_not_there),
    ("kernel_addresses_say_where", kernel_addresses),
];

/// Segments as far apart as this want the same entry of a segment table of 64.
const APART: usize = 64 * SEGMENT;
/// ld r3,0(r3)
const LOAD: u32 = 0xe863_0000;
/// std r3,0(r3)
const STORE: u32 = 0xf863_0000;
/// addi r3,r3,1
const ADD_ONE: u32 = 0x3863_0001;

/// A new page at `at` with these instructions.
fn code_at(at: usize, words: &[u32]) -> Result<Area, Errno> {
    let page = pages(at, 1)?;
    page.program(words)?;
    Ok(page)
}

/// Touches so many other pages that the TLB has few others left.
fn drive_out(others: Area) {
    (0..others.pages()).for_each(|page| _ = others.load(page * PAGE));
}

fn segments_take_turns() -> Outcome {
    let mut areas = [Area::over(0, PAGE); 5];
    for (n, area) in areas.iter_mut().enumerate() {
        *area = pages(PLACE + n * APART, 1)?;
    }
    for turn in 0..50 {
        for (n, area) in areas.iter().enumerate() {
            check_eq!(
                area.load_word(8),
                if turn == 0 { 0 } else { turn * 10 + n as u64 }
            );
            area.store_word(8, (turn + 1) * 10 + n as u64);
        }
    }
    Ok(())
}

/// A word lies across the boundary of two segments, and the instruction is in a third,
/// which collides with one of them, on a page that collides with that one's.
fn one_access_to_two_segments() -> Outcome {
    let others = Area::private(1200 * PAGE)?;
    let data = pages(PLACE + SEGMENT - PAGE, 2)?;
    let word = data.base() + PAGE - 3;
    let last = data.base() + APART;
    for place in [last, last + PAGE, last - SEGMENT + PAGE, last + SEGMENT] {
        let load = code_at(place, &[LOAD, BLR])?;
        let store = code_at(place + APART, &[STORE, BLR])?;
        for _ in 0..10 {
            (0..8).for_each(|i| data.store(PAGE - 3 + i, 0));
            drive_out(others);
            store.call(word);
            check_eq!(data.copy(PAGE - 3), word.to_ne_bytes());
            drive_out(others);
            check_eq!(load.call(word), word);
        }
        load.unmap()?;
        store.unmap()?;
    }
    Ok(())
}

/// The last instruction of a segment, and then the first of the next.
fn next_segment() -> Outcome {
    let others = Area::private(1200 * PAGE)?;
    let code = pages(PLACE + SEGMENT - PAGE, 2)?;
    code.put(PAGE - 4, &ADD_ONE.to_ne_bytes());
    code.put(PAGE, &BLR.to_ne_bytes());
    code.protect(PROT_READ | PROT_EXEC)?;
    for n in 0..10 {
        drive_out(others);
        check_eq!(Area::over(code.base() + PAGE - 4, 8).call(n), n + 1);
    }
    Ok(())
}

/// All are in one set, that of the instruction too.
fn more_pages_than_ways() -> Outcome {
    const COUNT: usize = 60;
    let mut set = [Area::over(0, PAGE); COUNT];
    for (n, page) in set.iter_mut().enumerate() {
        *page = pages(PLACE + n * STRIDE, 1)?;
        page.store_word(0, n as u64);
    }
    let load = code_at(PLACE + APART, &[LOAD, BLR])?;
    let add = code_at(PLACE + 2 * APART, &[ADD_ONE, BLR])?;
    for turn in 0..20 {
        for (n, page) in set.iter().enumerate() {
            let word = load.call(page.base());
            check_eq!(word, n + turn);
            page.store_word(0, add.call(word) as u64);
        }
    }
    Ok(())
}

fn segv(code: u32, address: usize) -> Fault {
    Fault {
        signal: SIGSEGV,
        code,
        address,
    }
}

fn refused_store() -> Outcome {
    not_in_qemu_user("it says SEGV_MAPERR of all stores")?;
    fault::watch()?;
    let area = pages(PLACE, 3)?;
    area.part(0, PAGE).store(0, 1);
    area.protect(PROT_READ)?;
    // One page was written, one is only read, one has not been touched.
    area.load(PAGE);
    for _ in 0..3 {
        for offset in [0, PAGE + 8, 2 * PAGE + 4095] {
            let wanted = segv(SEGV_ACCERR, area.base() + offset);
            check_eq!(area.try_store(offset, 1), Err(wanted));
            check!(area.try_load(offset).is_ok());
            check_eq!(area.try_store(offset, 1), Err(wanted));
        }
    }
    area.protect(RW)?;
    for page in 0..3 {
        check_eq!(area.try_store(page * PAGE, 7), Ok(()));
    }
    Ok(())
}

/// What the last refused fetch said: its code is 0 if there was none.
static CODE: AtomicU32 = AtomicU32::new(0);
static ADDRESS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn go_back(_: u32, info: &Info, context: &mut Context) {
    CODE.store(info.code as u32, Relaxed);
    ADDRESS.store(info.address(), Relaxed);
    context.registers[Context::NIP] = context.registers[Context::LR];
}

/// Calls what is at `address`: the fault, if there is one. ([`go_back`] must be the
/// handler.)
fn fetch(address: usize) -> Option<(u32, usize)> {
    CODE.store(0, Relaxed);
    Area::over(address, 4).call(0);
    match CODE.load(Relaxed) {
        0 => None,
        code => Some((code, ADDRESS.load(Relaxed))),
    }
}

/// A page with instructions that may not be executed: it was loaded from before, or not.
fn refused_fetch() -> Outcome {
    not_in_qemu_user("it executes what must not be")?;
    sys::handle(SIGSEGV, go_back, 0)?;
    // Beside a page that may be executed, and in a segment where none may be.
    for beside in [true, false] {
        let area = pages(PLACE, 2)?;
        (0..2).for_each(|n| area.put(n * PAGE, &BLR.to_ne_bytes()));
        if beside {
            area.part(PAGE, PAGE).protect(PROT_READ | PROT_EXEC)?;
            check_eq!(fetch(area.base() + PAGE), None);
        }
        let page = area.part(0, PAGE);
        let refused = Some((SEGV_ACCERR, page.base()));
        for _ in 0..3 {
            page.load(0);
            check_eq!(fetch(page.base()), refused);
            check_eq!(fetch(page.base()), refused);
            page.protect(PROT_READ | PROT_EXEC)?;
            check_eq!(fetch(page.base()), None);
            page.protect(RW)?;
            check_eq!(fetch(page.base()), refused);
        }
        area.unmap()?;
        check_eq!(fetch(page.base()), Some((SEGV_MAPERR, page.base())));
    }
    Ok(())
}

/// A whole file as two segments: the PTEs are the same, and only the segment says that
/// nothing of it may be executed.
fn here_and_not_there() -> Outcome {
    not_in_qemu_user("it executes what must not be")?;
    sys::handle(SIGSEGV, go_back, 0)?;
    let fd = sys::memfd_create(c"code", 0)?;
    sys::write_all(fd, &BLR.to_ne_bytes())?;
    let map = |at, prot| Area::file_at(at, fd, 0, SEGMENT, prot, MAP_SHARED);
    let data = map(PLACE, PROT_READ)?.base();
    let code = map(PLACE + SEGMENT, PROT_READ | PROT_EXEC)?.base();
    let refused = Some((SEGV_ACCERR, data));
    for _ in 0..3 {
        check_eq!(fetch(code), None);
        check_eq!(fetch(data), refused);
    }
    check_eq!(Area::over(data, 4).copy(0), BLR.to_ne_bytes());
    // Where QEMU walks the page table itself, it takes what a load has found for good for
    // a fetch as well, whatever the segment says (target/ppc/mmu-hash64.c).
    if tlb().is_ok() {
        check_eq!(fetch(data), refused);
    }
    Ok(())
}

/// The kernel's own entries are there for every process, but allow it nothing.
fn kernel_addresses() -> Outcome {
    not_in_qemu_user("it says other addresses")?;
    for address in [
        0xc000_0000_0000_0000,
        0xc000_0000_0000_0a00,
        0xc000_0000_0041_0008,
        0xc000_0000_1000_0000,
        0xd000_0000_0000_0000,
        0xd000_000f_e000_4504,
        0xd000_000f_efff_fffc,
    ] {
        let wanted = segv(SEGV_MAPERR, address);
        let byte = Area::over(address, 4);
        fault::watch()?;
        check_eq!(byte.try_load(0), Err(wanted));
        check_eq!(byte.try_store(0, 1), Err(wanted));
        check_eq!(byte.try_load(0), Err(wanted));
        sys::handle(SIGSEGV, go_back, 0)?;
        check_eq!(fetch(address), Some((SEGV_MAPERR, address)));
    }
    Ok(())
}
