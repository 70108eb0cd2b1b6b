//! The kernel's image, as the linker script laid it out.

use super::VECTORS;
use super::linear::real;
use crate::memory_map::Area;
use core::fmt;
use core::ops::Range;

/// What the kernel may do with a range of its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// Read and execute.
    ReadExecute,
    /// Read.
    ReadOnly,
    /// Read and write.
    ReadWrite,
    /// Nothing: it is not mapped.
    Nothing,
}

impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Rights::ReadExecute => "R-X",
            Rights::ReadOnly => "R--",
            Rights::ReadWrite => "RW-",
            Rights::Nothing => "---",
        })
    }
}

unsafe extern "C" {
    static _text_start: u8;
    static _text_end: u8;
    static _rodata_end: u8;
    static _stack_guard: u8;
    static _stack_start: u8;
    static _stack_end: u8;
    static _fault_stack_guard: u8;
    static _fault_stack_start: u8;
    static _fault_stack_end: u8;
    static _symbols_start: u8;
    static _symbols_end: u8;
    static _initrd_start: u8;
    static _initrd_end: u8;
}

/// The initrd for a machine that brings none. It has whole pages of its own in the
/// image, so that they can be given away when it has been unpacked.
#[used]
#[unsafe(link_section = ".initrd")]
static INITRD: [u8; include_bytes!(env!("QUIRE_INITRD")).len()] =
    *include_bytes!(env!("QUIRE_INITRD"));

/// Bytes above the first stack frame: its linkage area (ELFv2 ABI, "The Stack Frame").
const LINKAGE: u64 = 64;

/// The linear addresses between two of the linker's symbols.
macro_rules! between {
    ($start:ident, $end:ident) => {
        (&raw const $start).addr() as u64..(&raw const $end).addr() as u64
    };
}

/// The kernel's stacks, as linear addresses: the ordinary one, and the one on which its
/// own faults are reported.
pub fn stacks() -> [Range<u64>; 2] {
    [
        between!(_stack_start, _stack_end),
        between!(_fault_stack_start, _fault_stack_end),
    ]
}

/// The page below each stack, which is left unmapped.
fn stack_guards() -> [Range<u64>; 2] {
    [
        between!(_stack_guard, _stack_start),
        between!(_fault_stack_guard, _fault_stack_start),
    ]
}

/// Whether `ea` lies in the page that is left unmapped below a stack.
pub fn is_stack_guard(ea: u64) -> bool {
    stack_guards().iter().any(|guard| guard.contains(&ea))
}

/// The kernel's instructions, as linear addresses.
pub fn text() -> Range<u64> {
    between!(_text_start, _text_end)
}

/// The table of functions' names that was put into the image after linking.
pub fn symbol_table() -> &'static [u8] {
    let table = between!(_symbols_start, _symbols_end);
    // SAFETY: the linker script reserves the range, and nobody writes there.
    unsafe {
        core::slice::from_raw_parts(table.start as *const u8, (table.end - table.start) as usize)
    }
}

/// The initrd that the kernel brings.
///
/// # Safety
/// It is not used any more when its frames are given to the virtual memory.
pub unsafe fn embedded_initrd() -> &'static [u8] {
    let start = (&raw const _initrd_start).cast::<u8>();
    // SAFETY: the linker put the archive there, and nobody writes while its frames are
    // the kernel's.
    unsafe { core::slice::from_raw_parts(start, INITRD.len()) }
}

/// The real addresses of the initrd that the kernel brings: whole pages.
pub fn embedded_initrd_range() -> Range<u64> {
    let range = between!(_initrd_start, _initrd_end);
    real(range.start as *const u8)..real(range.end as *const u8)
}

/// Where r1 starts when a program traps.
pub fn top_of_stack() -> u64 {
    (&raw const _stack_end).addr() as u64 - LINKAGE
}

/// Where r1 starts when the kernel itself traps.
pub fn top_of_fault_stack() -> u64 {
    (&raw const _fault_stack_end).addr() as u64 - LINKAGE
}

/// All that is fixed by the link: the vectors and the sections of the image.
pub fn image() -> [Area; 9] {
    use Rights::{Nothing, ReadExecute, ReadOnly, ReadWrite};
    let vectors = Area {
        range: VECTORS,
        name: "interrupt vectors",
        rights: ReadExecute,
    };
    let area = |name, rights, linear: Range<u64>| Area {
        range: real(linear.start as *const u8)..real(linear.end as *const u8),
        name,
        rights,
    };
    let constants = between!(_text_end, _rodata_end);
    let initrd = between!(_initrd_start, _initrd_end);
    let data = between!(_initrd_end, _stack_guard);
    let ([guard, fault_guard], [stack, fault_stack]) = (stack_guards(), stacks());
    [
        vectors,
        area("kernel text", ReadExecute, text()),
        area("kernel constants", ReadOnly, constants),
        area("kernel's initrd", ReadWrite, initrd),
        area("kernel data", ReadWrite, data),
        area("stack guard", Nothing, guard),
        area("kernel stack", ReadWrite, stack),
        area("stack guard", Nothing, fault_guard),
        area("fault stack", ReadWrite, fault_stack),
    ]
}
