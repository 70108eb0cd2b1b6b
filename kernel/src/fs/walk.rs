//! From a path to what is there: path_resolution(7).

use super::{Kind, Spot};
use crate::fs::Ino;
use crate::process::Pid;
use crate::state::Kernel;
use crate::syscall::Errno;
use alloc::vec::Vec;
use linux_raw_sys::general::NAME_MAX;

/// Symbolic links that are followed on one way: more are ELOOP.
const MOST_LINKS: usize = 40;

/// Whether a symbolic link at the end of a path is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    /// It is.
    Always,
    /// It is if a slash comes after it.
    IfSlash,
    /// It is not: the path names an entry, to be made or taken away.
    Never,
}

/// The last part of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Last {
    /// A name.
    Name(Vec<u8>),
    /// `.`, or a path of slashes only.
    Dot,
    /// `..`.
    DotDot,
}

/// Where a path leads.
#[derive(Debug)]
pub struct Walk {
    /// The directory that holds the last part.
    pub parent: Spot,
    /// The last part.
    pub last: Last,
    /// What is there, if anything is.
    pub found: Option<Spot>,
    /// Whether slashes come after the last part.
    pub slash: bool,
}

impl Walk {
    /// What is there.
    ///
    /// # Errors
    /// ENOENT.
    pub fn found(self) -> Result<Spot, Errno> {
        self.found.ok_or(Errno::ENOENT)
    }
}

/// A part of a path.
struct Part<'a> {
    name: &'a [u8],
    /// What comes after it, with its slash.
    rest: &'a [u8],
}

impl Part<'_> {
    fn first(path: &[u8]) -> Option<Part<'_>> {
        let start = path.iter().position(|byte| *byte != b'/')?;
        let path = &path[start..];
        let end = path.iter().position(|byte| *byte == b'/');
        let (name, rest) = path.split_at(end.unwrap_or(path.len()));
        Some(Part { name, rest })
    }

    fn is_last(&self) -> bool {
        self.rest.iter().all(|byte| *byte == b'/')
    }

    fn slash(&self) -> bool {
        self.is_last() && !self.rest.is_empty()
    }
}

impl Kernel {
    /// Follows `path` from the directory `base`. `viewer` is who /proc/self is.
    ///
    /// # Errors
    /// ENOENT: the path is empty, or what it leads through is not there. ENOTDIR: it
    /// leads through, or with a slash to, what is no directory. ENAMETOOLONG, ELOOP.
    pub fn walk(
        &self,
        viewer: Pid,
        base: &Spot,
        path: &[u8],
        follow: Follow,
    ) -> Result<Walk, Errno> {
        let mut steps = Steps::new(base, path)?;
        let mut through;
        let mut rest = path;
        while let Some(part) = Part::first(rest) {
            match self.step(viewer, &mut steps, &part, follow)? {
                Some(link) => {
                    through = steps.through(link, &part)?;
                    rest = &through;
                }
                None if steps.at.is_none() => break,
                None => rest = part.rest,
            }
        }
        let Steps {
            parent,
            last,
            at,
            slash,
            ..
        } = steps;
        if let Some(found) = &at
            && slash
            && self.kind(found)? != Kind::Directory
        {
            return Err(Errno::ENOTDIR);
        }
        Ok(Walk {
            parent,
            last,
            found: at,
            slash,
        })
    }

    /// Goes on by one part. Gives the target of a link that must be followed instead.
    fn step(
        &self,
        viewer: Pid,
        steps: &mut Steps,
        part: &Part,
        follow: Follow,
    ) -> Result<Option<Vec<u8>>, Errno> {
        let at = steps.at.take().ok_or(Errno::ENOENT)?;
        if self.kind(&at)? != Kind::Directory {
            return Err(Errno::ENOTDIR);
        }
        if part.name.len() > NAME_MAX as usize {
            return Err(Errno::ENAMETOOLONG);
        }
        let is_last = part.is_last();
        let (last, next) = match part.name {
            b"." => (Last::Dot, Some(at.clone())),
            b".." => (Last::DotDot, Some(self.above(&at)?)),
            name => {
                // Nobody asks for the names on the way.
                let last = if is_last { name.into() } else { Vec::new() };
                (Last::Name(last), self.look_up(&at, name)?)
            }
        };
        let follows = match follow {
            _ if !is_last => true,
            Follow::Always => true,
            Follow::IfSlash => part.slash(),
            Follow::Never => false,
        };
        let jump = next.as_ref().filter(|_| follows);
        let next = jump.and_then(|spot| self.jump_from(spot)).or(next);
        if let Some(next) = next.as_ref().filter(|_| follows)
            && let Some(target) = self.link_target(viewer, next)
        {
            steps.at = Some(at);
            return Ok(Some(target));
        }
        if next.is_none() && !is_last {
            return Err(Errno::ENOENT);
        }
        steps.parent = at;
        (steps.last, steps.at, steps.slash) = (last, next, part.slash());
        Ok(None)
    }
}

/// How far a walk has come.
struct Steps {
    parent: Spot,
    last: Last,
    at: Option<Spot>,
    slash: bool,
    links: usize,
}

impl Steps {
    fn new(base: &Spot, path: &[u8]) -> Result<Steps, Errno> {
        let start = match path.first() {
            None => return Err(Errno::ENOENT),
            Some(b'/') => Spot::Inode(Ino::ROOT),
            Some(_) => base.clone(),
        };
        Ok(Steps {
            parent: start.clone(),
            last: Last::Dot,
            at: Some(start),
            slash: false,
            links: 0,
        })
    }

    /// Goes to `target` in place of `part`. Gives what is still to be followed.
    fn through(&mut self, target: Vec<u8>, part: &Part) -> Result<Vec<u8>, Errno> {
        self.links += 1;
        if self.links > MOST_LINKS {
            return Err(Errno::ELOOP);
        }
        if target.first() == Some(&b'/') {
            self.at = Some(Spot::Inode(Ino::ROOT));
        }
        let mut rest = target;
        rest.extend_from_slice(part.rest);
        Ok(rest)
    }
}
