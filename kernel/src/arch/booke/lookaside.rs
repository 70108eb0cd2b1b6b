//! What the TLB and the segment table hold, in words: /proc/vm/tlb.

use super::features::Geometry;
use super::mmu::Mmu;
use super::tlb::{self, V};
use boot::Mas;
use core::fmt::{self, Write};
use vm::{Fetch, Key};

impl Mmu {
    /// Who has the processor, whose PIDs are given, the running space's segments, and the
    /// valid entries of both TLBs, one a line.
    ///
    /// # Errors
    /// Those of `text`.
    pub fn describe_lookaside(&self, text: &mut dyn Write) -> fmt::Result {
        let (held, given) = (self.pids.held(), self.pids.given);
        writeln!(text, "pid {} held {held} given {given}", boot::pid())?;
        writeln!(text, "\nesid vsid key n")?;
        for (esid, entry) in self.segments.held() {
            let key = u8::from(entry.key == Key::One);
            let n = u8::from(entry.fetch == Fetch::Never);
            writeln!(text, "{:#x} {:#x} {key} {n}", esid.0, entry.vsid.0)?;
        }
        let Geometry { entries, ways } = Geometry::of(0);
        writeln!(
            text,
            "\ntlb0: {entries} entries in {ways} ways\nset.way {COLUMNS}"
        )?;
        for (set, way, found) in tlb::valid() {
            writeln!(text, "{set}.{way} {}", Entry(found))?;
        }
        let Geometry { entries, .. } = Geometry::of(1);
        writeln!(text, "\ntlb1: {entries} entries\nentry {COLUMNS}")?;
        for n in 0..entries {
            let found = boot::read(1 << 28 | n << 16, 0);
            if found.mas1 & V != 0 {
                writeln!(text, "{n} {}", Entry(found))?;
            }
        }
        Ok(())
    }
}

const COLUMNS: &str = "effective real kib pid kernel programs";

/// An entry in words.
struct Entry(Mas);

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mas {
            mas1,
            mas2,
            mas3,
            mas7,
            ..
        } = self.0;
        let (effective, real) = (mas2 & !0xfff, mas7 << 32 | mas3 & !0xfff);
        let (pid, kib) = (tlb::pid(&self.0), 1u64 << (mas1 >> 7 & 0x1f));
        write!(f, "{effective:#x} {real:#x} {kib} {pid} ")?;
        // The supervisor's rights are one bit below those of programs.
        rights(f, mas3)?;
        f.write_char(' ')?;
        rights(f, mas3 >> 1)
    }
}

/// Bits 0, 2 and 4: to read, to write, to execute.
fn rights(f: &mut fmt::Formatter<'_>, bits: u64) -> fmt::Result {
    for (bit, letter) in [(1, 'r'), (4, 'w'), (0x10, 'x')] {
        f.write_char(if bits & bit != 0 { letter } else { '-' })?;
    }
    Ok(())
}
