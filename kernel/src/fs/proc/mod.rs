//! /proc: the kernel's state as text.
//!
//! A file's text is made when the file is opened and does not change after that,
//! however it is read. Each file is a function that writes text; the lists below
//! say under which name.

mod links;
mod memory;
mod process;
mod system;
mod vm;

pub use links::Link;

use super::node::{DirEntry, Kind, inode};
use super::{Node, Text};
use crate::process::Pid;
use crate::state::Kernel;
use crate::syscall::Errno;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

type Write = fn(&mut Kernel, &mut Text) -> fmt::Result;
type WriteNumbered = fn(&mut Kernel, u32, &mut Text) -> fmt::Result;
type WriteProcess = fn(&mut Kernel, Pid, &mut Text) -> fmt::Result;

/// A file under /proc.
#[derive(Clone, Copy)]
pub enum File {
    /// One about the system.
    System(Write),
    /// One about one of many things that have numbers.
    Numbered(WriteNumbered, u32),
    /// One about a process.
    Process(WriteProcess, Pid),
}

/// The files in /proc itself.
const FILES: &[(&str, Write)] = &[
    ("cmdline", system::cmdline),
    ("cpuinfo", system::cpuinfo),
    ("filesystems", system::filesystems),
    ("loadavg", system::loadavg),
    ("meminfo", system::meminfo),
    ("stat", system::stat),
    ("uptime", system::uptime),
    ("version", system::version),
];

/// The files in /proc/vm.
const VM_FILES: &[(&str, Write)] = &[
    ("audit", vm::audit),
    ("frames", vm::frames),
    ("htab", vm::htab),
    ("stat", vm::stat),
    ("tlb", vm::tlb),
    ("translation", vm::translation),
    ("unknown-syscalls", vm::unknown_syscalls),
];

/// The directories in /proc/vm: in each there is a file for every number, none of which
/// is listed.
const NUMBERED: &[(&str, WriteNumbered)] = &[("frame", vm::frame), ("pteg", vm::pteg)];

/// The files in /proc/PID.
const PROCESS_FILES: &[(&str, WriteProcess)] = &[
    ("cmdline", process::cmdline),
    ("comm", process::comm),
    ("environ", process::environ),
    ("maps", memory::maps),
    ("mountinfo", process::mountinfo),
    ("mounts", process::mounts),
    ("pages", memory::pages),
    ("segments", memory::segments),
    ("smaps", memory::smaps),
    ("stat", process::stat),
    ("statm", process::statm),
    ("status", process::status),
];

fn find<T: Copy>(files: &[(&str, T)], name: &str) -> Option<T> {
    files
        .iter()
        .find(|(file, _)| *file == name)
        .map(|(_, write)| *write)
}

/// The process, living or dead, whose directory is called `name`.
fn pid_of(kernel: &Kernel, name: &str) -> Option<Pid> {
    let pid = name.parse().ok().and_then(Pid::new)?;
    let known = kernel.processes.get(pid).is_some() || kernel.processes.zombie(pid).is_some();
    // So that 07 is not another name of 7.
    (known && pid.to_string() == name).then_some(pid)
}

/// A number as it is written: so that 07 is not another name of 7.
fn number_of(name: &str) -> Option<u32> {
    name.parse()
        .ok()
        .filter(|number: &u32| number.to_string() == name)
}

/// What is at `path`, which begins below /proc.
pub fn node(kernel: &Kernel, path: &str) -> Option<Node> {
    let system = |write| Node::Proc(File::System(write));
    match path.split_once('/') {
        None if path == "vm" => Some(Node::Directory),
        None => match (find(FILES, path), find(links::SYSTEM, path)) {
            (Some(write), _) => Some(system(write)),
            (None, Some(link)) => Some(Node::Link(link)),
            (None, None) => pid_of(kernel, path).map(|_| Node::Directory),
        },
        Some(("vm", name)) if find(NUMBERED, name).is_some() => Some(Node::Directory),
        Some(("vm", name)) => match name.split_once('/') {
            None => find(VM_FILES, name).map(system),
            Some((directory, number)) => {
                let write = find(NUMBERED, directory)?;
                Some(Node::Proc(File::Numbered(write, number_of(number)?)))
            }
        },
        Some((number, name)) => process_node(kernel, pid_of(kernel, number)?, name),
    }
}

/// What is at `path` below the directory of `pid`. One that has ended has files only.
fn process_node(kernel: &Kernel, pid: Pid, path: &str) -> Option<Node> {
    if let Some(write) = find(PROCESS_FILES, path) {
        return Some(Node::Proc(File::Process(write, pid)));
    }
    kernel.processes.get(pid)?;
    match path.split_once('/') {
        None if path == "fd" => Some(Node::Directory),
        None => find(links::PROCESS, path).map(|link| Node::Link(link(pid))),
        Some(("fd", name)) => links::file(kernel, pid, name).map(Node::Link),
        Some(_) => None,
    }
}

/// The entries of the directory at `path`, which is /proc or below it.
pub fn list(kernel: &Kernel, path: &str, entries: &mut Vec<DirEntry>) {
    let mut add = |name: String, kind| {
        let inode = inode(&format!("{path}/{name}"));
        entries.push(DirEntry { name, inode, kind });
    };
    match path {
        "proc" => {
            FILES
                .iter()
                .for_each(|(name, _)| add(name.to_string(), Kind::Regular));
            links::SYSTEM
                .iter()
                .for_each(|(name, _)| add(name.to_string(), Kind::Link));
            add("vm".into(), Kind::Directory);
            for pid in pids(kernel) {
                add(pid.to_string(), Kind::Directory);
            }
        }
        "proc/vm" => {
            VM_FILES
                .iter()
                .for_each(|(name, _)| add(name.to_string(), Kind::Regular));
            NUMBERED
                .iter()
                .for_each(|(name, _)| add(name.to_string(), Kind::Directory));
        }
        path if path.starts_with("proc/vm/") => {}
        path if path.ends_with("/fd") => {
            let pid = path.split('/').nth(1).and_then(|name| pid_of(kernel, name));
            let process = pid.and_then(|pid| kernel.processes.get(pid));
            let files = process.map(|process| process.files.open(0, u32::MAX));
            for fd in files.unwrap_or_default() {
                add(fd.to_string(), Kind::Link);
            }
        }
        path => {
            PROCESS_FILES
                .iter()
                .for_each(|(name, _)| add(name.to_string(), Kind::Regular));
            let pid = path.split('/').nth(1).and_then(|name| pid_of(kernel, name));
            if pid.is_some_and(|pid| kernel.processes.get(pid).is_some()) {
                add("fd".into(), Kind::Directory);
                links::PROCESS
                    .iter()
                    .for_each(|(name, _)| add(name.to_string(), Kind::Link));
            }
        }
    }
}

/// All processes, living and dead, by number.
fn pids(kernel: &Kernel) -> Vec<Pid> {
    let dead = kernel.processes.zombies().map(|zombie| zombie.pid);
    let mut pids: Vec<Pid> = kernel
        .processes
        .living()
        .map(|p| p.pid)
        .chain(dead)
        .collect();
    pids.sort();
    pids
}

impl Kernel {
    /// The text of `file` as it is now.
    ///
    /// # Errors
    /// ENOMEM: there is no memory for it.
    pub fn text(&mut self, file: File) -> Result<Vec<u8>, Errno> {
        self.charge();
        let mut text = Text::default();
        let written = match file {
            File::System(write) => write(self, &mut text),
            File::Numbered(write, number) => write(self, number, &mut text),
            File::Process(write, pid) => write(self, pid, &mut text),
        };
        written.map_err(|_| Errno::ENOMEM)?;
        Ok(text.into_bytes())
    }
}
