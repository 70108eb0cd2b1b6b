//! The tree as it is when the first program starts.

use super::initrd::Unpacker;
use super::{Body, Device, Directory, FileSystem, Ino, Time, Tree};
use crate::arch;
use crate::boot_info::BootInfo;
use crate::platform;
use crate::state::Vm;
use alloc::format;
use core::ops::Range;
use vm::{PAGE_SHIFT, PAGE_SIZE};

const IN_THE_WAY: &str = "it has something else where /dev, /proc or /tmp must be";

/// What /dev has for a program's own files, as Linux's has by custom.
const LINKS: [(&str, &str); 4] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
];

impl Tree {
    /// The machine's initrd, or else the one that the kernel brings; with /dev, /tmp
    /// and a place for /proc. The memory in which the archives were is free then.
    ///
    /// A machine whose initrd cannot be used is failed, with the reason.
    pub fn at_boot(info: &BootInfo, vm: &mut Vm, now: Time) -> Tree {
        let mut tree = Tree::new(now);
        // SAFETY: the archive is not used after its frames are given back below.
        let archive = unsafe { info.initrd().unwrap_or(arch::embedded_initrd()) };
        let unpacked = Unpacker::new(&mut tree, vm).unpack(archive);
        if let Err(reason) = unpacked.and_then(|()| tree.add_system(now)) {
            let reason = format!("the initrd cannot be used: {reason}");
            println!("quire: {reason}");
            platform::fail(&reason);
        }
        give_back(info, vm);
        tree
    }

    /// What is there whatever the initrd holds.
    fn add_system(&mut self, now: Time) -> Result<(), &'static str> {
        let dev = self.require_directory(Ino::ROOT, "dev", 0o755, now)?;
        for (name, device) in Device::ALL {
            self.add_device(dev, name, device, now)?;
        }
        for (name, target) in LINKS {
            self.add_link(dev, name, target, now)?;
        }
        self.require_directory(dev, "shm", 0o1777, now)?;
        self.require_directory(Ino::ROOT, "tmp", 0o1777, now)?;
        let proc = self.require_directory(Ino::ROOT, "proc", 0o555, now)?;
        let root = self.make(Body::Directory(Directory::default()), 0o555, now);
        self.mount(FileSystem::Proc, b"proc", root, Some(proc));
        Ok(())
    }

    fn add_link(
        &mut self,
        dev: Ino,
        name: &str,
        target: &str,
        now: Time,
    ) -> Result<(), &'static str> {
        let there = self.look_up(dev, name.as_bytes()).map_err(|_| IN_THE_WAY)?;
        if there.is_none() {
            let body = Body::Link(target.as_bytes().into());
            let ino = self.make(body, 0o777, now);
            self.link(dev, name.as_bytes(), ino, now);
        }
        Ok(())
    }

    fn require_directory(
        &mut self,
        dir: Ino,
        name: &str,
        permissions: u32,
        now: Time,
    ) -> Result<Ino, &'static str> {
        let there = self.look_up(dir, name.as_bytes()).map_err(|_| IN_THE_WAY)?;
        let Some(ino) = there else {
            let ino = self.make(Body::Directory(Directory::default()), permissions, now);
            self.link(dir, name.as_bytes(), ino, now);
            return Ok(ino);
        };
        self.directory(ino).map_err(|_| IN_THE_WAY)?;
        self.get_mut(ino).permissions = permissions;
        Ok(ino)
    }

    fn add_device(
        &mut self,
        dev: Ino,
        name: &str,
        device: Device,
        now: Time,
    ) -> Result<(), &'static str> {
        let there = self.look_up(dev, name.as_bytes()).map_err(|_| IN_THE_WAY)?;
        if there.is_some() {
            return Err(IN_THE_WAY);
        }
        let ino = self.make(Body::Device(device), 0o666, now);
        self.link(dev, name.as_bytes(), ino, now);
        Ok(())
    }
}

/// Gives the frames that lie wholly in the archives to whoever wants memory.
fn give_back(info: &BootInfo, vm: &mut Vm) {
    let ranges = [info.initrd_range(), Some(arch::embedded_initrd_range())];
    for range in ranges.into_iter().flatten() {
        let frames = frames_in(&range);
        if !frames.is_empty() {
            vm.give(frames);
        }
    }
}

fn frames_in(range: &Range<u64>) -> Range<u32> {
    let first = range.start.next_multiple_of(PAGE_SIZE) >> PAGE_SHIFT;
    first as u32..(range.end >> PAGE_SHIFT) as u32
}
