//! Programs: execve, and how process 1 comes to be.
//!
//! The new address space is built in full before the old one is touched. Only
//! then comes the point of no return, after which nothing can fail: a process
//! whose exec fails always goes on with its errno.

use super::stack::{self, Auxiliary, Strings};
use super::{FrameBox, Heap, Image, Pid, Process, Space, State, Wait, name_of};
use crate::arch::{self, Frame};
use crate::fs::Descriptors;
use crate::platform;
use crate::state::Kernel;
use crate::syscall::{Errno, UserMemory};
use alloc::string::String;
use alloc::sync::Arc;
use vm::{Ea, Flags, Label, Map, Place, Prot, Source, SpaceId, USER_END};

/// Where the stack ends. Nothing is mapped above it, so that an access which runs
/// off the end of the stack is a fault.
const STACK_TOP: Ea = Ea(USER_END.0 - (64 << 10));
/// Bytes of stack: Linux's default limit. Pages come when they are touched.
const STACK_SIZE: u64 = 8 << 20;

/// A program that is ready to run.
struct Loaded {
    space: Arc<Space>,
    frame: Frame,
    name: String,
}

/// What a program is started with.
pub struct Request<'a> {
    /// Its path, as the caller wrote it.
    pub path: &'a str,
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
    pub fn exec(&mut self, pid: Pid, request: &Request) -> Result<(), Errno> {
        let file = self.program(pid, request.path)?;
        let Loaded { space, frame, name } = self.load(file, request)?;
        let process = self.process_mut(pid);
        let parent = process.parent;
        *process.frame = frame;
        process.name = name;
        process.files.close_on_exec();
        let old = core::mem::replace(&mut process.space, space);
        Space::release(old, &mut self.vm);
        self.shared.sweep(&mut self.vm);
        self.wake(parent, Wait::Vfork(pid));
        Ok(())
    }

    /// Makes process 1, from a table without processes.
    ///
    /// # Errors
    /// Those of execve(2).
    pub fn spawn_init(&mut self, request: &Request) -> Result<(), Errno> {
        let file = self.program(Pid::NONE, request.path)?;
        let Loaded { space, frame, name } = self.load(file, request)?;
        let pid = self.processes.free_pid();
        self.processes.insert(Process {
            pid,
            parent: Pid::NONE,
            name,
            frame: FrameBox::new(frame),
            space,
            files: Descriptors::on_console(),
            cwd: String::new(),
            state: State::Runnable,
            deadline: None,
        });
        self.queue.add(pid);
        Ok(())
    }

    fn load(&mut self, file: &[u8], request: &Request) -> Result<Loaded, Errno> {
        self.afford()?;
        let image = Image::parse(file)?;
        let space = self.vm.create_space()?;
        match self.fill(space, &image, request) {
            Ok(frame) => {
                let heap = Heap {
                    start: image.end(),
                    end: image.end(),
                };
                Ok(Loaded {
                    space: Space::new(space, heap),
                    frame,
                    name: name_of(request.path),
                })
            }
            Err(error) => {
                self.vm.destroy_space(space);
                Err(error)
            }
        }
    }

    /// Puts program and stack into an empty space. Gives its first registers.
    fn fill(&mut self, space: SpaceId, image: &Image, request: &Request) -> Result<Frame, Errno> {
        for part in &image.parts {
            self.load_part(space, part)?;
        }
        let aux = Auxiliary {
            entry: image.entry,
            headers: image.headers.unwrap_or(Ea(0)),
            header_count: image.header_count,
            random: random_bytes(),
        };
        let stack = Ea(STACK_TOP.0 - STACK_SIZE);
        self.map_new(
            space,
            stack,
            STACK_SIZE,
            Prot::READ | Prot::WRITE,
            Label::Stack,
        )?;
        let path = request.path.as_bytes();
        let (sp, bytes) = stack::build(STACK_TOP, path, &request.args, &request.env, &aux);
        UserMemory::new(&mut self.vm, space).write(sp, &bytes)?;
        // ELFv2 ABI §2.2.1.1: r12 holds the address of the function entered.
        let mut frame = arch::user_frame(image.entry.0, sp.0);
        frame.gpr[12] = image.entry.0;
        Ok(frame)
    }

    fn load_part(&mut self, space: SpaceId, part: &super::image::Part) -> Result<(), Errno> {
        let len = part.end.0 - part.start.0;
        self.map_new(
            space,
            part.start,
            len,
            Prot::READ | Prot::WRITE,
            Label::Image,
        )?;
        UserMemory::new(&mut self.vm, space).write(part.at, part.bytes)?;
        Ok(self.vm.protect(space, part.start, len, part.prot)?)
    }

    fn map_new(
        &mut self,
        space: SpaceId,
        at: Ea,
        len: u64,
        prot: Prot,
        label: Label,
    ) -> Result<(), Errno> {
        let place = Place::FixedNoReplace(at);
        match self.vm.map(
            space,
            &Map {
                place,
                len,
                prot,
                source: Source::Zero,
                flags: Flags::empty(),
                label,
            },
        ) {
            Ok(_) => Ok(()),
            // The program lies where its stack must be.
            Err(vm::VmError::Exists) => Err(Errno::ENOMEM),
            Err(error) => Err(error.into()),
        }
    }
}

/// Bytes that differ from one program to the next. They are not secret: they
/// come from the timebase (splitmix64).
fn random_bytes() -> [u8; 16] {
    let mut seed = platform::timebase();
    let mut bytes = [0; 16];
    for half in bytes.chunks_exact_mut(8) {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        half.copy_from_slice(&(mixed ^ (mixed >> 27)).to_ne_bytes());
    }
    bytes
}
