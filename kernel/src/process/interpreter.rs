//! Programs that another program loads: execve(2), PT_INTERP in elf(5).
//!
//! The kernel maps both files and starts the loader, which finds the rest by the auxiliary
//! vector. What is ET_DYN lies where the kernel says: a program where Linux puts it on
//! this machine, so that its heap has room above it; a loader where mmap would.

use super::image::Kind;
use super::{Image, Pid};
use crate::fs::{Ino, Spot};
use crate::state::Kernel;
use crate::syscall::Errno;
use vm::{Ea, SpaceId};

/// Where a program lies that can lie anywhere: Linux's ELF_ET_DYN_BASE for 64-bit
/// programs, before it is made random.
const PROGRAM_BASE: u64 = 0x1_0000_0000;

/// A file to be loaded.
pub(super) struct Executable {
    /// The file.
    pub ino: Ino,
    /// What is in it.
    pub image: Image,
}

impl Kernel {
    /// What loads `main`: its interpreter, if it has one. `pid`, in `cwd`, is who asks.
    ///
    /// # Errors
    /// ENOEXEC. Those of the interpreter's path; ELIBBAD: it is no program.
    pub(super) fn loader_of(
        &mut self,
        pid: Pid,
        cwd: &Spot,
        main: &Executable,
    ) -> Result<Option<Executable>, Errno> {
        let Some(range) = &main.image.interpreter else {
            return Ok(None);
        };
        let path = self.interpreter_path(main.ino, range.start, range.end)?;
        let ino = self.executable(pid, cwd, &path)?;
        let image = self.image(ino).map_err(|_| Errno::ELIBBAD)?;
        Ok(Some(Executable { ino, image }))
    }

    fn interpreter_path(
        &mut self,
        ino: Ino,
        start: u64,
        end: u64,
    ) -> Result<alloc::vec::Vec<u8>, Errno> {
        let mut path = alloc::vec![0; (end - start) as usize];
        let (file, vm) = self.contents(ino)?;
        file.read(vm, start, &mut path);
        let end = path.iter().position(|byte| *byte == 0);
        if path.last() != Some(&0) {
            return Err(Errno::ENOEXEC);
        }
        path.truncate(end.unwrap_or(0));
        Ok(path)
    }

    /// Chooses places in an empty space for a program and what loads it. Gives AT_BASE:
    /// where the loader lies, 0 if there is none.
    ///
    /// # Errors
    /// ENOMEM.
    pub(super) fn place(
        &mut self,
        space: SpaceId,
        main: &mut Image,
        loader: Option<&mut Image>,
    ) -> Result<Ea, Errno> {
        if main.kind == Kind::Movable {
            main.move_to(Ea(PROGRAM_BASE.next_multiple_of(main.align)))?;
        }
        match loader {
            Some(loader) if loader.kind == Kind::Movable => {
                let start = self.vm.find_room(space, loader.size(), loader.align)?;
                loader.move_to(start).map(Ea)
            }
            _ => Ok(Ea(0)),
        }
    }
}
