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

    /// Loads a part of the program in `ino`.
    ///
    /// # Errors
    /// ENOMEM.
    pub(super) fn load_part(&mut self, space: SpaceId, ino: Ino, part: &Part) -> Result<(), Errno> {
        if part.bytes.is_empty() {
            return self.map_zero(space, part.start..part.end, part.prot);
        }
        let file_end = Ea(part.bytes_end().0.next_multiple_of(PAGE_SIZE));
        let has_tail = part.end > file_end || part.bytes_end() < part.memory_end;
        let writes = !part.is_mappable() || has_tail;
        let prot = if writes {
            part.prot | Prot::WRITE
        } else {
            part.prot
        };
        let source = self.source(ino, part)?;
        self.map_pages(space, part.start..file_end, prot, source)?;
        if part.is_mappable() {
            if has_tail {
                self.clear(space, part.bytes_end()..file_end)?;
            }
        } else {
            self.copy_in(space, ino, part)?;
        }
        if prot != part.prot {
            let len = file_end.0 - part.start.0;
            self.vm.protect(space, part.start, len, part.prot)?;
        }
        self.map_zero(space, file_end..part.end, part.prot)
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

    fn map_zero(
        &mut self,
        space: SpaceId,
        pages: core::ops::Range<Ea>,
        prot: Prot,
    ) -> Result<(), Errno> {
        match pages.is_empty() {
            true => Ok(()),
            false => self.map_pages(space, pages, prot, Source::Zero),
        }
    }

    fn map_pages(
        &mut self,
        space: SpaceId,
        pages: core::ops::Range<Ea>,
        prot: Prot,
        source: Source,
    ) -> Result<(), Errno> {
        let request = Map {
            place: Place::FixedNoReplace(pages.start),
            len: pages.end.0 - pages.start.0,
            prot,
            flags: Flags::empty(),
            source,
            label: Label::None,
        };
        self.map_new(space, &request)
    }

    /// Makes the bytes of `range`, which lies within one page, zero.
    fn clear(&mut self, space: SpaceId, range: core::ops::Range<Ea>) -> Result<(), Errno> {
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
