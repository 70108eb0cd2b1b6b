//! What the SLB holds, in words: /proc/vm/tlb. (The TLB below it is the processor's own
//! affair: no instruction reads it.)

use super::mmu::Mmu;
use core::fmt::{self, Write};
use vm::{Fetch, Key};

impl Mmu {
    /// The running space's entries in the SLB, one a line. Entry 0, the kernel's, is not
    /// listed.
    ///
    /// # Errors
    /// Those of `text`.
    pub fn describe_lookaside(&self, text: &mut dyn Write) -> fmt::Result {
        writeln!(
            text,
            "slb: {} entries\nentry esid vsid key n",
            self.slb.size()
        )?;
        for (n, esid, entry) in self.slb.held() {
            let key = u8::from(entry.key == Key::One);
            let never = u8::from(entry.fetch == Fetch::Never);
            writeln!(text, "{n} {:#x} {:#x} {key} {never}", esid.0, entry.vsid.0)?;
        }
        Ok(())
    }
}
