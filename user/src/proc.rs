//! Reading the kernel's state as text.

use crate::{Errno, Text, sys};
use core::ffi::CStr;
use linux_raw_sys::general::O_RDONLY;

/// Reads all of a file, or as much as `buffer` holds.
pub fn read<'a>(path: &CStr, buffer: &'a mut [u8]) -> Result<&'a str, Errno> {
    read_open(sys::open(path, O_RDONLY)?, buffer)
}

/// Reads all that is left of an open file, or as much as `buffer` holds, and closes it.
pub fn read_open(fd: sys::Fd, buffer: &mut [u8]) -> Result<&str, Errno> {
    let mut len = 0;
    loop {
        match sys::read(fd, &mut buffer[len..]) {
            Ok(0) => break,
            Ok(n) => len += n,
            Err(e) => {
                sys::close(fd)?;
                return Err(e);
            }
        }
    }
    sys::close(fd)?;
    Ok(core::str::from_utf8(&buffer[..len]).unwrap_or(""))
}

/// The number on the line `name value` of `text`. A colon after the name and a
/// unit after the value do not matter.
pub fn value(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        (words.next()?.trim_end_matches(':') == name).then(|| number(words.next()?))?
    })
}

/// A decimal number, or a hexadecimal one after "0x".
pub fn number(word: &str) -> Option<u64> {
    match word.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => word.parse().ok(),
    }
}

/// The number on the line `name value` of the file `path`.
pub fn lookup(path: &CStr, name: &str) -> Option<u64> {
    let mut buffer = [0; 4096];
    value(read(path, &mut buffer).ok()?, name)
}

/// Whether the kernel shows its virtual memory at all. Linux does not.
pub fn has_vm() -> bool {
    sys::open(c"/proc/vm/stat", O_RDONLY)
        .and_then(sys::close)
        .is_ok()
}

/// Free frames, now.
pub fn free_frames() -> Option<u64> {
    lookup(c"/proc/vm/frames", "free")
}

/// Bytes of memory that files and programs can have between them.
pub fn memory() -> usize {
    let frames = |kind| lookup(c"/proc/vm/frames", kind);
    let bytes = match (frames("total"), frames("kernel")) {
        (Some(total), Some(kernel)) => (total - kernel) * crate::PAGE as u64,
        _ => lookup(c"/proc/meminfo", "MemTotal").unwrap_or(0) << 10,
    };
    bytes as usize
}

/// One line of /proc/self/segments: a slot of this process's segment table.
#[derive(Clone, Copy, Debug, Default)]
pub struct SegmentRow {
    /// Which 256 MiB of the process's addresses.
    pub esid: u64,
    /// The segment's name.
    pub vsid: u64,
    /// Slots and uppers that refer to it.
    pub refs: u64,
    /// Frames that it names.
    pub names: u64,
    /// Frames that it reaches under another's name.
    pub aliases: u64,
    /// PTEs of its pages in the table.
    pub ptes: u64,
    /// Frozen segments below it.
    pub depth: u64,
}

/// Reads /proc/self/segments' lines from `text`, whose first line names the
/// columns.
pub fn segments(text: &str) -> impl Iterator<Item = SegmentRow> + '_ {
    let head = text.lines().next().unwrap_or("");
    text.lines().skip(1).filter_map(move |line| {
        let column = |name| {
            let at = head.split_whitespace().position(|word| word == name)?;
            number(line.split_whitespace().nth(at)?)
        };
        Some(SegmentRow {
            esid: column("esid")?,
            vsid: column("vsid")?,
            refs: column("refs")?,
            names: column("names")?,
            aliases: column("aliases")?,
            ptes: column("ptes")?,
            depth: column("depth")?,
        })
    })
}

/// The slot of this process that `address` lies in.
pub fn segment_of(address: usize) -> Option<SegmentRow> {
    let mut buffer = [0; 16 << 10];
    let text = read(c"/proc/self/segments", &mut buffer).ok()?;
    segments(text).find(|row| row.esid == address as u64 >> 28)
}

/// The first line that the auditor wrote: "clean" when all invariants hold.
pub fn audit() -> Option<Text<200>> {
    let mut buffer = [0; 4096];
    let text = read(c"/proc/vm/audit", &mut buffer).ok()?;
    Some(Text::format(format_args!(
        "{}",
        text.lines().next().unwrap_or("")
    )))
}
