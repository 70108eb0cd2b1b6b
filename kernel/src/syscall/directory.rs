//! What is in a directory: getdents64.

use super::{Call, Errno, Outcome};
use crate::fs::{Directory, Ino, Kind, Mode, OpenFile, Target};
use crate::state::Kernel;
use alloc::vec::Vec;
use linux_raw_sys::general::linux_dirent64;
use vm::Ea;

/// The most that one call tells, in bytes.
const LIMIT: usize = 64 << 10;

/// Entries as bytes, and how far they reach.
struct Listing {
    bytes: Vec<u8>,
    room: usize,
    /// The number of the last entry.
    last: u64,
    /// The number of the last entry that this reading of the directory tells.
    end: u64,
    /// Whether an entry did not fit.
    is_full: bool,
}

impl Listing {
    /// Adds an entry. False: there is no room for it.
    fn add(&mut self, name: &[u8], ino: u64, kind: Kind, number: u64) -> bool {
        let record = dirent(name, ino, kind, number);
        if self.bytes.len() + record.len() > self.room {
            self.is_full = true;
            return false;
        }
        self.bytes.extend_from_slice(&record);
        self.last = number;
        true
    }
}

/// getdents64(2). The offsets that it tells are entries' numbers.
pub fn getdents64(call: &mut Call) -> Outcome {
    call.kernel.afford()?;
    let at = call.arg(1);
    let file = call.process().files.get(call.int(0))?;
    let mut file = file.lock();
    if file.mode == Mode::Path {
        return Err(Errno::EBADF.into());
    }
    // A reading begins at the start, or where lseek went to before there was one.
    if let Some(ino) = file.ino()
        && (file.offset == 0 || file.reading_ends == 0)
    {
        file.reading_ends = call.kernel.tree.directory(ino)?.last();
    }
    let mut listing = Listing {
        bytes: Vec::new(),
        room: (call.bits(2) as usize).min(LIMIT),
        last: file.offset,
        end: file.reading_ends,
        is_full: false,
    };
    list(call.kernel, &file, &mut listing)?;
    if listing.bytes.is_empty() && listing.is_full {
        return Err(Errno::EINVAL.into());
    }
    call.memory().write(Ea(at), &listing.bytes)?;
    file.offset = listing.last;
    Ok(listing.bytes.len() as u64)
}

fn list(kernel: &mut Kernel, file: &OpenFile, listing: &mut Listing) -> Result<(), Errno> {
    match &file.target {
        Target::Inode(hold) => list_inode(kernel, hold.ino(), listing),
        Target::Text(..) => Err(Errno::ENOTDIR),
        Target::List(_, entries) => {
            let first = usize::try_from(listing.last).unwrap_or(usize::MAX);
            let entries = entries.get(first..).unwrap_or_default();
            let numbers = listing.last + 1..;
            for (entry, number) in entries.iter().zip(numbers) {
                if !listing.add(entry.name.as_bytes(), entry.inode, entry.kind, number) {
                    break;
                }
            }
            Ok(())
        }
    }
}

fn list_inode(kernel: &mut Kernel, ino: Ino, listing: &mut Listing) -> Result<(), Errno> {
    let tree = &kernel.tree;
    let directory = tree.directory(ino)?;
    // A directory that has been removed has not even these.
    if tree.get(ino).links == 0 {
        return Ok(());
    }
    let dots = [(&b"."[..], ino), (&b".."[..], tree.get(ino).parent)];
    for ((name, ino), number) in dots.into_iter().zip(1..=Directory::DOTS) {
        if number > listing.last && !listing.add(name, ino.0, Kind::Directory, number) {
            return Ok(());
        }
    }
    for (number, entry) in directory.between(listing.last, listing.end) {
        let kind = tree.get(entry.ino).kind();
        if !listing.add(&entry.name, entry.ino.0, kind, number) {
            break;
        }
    }
    let now = kernel.file_time();
    kernel.tree.get_mut(ino).times.access(now);
    Ok(())
}

/// struct linux_dirent64: a head, the name and its 0, in multiples of 8 bytes.
fn dirent(name: &[u8], ino: u64, kind: Kind, number: u64) -> Vec<u8> {
    let name_at = core::mem::offset_of!(linux_dirent64, d_name);
    let len = (name_at + name.len() + 1).next_multiple_of(8);
    let head = super::record::record!(linux_dirent64 {
        d_ino: ino,
        d_off: number as i64,
        d_reclen: len as u16,
        d_type: kind.dirent(),
    });
    let mut bytes = Vec::from(&head[..name_at]);
    bytes.extend_from_slice(name);
    bytes.resize(len, 0);
    bytes
}
