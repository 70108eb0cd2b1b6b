//! What firmware told us: a plain record that outlives firmware.

use crate::{arch, cmdline};
use core::fmt;
use core::ops::Range;

/// The machine, as firmware described it. It is made once and never changes.
pub struct BootInfo {
    /// Ticks of the timebase in a second.
    pub timebase_hz: u64,
    /// Processors, of which Quire uses the first.
    pub cpus: u32,
    /// The memory management unit.
    pub mmu: arch::Features,
    memory: [Range<u64>; BootInfo::RANGES],
    memory_count: usize,
    initrd: Option<Range<u64>>,
    command_line: [u8; BootInfo::COMMAND_LINE],
    command_line_length: usize,
}

impl BootInfo {
    /// The most ranges of memory that can be noted.
    pub const RANGES: usize = 32;
    /// The longest command line, in bytes.
    pub const COMMAND_LINE: usize = 1024;

    /// Nothing known yet.
    pub const fn new() -> BootInfo {
        BootInfo {
            timebase_hz: 0,
            cpus: 0,
            mmu: arch::Features::UNKNOWN,
            memory: [const { 0..0 }; BootInfo::RANGES],
            memory_count: 0,
            initrd: None,
            command_line: [0; BootInfo::COMMAND_LINE],
            command_line_length: 0,
        }
    }

    /// Notes a range of RAM, in order of address. Fails when there is no room left.
    pub fn add_memory(&mut self, range: Range<u64>) -> Result<(), ()> {
        if range.is_empty() {
            return Ok(());
        }
        *self.memory.get_mut(self.memory_count).ok_or(())? = range;
        self.memory_count += 1;
        self.memory[..self.memory_count].sort_unstable_by_key(|range| range.start);
        Ok(())
    }

    /// Notes where the initrd lies. Fails unless the end follows the start.
    pub fn set_initrd(&mut self, range: Range<u64>) -> Result<(), ()> {
        if range.is_empty() {
            return Err(());
        }
        self.initrd = Some(range);
        Ok(())
    }

    /// Notes the command line, up to its NUL. Fails unless it is UTF-8 and fits.
    pub fn set_command_line(&mut self, line: &[u8]) -> Result<(), ()> {
        let line = line.split(|&byte| byte == 0).next().unwrap_or_default();
        core::str::from_utf8(line).map_err(|_| ())?;
        self.command_line
            .get_mut(..line.len())
            .ok_or(())?
            .copy_from_slice(line);
        self.command_line_length = line.len();
        Ok(())
    }

    /// The ranges of RAM as real addresses, lowest first.
    pub fn memory(&self) -> &[Range<u64>] {
        &self.memory[..self.memory_count]
    }

    /// Bytes of RAM.
    pub fn ram(&self) -> u64 {
        self.memory()
            .iter()
            .map(|range| range.end - range.start)
            .sum()
    }

    /// The first real address after all RAM.
    pub fn memory_end(&self) -> u64 {
        self.memory().last().map_or(0, |range| range.end)
    }

    /// Where the initrd lies, as real addresses.
    pub fn initrd_range(&self) -> Option<Range<u64>> {
        self.initrd.clone()
    }

    /// The initrd's bytes.
    ///
    /// # Safety
    /// They are not used any more when their frames are given to the virtual memory.
    pub unsafe fn initrd(&self) -> Option<&[u8]> {
        let range = self.initrd.clone()?;
        let length = (range.end - range.start) as usize;
        // SAFETY: firmware put it there; the memory map keeps it, and nobody writes
        // while it is the kernel's.
        Some(unsafe { core::slice::from_raw_parts(arch::linear_address(range.start), length) })
    }

    /// The command line as it was given.
    pub fn command_line(&self) -> &str {
        core::str::from_utf8(&self.command_line[..self.command_line_length]).unwrap_or_default()
    }

    /// The command line's words. `kmain` has refused a bad line before.
    pub fn options(&self) -> cmdline::Options<'_> {
        cmdline::parse(self.command_line(), |_| ()).unwrap_or_default()
    }
}

impl fmt::Display for BootInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} MiB, {}", self.ram() >> 20, self.mmu)
    }
}
