//! Programs: execve, and how process 1 comes to be.
//!
//! The new address space is built in full before the old one is touched. Only
//! then comes the point of no return, after which nothing can fail: a process
//! whose exec fails always goes on with its errno.

use super::interpreter::Executable;
use super::script::Program;
use super::stack::{self, Auxiliary, Stack, Strings};
use super::{Heap, Limits, Name, Passed, Pid, Process, Space, Tid};
use crate::fs::{Mode, OpenFile, Role, Spot, fill_random};
use crate::state::Kernel;
use crate::syscall::{Errno, UserMemory};
use alloc::sync::Arc;
use alloc::vec::Vec;
use vm::{Access, Bounds, Ea, Flags, Label, Map, Place, Prot, Source, SpaceId, USER_END, VmError};
use zerocopy::IntoBytes;

/// Where the stack ends. Nothing is mapped above it, so that an access which runs
/// off the end of the stack is a fault.
const STACK_TOP: Ea = Ea(USER_END.0 - (64 << 10));
/// Bytes of stack that are mapped below what a program is started with, as in Linux.
/// It grows when it is used.
const STACK_ROOM: u64 = 128 << 10;

/// A program that is ready to run.
struct Loaded {
    space: Arc<Space>,
    entry: Ea,
    sp: Ea,
    name: Name,
}

/// What a space is like that has been filled.
struct Filled {
    entry: Ea,
    /// Where the stack begins.
    sp: Ea,
    /// Where the program's own memory ends.
    end: Ea,
    strings: Passed,
}

/// What a program is started with.
pub struct Request<'a> {
    /// Its path, as the caller wrote it.
    pub path: &'a [u8],
    /// Its arguments.
    pub args: Strings,
    /// Its environment.
    pub env: Strings,
}

impl Kernel {
    /// Replaces the program of `pid`. Its old memory goes, and the files that
    /// are marked close-on-exec.
    ///
    /// # Errors
    /// Those of execve(2); the process is then as it was.
    pub fn exec(&mut self, tid: Tid, request: &Request) -> Result<(), Errno> {
        let pid = self.task(tid).pid;
        let cwd = self.process(pid).cwd.directory.spot();
        let mut program = self.program(pid, &cwd, request)?;
        let bounds = self.process(pid).limits.bounds();
        let loaded = self.load(pid, &cwd, &mut program, request, bounds)?;
        let Loaded { space, name, .. } = loaded;
        self.begin_program(tid, loaded.entry, loaded.sp);
        let process = self.process_mut(pid);
        process.name = name;
        process.files.close_on_exec();
        let old = core::mem::replace(&mut process.space, space);
        Space::release(old, &mut self.vm);
        self.sweep_shared();
        Ok(())
    }

    /// Makes process 1, from a table without processes.
    ///
    /// # Errors
    /// Those of execve(2).
    pub fn spawn_init(&mut self, request: &Request) -> Result<(), Errno> {
        self.afford()?;
        let cwd = self.at_root();
        let at = cwd.directory.spot();
        let mut program = self.program(Pid::NONE, &at, request)?;
        let bounds = Limits::default().bounds();
        let loaded = self.load(Pid::NONE, &at, &mut program, request, bounds)?;
        let Loaded { space, name, .. } = loaded;
        let console = self.tree.console(self.file_time());
        let console = self.tree.hold(console, Role::Other);
        let console = OpenFile::new(console, Mode::ReadWrite, 0);
        self.insert_first(loaded.entry, loaded.sp, |pid| {
            Process::first(pid, name, space, &console, cwd)
        });
        Ok(())
    }

    fn load(
        &mut self,
        pid: Pid,
        cwd: &Spot,
        program: &mut Program,
        request: &Request,
        bounds: Bounds,
    ) -> Result<Loaded, Errno> {
        let mut loader = self.loader_of(pid, cwd, &program.file)?;
        let space = self.vm.create_space()?;
        self.vm.set_bounds(space, bounds);
        let images = (
            &mut program.file.image,
            loader.as_mut().map(|file| &mut file.image),
        );
        let base = self.place(space, images.0, images.1);
        let filled =
            base.and_then(|base| self.fill(space, base, program, loader.as_ref(), request));
        match filled {
            Ok(Filled {
                entry,
                sp,
                end,
                strings,
            }) => {
                let heap = Heap { start: end, end };
                let file = self.tree.hold(program.file.ino, Role::Runner);
                Ok(Loaded {
                    space: Space::new(space, heap, Arc::new(file), strings),
                    entry,
                    sp,
                    name: Name::of_path(request.path),
                })
            }
            Err(error) => {
                self.vm.destroy_space(space);
                Err(error.of_a_request())
            }
        }
    }

    /// Puts program and stack into an empty space.
    fn fill(
        &mut self,
        space: SpaceId,
        base: Ea,
        program: &Program,
        loader: Option<&Executable>,
        request: &Request,
    ) -> Result<Filled, Errno> {
        let main = &program.file;
        let mut aux = Auxiliary {
            entry: main.image.entry,
            headers: main.image.headers.unwrap_or(Ea(0)),
            header_count: main.image.header_count,
            base,
            random: [0; 16],
        };
        fill_random(&mut aux.random);
        let args = program.args.as_ref().unwrap_or(&request.args);
        let Stack { sp, words, strings } =
            stack::build(STACK_TOP, request.path, args, &request.env, &aux);
        let files = || loader.into_iter().chain([main]);
        let parts =
            || files().flat_map(|file| file.image.parts.iter().map(|part| (file.ino, part)));
        let mut maps = Vec::with_capacity(2 * parts().count() + 2);
        for (ino, part) in parts() {
            self.maps_of(ino, part, &mut maps)?;
        }
        maps.extend([stack_map(sp), self.trampoline.map()]);
        self.vm.map_first(space, &maps).map_err(of_a_place)?;
        for (ino, part) in parts() {
            self.fill_part(space, ino, part)?;
        }
        UserMemory::new(&mut self.vm, space).write(sp, words.as_bytes())?;
        let entry = match loader {
            Some(loader) => loader.image.entry,
            None => aux.entry,
        };
        // What its first instructions need. If that cannot be had now, they will fault.
        let _ = self.vm.fault(space, entry, Access::Fetch);
        let _ = self.vm.fault(space, sp, Access::Write);
        Ok(Filled {
            entry,
            sp,
            end: main.image.end(),
            strings,
        })
    }
}

/// The stack, for a program whose stack pointer is `sp` at first.
fn stack_map(sp: Ea) -> Map {
    let start = Ea(sp.0 - STACK_ROOM).floor();
    Map {
        place: Place::FixedNoReplace(start),
        len: STACK_TOP.0 - start.0,
        prot: Prot::READ | Prot::WRITE,
        flags: Flags::GROWS_DOWN,
        source: Source::Zero,
        label: Label::Stack,
    }
}

/// Why something cannot lie where it must: a program that lies where its own stack or the
/// trampoline must be is ENOMEM.
fn of_a_place(error: VmError) -> Errno {
    match error {
        VmError::Exists => Errno::ENOMEM,
        other => other.into(),
    }
}
