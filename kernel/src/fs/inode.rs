//! What the tree holds under a number: a file of any kind, apart from its names.

use super::{Alarm, Device, Directory, Event, File, Kind, Pipe, Role};
use crate::process::{NANOSECONDS, Waiters};
use crate::syscall::Errno;
use alloc::boxed::Box;

/// The number of an inode. It is never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ino(pub u64);

impl Ino {
    /// The root directory.
    pub const ROOT: Ino = Ino(1);
}

/// A time since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    /// Seconds.
    pub seconds: i64,
    /// Beyond them, below 10^9.
    pub nanoseconds: u32,
}

impl Time {
    /// `nanoseconds` since 1970.
    pub fn new(nanoseconds: u64) -> Time {
        Time {
            seconds: (nanoseconds / NANOSECONDS) as i64,
            nanoseconds: (nanoseconds % NANOSECONDS) as u32,
        }
    }
}

/// When what happened to a file: inode(7), "Timestamps".
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Its contents were read.
    pub accessed: Time,
    /// Its contents were changed.
    pub modified: Time,
    /// Anything of it was changed.
    pub changed: Time,
    /// It was made.
    pub born: Time,
}

impl Times {
    /// Made now.
    pub fn new(now: Time) -> Times {
        Times {
            accessed: now,
            modified: now,
            changed: now,
            born: now,
        }
    }

    /// The contents have changed.
    pub fn modify(&mut self, now: Time) {
        (self.modified, self.changed) = (now, now);
    }

    /// The contents have been read. As with Linux's relatime, that is noted only
    /// if nothing was read since the last change, or for a day.
    pub fn access(&mut self, now: Time) {
        const DAY: i64 = 24 * 60 * 60;
        let old = self.accessed;
        if old <= self.modified || old <= self.changed || now.seconds - old.seconds >= DAY {
            self.accessed = now;
        }
    }
}

/// A file of any kind.
pub struct Inode {
    /// What it is.
    pub body: Body,
    /// The lower twelve bits of st_mode. Reading and writing are not checked against
    /// them: everybody is root.
    pub permissions: u32,
    /// Names that it has. For a directory, as Linux counts: its name, its own `.`
    /// and the `..` of each directory in it.
    pub links: u32,
    /// When what happened to it.
    pub times: Times,
    /// Open files and working directories that it is kept for.
    pub(super) holds: u32,
    /// The directory in which it got its last name: for a directory, its `..`.
    pub parent: Ino,
    /// What it was called when it lost its last name; the name of a memfd.
    pub lost: Option<Box<[u8]>>,
    /// Who waits for it to change.
    pub waiters: Waiters,
}

/// What an inode is.
pub enum Body {
    /// A directory.
    Directory(Directory),
    /// A regular file.
    File(File),
    /// A symbolic link, and where it leads.
    Link(Box<[u8]>),
    /// A device.
    Device(Device),
    /// A pipe.
    Pipe(Pipe),
    /// A counter.
    Event(Event),
    /// A timer.
    Alarm(Alarm),
}

impl Body {
    /// What kind of file it is.
    pub fn kind(&self) -> Kind {
        match self {
            Body::Directory(_) => Kind::Directory,
            Body::File(_) => Kind::Regular,
            Body::Link(_) => Kind::Link,
            Body::Device(_) => Kind::Device,
            Body::Pipe(_) => Kind::Pipe,
            Body::Event(_) | Body::Alarm(_) => Kind::Anonymous,
        }
    }
}

impl Inode {
    /// What kind of file it is.
    pub fn kind(&self) -> Kind {
        self.body.kind()
    }

    /// st_mode.
    pub fn mode(&self) -> u32 {
        self.kind().mode() | self.permissions
    }

    /// st_size: bytes. A directory has 20 for each entry, as in Linux's tmpfs.
    pub fn size(&self) -> u64 {
        match &self.body {
            Body::Directory(directory) => directory.len() as u64 * 20,
            Body::File(file) => file.size(),
            Body::Link(target) => target.len() as u64,
            Body::Device(_) | Body::Pipe(_) | Body::Event(_) | Body::Alarm(_) => 0,
        }
    }

    /// The counts of those who hold it so, where they are counted.
    pub(super) fn holders(&mut self, role: Role) -> [Option<&mut u32>; 2] {
        match (&mut self.body, role) {
            (Body::Pipe(pipe), Role::Reader) => [Some(&mut pipe.readers), None],
            (Body::Pipe(pipe), Role::Writer) => [None, Some(&mut pipe.writers)],
            (Body::Pipe(pipe), Role::BothEnds) => {
                [Some(&mut pipe.readers), Some(&mut pipe.writers)]
            }
            (Body::File(file), Role::Writer) => [None, Some(&mut file.writers)],
            (Body::File(file), Role::Runner) => [Some(&mut file.runners), None],
            _ => [None, None],
        }
    }

    /// ETXTBSY while a program runs from it: nobody may write to it (open(2)).
    pub fn require_not_running(&self) -> Result<(), Errno> {
        match &self.body {
            Body::File(file) if file.runners > 0 => Err(Errno::ETXTBSY),
            _ => Ok(()),
        }
    }

    /// ETXTBSY while somebody has it open for writing: it may not be run (execve(2)).
    pub fn require_not_written(&self) -> Result<(), Errno> {
        match &self.body {
            Body::File(file) if file.writers > 0 => Err(Errno::ETXTBSY),
            _ => Ok(()),
        }
    }

    /// Whether nothing leads to it any more.
    pub(super) fn is_forgotten(&self) -> bool {
        self.links == 0 && self.holds == 0
    }
}
