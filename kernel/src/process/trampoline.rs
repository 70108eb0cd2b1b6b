//! Where signal handlers return to: two instructions that call rt_sigreturn.
//!
//! Linux has them in its vDSO, and so has Quire a page of its own, made at boot and
//! mapped into every program, which can read and execute it. (On the stack, where
//! Linux puts them without a vDSO, they would need stacks that can be executed.) Whoever
//! asks for it to be writable gets a copy of his own.

use super::sigframe::CALLER;
use crate::state::Vm;
use crate::syscall::UserMemory;
use linux_raw_sys::general::__NR_rt_sigreturn;
use vm::{
    Ea, Flags, Label, Map, ObjectId, PAGE_SIZE, Place, Prot, Source, SpaceId, USER_END, VmError,
};

/// Where every program has it: between the top of its stack and the end of what it
/// can map, with a gap on both sides.
pub const ADDRESS: Ea = Ea(USER_END.0 - (32 << 10));

/// The page.
pub struct Trampoline(ObjectId);

/// Unwinders know a signal's frame by these three (libgcc, md-unwind-support.h).
const CODE: [u32; 3] = [
    0x3821_0000 | CALLER as u32,     // addi r1, r1, CALLER: r1 = the ucontext
    0x3800_0000 | __NR_rt_sigreturn, // li r0, __NR_rt_sigreturn
    0x4400_0002,                     // sc
];

impl Trampoline {
    /// Makes the page.
    ///
    /// # Errors
    /// NoMemory.
    pub fn new(vm: &mut Vm) -> Result<Trampoline, VmError> {
        let object = vm.create_object(1)?;
        let trampoline = Trampoline(object);
        let space = vm.create_space()?;
        let written = trampoline.write(vm, space);
        vm.destroy_space(space);
        written.map(|()| trampoline)
    }

    /// It is written as a program would, in a space that nobody else ever has.
    fn write(&self, vm: &mut Vm, space: SpaceId) -> Result<(), VmError> {
        let source = Source::Shared {
            object: self.0,
            first: 0,
        };
        vm.map(space, &map(source, Prot::READ | Prot::WRITE))?;
        let bytes: [u8; 12] = core::array::from_fn(|i| CODE[i / 4].to_ne_bytes()[i % 4]);
        UserMemory::new(vm, space)
            .write(ADDRESS, &bytes)
            .map_err(|_| VmError::NoMemory)
    }
}

fn map(source: Source, prot: Prot) -> Map {
    Map {
        place: Place::FixedNoReplace(ADDRESS),
        len: PAGE_SIZE,
        prot,
        flags: Flags::empty(),
        source,
        label: Label::None,
    }
}

impl Trampoline {
    /// How a new program has the page.
    pub fn map(&self) -> Map {
        let source = Source::Private {
            object: self.0,
            first: 0,
        };
        map(source, Prot::READ | Prot::EXEC)
    }
}
