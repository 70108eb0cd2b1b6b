//! The hypervisor calls that Quire makes, each with its meaning.

use boot::{Answer, hcall, hcall_pairs};
use core::fmt;
use htab::Entry;
use htab::bits::{CHANGED, REFERENCED};
use vm::FrameNo;

const H_REMOVE: u64 = 0x04;
const H_ENTER: u64 = 0x08;
const H_READ: u64 = 0x0c;
const H_PAGE_INIT: u64 = 0x2c;
const H_PROTECT: u64 = 0x18;
const H_GET_TERM_CHAR: u64 = 0x54;
const H_PUT_TERM_CHAR: u64 = 0x58;
const H_BULK_REMOVE: u64 = 0x124;
const H_SET_MODE: u64 = 0x31c;
/// QEMU's way to run-time services: no RTAS code in the guest's memory.
const H_RTAS: u64 = 0xf000;

const H_SUCCESS: i64 = 0;
const H_BUSY: i64 = 1;

/// Flag of [`enter`]: exactly the slot named, not another one of its group.
pub const H_EXACT: u64 = 1 << 39;
/// Flag of [`remove`] and [`protect`]: only if the entry is that of the page named.
pub const H_AVPN: u64 = 1 << 31;
/// Flag of [`remove`]: only if the virtual half has none of the bits named.
pub const H_ANDCOND: u64 = 1 << 30;
/// The console that `-serial stdio` is: terminal 0 stands for the first.
const TERMINAL: u64 = 0;

/// The code of a call that the hypervisor refused (PAPR, hcall return codes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What was asked for.
    pub call: &'static str,
    /// The answer: H_PARAMETER is -4, H_PTEG_FULL -6, H_NOT_FOUND -7 …
    pub code: i64,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the hypervisor refused {}: code {}",
            self.call, self.code
        )
    }
}

#[inline]
fn check(call: &'static str, answer: Answer) -> Result<[u64; 3], Refused> {
    match answer.code {
        H_SUCCESS => Ok(answer.values),
        code => Err(Refused { call, code }),
    }
}

/// Writes `entry` into the page table: at `slot` with [`H_EXACT`], else in its
/// group. Returns the slot.
///
/// # Safety
/// The entry changes nothing that Rust relies on: it maps the kernel as the kernel
/// is, or it is a program's.
#[inline]
pub unsafe fn enter(flags: u64, slot: u64, entry: Entry) -> Result<u64, Refused> {
    // SAFETY: the caller's.
    let answer = unsafe { hcall(H_ENTER, [flags, slot, entry.v, entry.r]) };
    check("H_ENTER", answer).map(|values| values[0])
}

/// Takes the entry in `slot` away and returns it. No processor uses it any more. The
/// flags say what `v`, a virtual half, has to do with it.
///
/// # Safety
/// It is a program's, not the kernel's.
pub unsafe fn remove(flags: u64, slot: u64, v: u64) -> Result<Entry, Refused> {
    // SAFETY: the caller's.
    let answer = unsafe { hcall(H_REMOVE, [flags, slot, v, 0]) };
    check("H_REMOVE", answer).map(|[v, r, _]| Entry { v, r })
}

/// In the first word of a pair of H_BULK_REMOVE, whose lower bits name the slot: a request.
/// (PAPR, H_BULK_REMOVE, "Translation Specifier", for all of this.)
const BULK_REQUEST: u64 = 0x40 << 56;
/// The same when there are no more.
const BULK_END: u64 = 0xc0 << 56;
/// Where the flags of [`remove`] stand there: so much further up.
const BULK_FLAGS: u32 = 26;
/// The upper four bits of what comes back in its place: a response, and no error.
const BULK_DONE: u64 = 0x8;

/// R and C, in the real half of an entry.
const RC: u64 = REFERENCED | CHANGED;
/// How much further up they come back: right below the upper four bits.
const BULK_NOTED: u32 = 51;
/// QEMU puts them eight bits lower, where a slot's number, of which they are a part, has no bits
/// (hw/ppc/spapr_softmmu.c, h_bulk_remove: up by 43; compare H_BULK_REMOVE_RC there).
const QEMU_NOTED: u32 = 43;

/// Takes up to four entries away: (flags, slot, virtual half) each, as for [`remove`]. No
/// processor uses them any more. Returns R and C of each, where its real half had them.
///
/// # Safety
/// They are a program's, not the kernel's.
#[inline]
pub unsafe fn remove_all(
    first: (u64, u64, u64),
    more: [Option<(u64, u64, u64)>; 3],
) -> Result<[u64; 4], Refused> {
    let pair = |entry: Option<_>| match entry {
        Some((flags, slot, v)) => [BULK_REQUEST | flags << BULK_FLAGS | slot, v],
        None => [BULK_END, 0],
    };
    let [second, third, fourth] = more;
    let mut pairs = [Some(first), second, third, fourth].map(pair);
    // SAFETY: the caller's.
    let code = unsafe { hcall_pairs(H_BULK_REMOVE, &mut pairs) };
    let done = |[word, _]: &[u64; 2]| *word >> 60 == BULK_DONE || *word == BULK_END;
    if code == H_SUCCESS && pairs.iter().all(done) {
        return Ok(pairs.map(|[word, _]| (word >> BULK_NOTED | word >> QEMU_NOTED) & RC));
    }
    let call = "H_BULK_REMOVE";
    Err(Refused { call, code })
}

/// Changes the PP and N bits of the entry in `slot` to those in `flags`.
///
/// # Safety
/// It is a program's, not the kernel's.
pub unsafe fn protect(flags: u64, slot: u64, avpn: u64) -> Result<(), Refused> {
    // SAFETY: the caller's.
    let answer = unsafe { hcall(H_PROTECT, [flags, slot, avpn, 0]) };
    check("H_PROTECT", answer).map(|_| ())
}

/// Flags of H_PAGE_INIT: the page is filled with zero; it becomes a copy of another.
const H_ZERO_PAGE: u64 = 1 << 15;
const H_COPY_PAGE: u64 = 1 << 14;

#[inline]
fn init_page(flags: u64, to: u64, from: u64) -> i64 {
    // SAFETY: without flags it does nothing; with one, `zero_page` and `copy_page` vouch.
    unsafe { hcall(H_PAGE_INIT, [flags, to, from, 0]) }.code
}

/// Whether the hypervisor fills and copies pages: it knows the call, which without flags does
/// nothing. (It is optional: PAPR, H_PAGE_INIT.)
pub fn moves_pages() -> bool {
    init_page(0, 0, 0) == H_SUCCESS
}

/// Fills `frame` with zero.
///
/// # Safety
/// It is a program's; and [`moves_pages`].
#[inline]
pub unsafe fn zero_page(frame: FrameNo) {
    let code = init_page(H_ZERO_PAGE, frame.ra(), 0);
    assert_eq!(code, H_SUCCESS, "the hypervisor did not fill {frame:?}");
}

/// Makes `to` a copy of `from`.
///
/// # Safety
/// As for [`zero_page`].
#[inline]
pub unsafe fn copy_page(from: FrameNo, to: FrameNo) {
    let code = init_page(H_COPY_PAGE, to.ra(), from.ra());
    assert_eq!(
        code, H_SUCCESS,
        "the hypervisor did not copy {from:?} to {to:?}"
    );
}

/// The entry in `slot`, valid or not.
pub fn read(slot: u64) -> Result<Entry, Refused> {
    // SAFETY: this only reads.
    let answer = unsafe { hcall(H_READ, [0, slot, 0, 0]) };
    check("H_READ", answer).map(|[v, r, _]| Entry { v, r })
}

/// Writes up to 16 characters to the console; waits while it is busy.
pub fn put_term_char(text: &[u8]) -> Result<(), Refused> {
    let mut bytes = [0; 16];
    bytes[..text.len()].copy_from_slice(text);
    let [high, low] = [&bytes[..8], &bytes[8..]].map(big_endian);
    loop {
        // SAFETY: the call reads registers only.
        let answer = unsafe { hcall(H_PUT_TERM_CHAR, [TERMINAL, text.len() as u64, high, low]) };
        if answer.code != H_BUSY {
            return check("H_PUT_TERM_CHAR", answer).map(|_| ());
        }
    }
}

/// The characters typed since the last call, at most 16, and their number.
pub fn get_term_char() -> Result<([u8; 16], usize), Refused> {
    // SAFETY: the call writes registers only.
    let answer = unsafe { hcall(H_GET_TERM_CHAR, [TERMINAL, 0, 0, 0]) };
    let [length, high, low] = check("H_GET_TERM_CHAR", answer)?;
    let bytes = (u128::from(high) << 64 | u128::from(low)).to_be_bytes();
    Ok((bytes, (length as usize).min(bytes.len())))
}

/// The eight bytes as a register holds them: the first one on top.
fn big_endian(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |value, &byte| value << 8 | u64::from(byte))
}

/// How interrupts enter the kernel: resource 4 is the byte order, resource 3 the
/// alternate location.
fn set_mode(flags: u64, resource: u64) -> Result<(), Refused> {
    // SAFETY: both only change how traps are taken, and `arch` has prepared that.
    check("H_SET_MODE", unsafe {
        hcall(H_SET_MODE, [flags, resource, 0, 0])
    })
    .map(|_| ())
}

/// From now on interrupts enter the kernel in little-endian mode.
pub fn interrupts_little_endian() -> Result<(), Refused> {
    set_mode(1, 4)
}

/// From now on interrupts from translated code stay translated and go to
/// 0xC000000000004000 + vector: LPCR[AIL] = 3.
pub fn interrupts_translated() -> Result<(), Refused> {
    set_mode(3, 3)
}

/// Calls a run-time service: `arguments` is the real address of its cells.
///
/// # Safety
/// The cells are as the service wants them.
pub unsafe fn rtas(arguments: u64) -> Result<(), Refused> {
    // SAFETY: the caller's.
    check("H_RTAS", unsafe { hcall(H_RTAS, [arguments, 0, 0, 0]) }).map(|_| ())
}
