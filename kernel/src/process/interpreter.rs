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

/// A program, and what loads it, where they are to lie.
pub(super) struct Placed {
    /// The program.
    pub main: Executable,
    /// What loads it.
    pub loader: Option<Executable>,
    /// AT_BASE: where the loader lies, 0 if there is none.
    pub base: Ea,
}

impl Kernel {
    /// What must be loaded to run `ino`: it, and its interpreter. `pid`, in `cwd`, is who
    /// asks.
    ///
    /// # Errors
    /// ENOEXEC, EINVAL. Those of the interpreter's path; ELIBBAD: it is no program.
    pub(super) fn files_of(
        &mut self,
        pid: Pid,
        cwd: &Spot,
        ino: Ino,
    ) -> Result<(Executable, Option<Executable>), Errno> {
        let image = self.image(ino)?;
        let loader = match image.interpreter.clone() {
            None => None,
            Some(range) => {
                let path = self.interpreter_path(ino, range.start, range.end)?;
                let ino = self.executable(pid, cwd, &path)?;
                let image = self.image(ino).map_err(|_| Errno::ELIBBAD)?;
                Some(Executable { ino, image })
            }
        };
        Ok((Executable { ino, image }, loader))
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

    /// Chooses places in an empty space.
    ///
    /// # Errors
    /// ENOMEM.
    pub(super) fn place(
        &mut self,
        space: SpaceId,
        (main, loader): (Executable, Option<Executable>),
    ) -> Result<Placed, Errno> {
        let (main, _) = match main.image.kind {
            Kind::Fixed => (main, 0),
            Kind::Movable => {
                let base = PROGRAM_BASE.next_multiple_of(main.image.align);
                main.moved(Ea(base))?
            }
        };
        let (loader, base) = match loader {
            Some(loader) if loader.image.kind == Kind::Movable => {
                let (size, align) = (loader.image.size(), loader.image.align);
                let start = self.vm.find_room(space, size, align)?;
                let (loader, base) = loader.moved(start)?;
                (Some(loader), Ea(base))
            }
            other => (other, Ea(0)),
        };
        Ok(Placed { main, loader, base })
    }
}

impl Executable {
    fn moved(self, start: Ea) -> Result<(Executable, u64), Errno> {
        let (image, by) = self.image.moved(start)?;
        Ok((Executable { image, ..self }, by))
    }
}
