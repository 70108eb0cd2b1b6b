//! Symbolic links below /proc. Most lead to what they stand for, whatever has become of
//! its name since: an open file, a working directory, a running program
//! (proc_pid_fd(5), proc_pid_exe(5)).

use crate::fs::{Body, Ino, OpenFile, Spot};
use crate::process::Pid;
use crate::state::Kernel;
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

/// A link below /proc.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// /proc/self: the directory of whoever looks.
    Viewer,
    /// /proc/mounts: the viewer's.
    Mounts,
    /// The file that a process's program is in.
    Program(Pid),
    /// Its working directory.
    Directory(Pid),
    /// Its root.
    Root(Pid),
    /// One of its open files.
    File(Pid, i32),
}

/// Makes the link of a process.
pub type OfProcess = fn(Pid) -> Link;

/// Those in /proc itself.
pub const SYSTEM: &[(&str, Link)] = &[("mounts", Link::Mounts), ("self", Link::Viewer)];

/// Those in /proc/PID.
pub const PROCESS: &[(&str, OfProcess)] = &[
    ("cwd", Link::Directory),
    ("exe", Link::Program),
    ("root", Link::Root),
];

/// The link to the open file that `pid` has under the number `name`.
pub fn file(kernel: &Kernel, pid: Pid, name: &str) -> Option<Link> {
    let fd: i32 = name.parse().ok()?;
    kernel.processes.get(pid)?.files.get(fd).ok()?;
    // So that 07 is not another name of 7.
    (fd.to_string() == name).then_some(Link::File(pid, fd))
}

impl Kernel {
    /// Where `link` leads, if its text does not say that: `None` then.
    pub fn jump(&self, link: Link) -> Option<Spot> {
        match link {
            Link::Viewer | Link::Mounts => None,
            Link::Root(_) => Some(Spot::Inode(Ino::ROOT)),
            Link::Program(pid) => Some(Spot::Inode(self.processes.get(pid)?.space.program())),
            Link::Directory(pid) => Some(self.processes.get(pid)?.cwd.directory.spot()),
            Link::File(pid, fd) => {
                let file = self.processes.get(pid)?.files.get(fd).ok()?;
                let file: &OpenFile = &file.lock();
                Some(file.spot())
            }
        }
    }

    /// What readlink says of it.
    pub fn link_text(&self, viewer: Pid, link: Link) -> Option<Vec<u8>> {
        match link {
            Link::Viewer => Some(format!("{viewer}").into_bytes()),
            Link::Mounts => Some(Vec::from(b"self/mounts")),
            _ => Some(self.text_of(&self.jump(link)?)),
        }
    }

    /// A path, or for what has none its kind and number.
    fn text_of(&self, spot: &Spot) -> Vec<u8> {
        match spot {
            Spot::Inode(ino) => match &self.tree.get(*ino).body {
                Body::Pipe(_) if self.tree.get(*ino).links == 0 => {
                    format!("pipe:[{}]", ino.0).into_bytes()
                }
                Body::Event(_) => Vec::from(b"anon_inode:[eventfd]"),
                Body::Alarm(_) => Vec::from(b"anon_inode:[timerfd]"),
                _ => self.tree.path(*ino),
            },
            Spot::Proc(..) => self.path_to(spot),
        }
    }
}
