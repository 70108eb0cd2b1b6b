//! How a program's parts come into its memory: mapped from the file's own frames.
//!
//! All who run a program so share one copy of what they do not write. Where the file's
//! bytes end within a page, the rest of it must be zero: that page is a copy of the
//! program's own. Pages without any of the file's bytes are ordinary zero memory.

use super::Image;
use super::image::Part;
use crate::fs::{Body, File, Ino};
use crate::state::Kernel;
use crate::syscall::{Errno, UserMemory};
use alloc::vec::Vec;
use core::ops::Range;
use vm::{Ea, Flags, Label, Map, PAGE_SIZE, Place, Prot, Source, SpaceId};

impl Kernel {
    /// The regular file `ino`.
    ///
    /// # Errors
    /// EACCES: it is none.
    pub(super) fn contents(
        &mut self,
        ino: Ino,
    ) -> Result<(&mut File, &mut crate::state::Vm), Errno> {
        match &mut self.tree.get_mut(ino).body {
            Body::File(file) => Ok((file, &mut self.vm)),
            _ => Err(Errno::EACCES),
        }
    }

    /// What the program in `ino` consists of.
    ///
    /// # Errors
    /// ENOEXEC.
    pub(super) fn image(&mut self, ino: Ino) -> Result<Image, Errno> {
        let (file, vm) = self.contents(ino)?;
        Image::parse(file.size(), |offset, to| file.read(vm, offset, to))
    }

    /// What is mapped for a part of the program in `ino`, to be [filled](Self::fill_part).
    ///
    /// # Errors
    /// ENOMEM.
    pub(super) fn maps_of(
        &mut self,
        ino: Ino,
        part: &Part,
        maps: &mut Vec<Map>,
    ) -> Result<(), Errno> {
        let file_end = part.file_end();
        if !part.bytes.is_empty() {
            let pages = part.start..file_end;
            maps.push(map(pages, part.first_prot(), self.source(ino, part)?));
        }
        if file_end < part.end {
            maps.push(map(file_end..part.end, part.prot, Source::Zero));
        }
        Ok(())
    }

    /// Puts into a part that is mapped what is not there by that.
    ///
    /// # Errors
    /// ENOMEM.
    pub(super) fn fill_part(&mut self, space: SpaceId, ino: Ino, part: &Part) -> Result<(), Errno> {
        if part.bytes.is_empty() {
            return Ok(());
        }
        if !part.is_mappable() {
            self.copy_in(space, ino, part)?;
        } else if part.has_tail() {
            self.clear(space, part.bytes_end()..part.file_end())?;
        }
        if part.first_prot() != part.prot {
            let len = part.file_end().0 - part.start.0;
            self.vm.protect(space, part.start, len, part.prot)?;
        }
        Ok(())
    }

    /// The file's pages, if they are as the part needs them; else zero, to be filled.
    fn source(&mut self, ino: Ino, part: &Part) -> Result<Source, Errno> {
        if !part.is_mappable() {
            return Ok(Source::Zero);
        }
        let (file, vm) = self.contents(ino)?;
        Ok(Source::Private {
            object: file.object(vm)?,
            first: part.bytes.start / PAGE_SIZE,
        })
    }

    /// Makes the bytes of `range`, which lies within one page, zero.
    fn clear(&mut self, space: SpaceId, range: Range<Ea>) -> Result<(), Errno> {
        const ZEROS: [u8; PAGE_SIZE as usize] = [0; PAGE_SIZE as usize];
        let len = (range.end.0 - range.start.0) as usize;
        UserMemory::new(&mut self.vm, space).write(range.start, &ZEROS[..len])
    }

    /// Copies the file's bytes to where they go.
    fn copy_in(&mut self, space: SpaceId, ino: Ino, part: &Part) -> Result<(), Errno> {
        let mut buffer = [0; PAGE_SIZE as usize];
        for offset in part.bytes.clone().step_by(buffer.len()) {
            let len = (part.bytes.end - offset).min(PAGE_SIZE) as usize;
            let (file, vm) = self.contents(ino)?;
            file.read(vm, offset, &mut buffer[..len]);
            let to = Ea(part.at.0 + (offset - part.bytes.start));
            UserMemory::new(vm, space).write(to, &buffer[..len])?;
        }
        Ok(())
    }
}

impl Part {
    /// The first address after the pages that have bytes of the file.
    fn file_end(&self) -> Ea {
        match self.bytes.is_empty() {
            true => self.start,
            false => Ea(self.bytes_end().0.next_multiple_of(PAGE_SIZE)),
        }
    }

    /// Whether the last of these pages is not all the file's.
    fn has_tail(&self) -> bool {
        self.end > self.file_end() || self.bytes_end() < self.memory_end
    }

    /// What may be done there until it is filled.
    fn first_prot(&self) -> Prot {
        match self.is_mappable() && !self.has_tail() {
            true => self.prot,
            false => self.prot | Prot::WRITE,
        }
    }
}

fn map(pages: Range<Ea>, prot: Prot, source: Source) -> Map {
    Map {
        place: Place::FixedNoReplace(pages.start),
        len: pages.end.0 - pages.start.0,
        prot,
        flags: Flags::empty(),
        source,
        label: Label::None,
    }
}
