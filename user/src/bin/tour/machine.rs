//! Step 1: what the machine is.

use crate::show::Show;
use quire_user::{Errno, PAGE, proc, sys};

/// Bytes in a page table entry (Power ISA v3.0B, Book III, "Page Table").
const PTE: u64 = 16;

/// Says what there is.
pub fn describe(show: &mut Show) -> Result<(), Errno> {
    let name = sys::uname()?;
    let get = |file, name| proc::lookup(file, name).unwrap_or(0);
    let frame = |kind| get(c"/proc/vm/frames", kind);
    let htab = |kind| get(c"/proc/vm/htab", kind);
    show.title("The machine");
    show.say(format_args!(
        "   {} {} on {}",
        name.system, name.release, name.machine
    ));
    show.at_least("MiB of memory", (frame("total") * PAGE as u64) >> 20, 32);
    show.number("frames of 4 KiB", frame("total"));
    show.number("  of them free", frame("free"));
    show.at_least("page table entry groups (PTEGs)", htab("groups"), 1);
    show.exactly(
        "page table entries (PTEs), 8 in a group",
        htab("slots"),
        8 * htab("groups"),
    );
    show.number(
        "KiB that the page table takes, for good",
        htab("slots") * PTE / 1024,
    );
    show.number("PTEs in use", htab("live") + htab("bolted"));
    show.say(format_args!(
        "   This is the only page table, for all processes together, and it never grows.\n   \
         A process has no page table of its own: only a few segments of 256 MiB, each with\n   \
         a number, the VSID. Two processes with the same VSID share all its pages and PTEs."
    ));
    Ok(())
}
