//! Which file is run for a path, and scripts: execve(2), "Interpreter scripts".

use super::interpreter::Executable;
use super::{Pid, Request, Strings};
use crate::fs::{Follow, Ino, Kind, Spot};
use crate::state::Kernel;
use crate::syscall::Errno;
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// Interpreters that may be scripts themselves: one more is ELOOP, as in Linux.
const MOST_SCRIPTS: usize = 5;
/// Bytes of a script that are looked at: Linux's BINPRM_BUF_SIZE.
const FIRST_LINE: usize = 256;

/// What a script begins with.
const SIGN: &[u8] = b"#!";

/// A file that is to be run.
pub(super) struct Program {
    /// The file: no script.
    pub file: Executable,
    /// The arguments that its scripts make of the caller's, if there were any.
    pub args: Option<Strings>,
}

/// What the first line of a script says.
struct Interpreter {
    path: Vec<u8>,
    /// All that comes after it.
    argument: Option<Vec<u8>>,
}

impl Kernel {
    /// What is to be run for `request`, in the directory `cwd`. `pid` is who asks.
    ///
    /// # Errors
    /// EACCES: no regular file, or one that nobody may execute. ELOOP: too many scripts.
    /// ETXTBSY: it is open for writing. ENOEXEC, E2BIG; those of [`Kernel::walk`].
    pub(super) fn program(
        &mut self,
        pid: Pid,
        cwd: &Spot,
        request: &Request,
    ) -> Result<Program, Errno> {
        let mut path = Cow::Borrowed(request.path);
        let mut args = None;
        for _ in 0..=MOST_SCRIPTS {
            let ino = self.executable(pid, cwd, &path)?;
            let refused = match self.image(ino) {
                Ok(image) => {
                    let file = Executable { ino, image };
                    return Ok(Program { file, args });
                }
                Err(error) => error,
            };
            let interpreter = self.interpreter(ino)?.ok_or(refused)?;
            let argument = interpreter.argument.as_deref();
            let first: Vec<&[u8]> = [Some(&interpreter.path[..]), argument, Some(&path)]
                .into_iter()
                .flatten()
                .collect();
            let old = args.as_ref().unwrap_or(&request.args);
            args = Some(old.with_first(&first)?);
            path = Cow::Owned(interpreter.path);
        }
        Err(Errno::ELOOP)
    }

    /// The file at `path`, which can be executed.
    ///
    /// # Errors
    /// EACCES, ETXTBSY; those of [`Kernel::walk`].
    pub(super) fn executable(&self, pid: Pid, cwd: &Spot, path: &[u8]) -> Result<Ino, Errno> {
        match self.walk(pid, cwd, path, Follow::Always)?.found()? {
            Spot::Inode(ino) => match self.tree.get(ino) {
                inode if inode.kind() != Kind::Regular => Err(Errno::EACCES),
                inode if inode.permissions & 0o111 == 0 => Err(Errno::EACCES),
                inode => inode.require_not_written().map(|()| ino),
            },
            Spot::Proc(..) => Err(Errno::EACCES),
        }
    }

    /// Who reads the script in `ino`, if it is one.
    fn interpreter(&mut self, ino: Ino) -> Result<Option<Interpreter>, Errno> {
        let mut first = [0; FIRST_LINE];
        let (file, vm) = self.contents(ino)?;
        let len = file.read(vm, 0, &mut first);
        match first[..len].strip_prefix(SIGN) {
            Some(rest) => parse(rest, len == FIRST_LINE).map(Some),
            None => Ok(None),
        }
    }
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && is_blank(first)
    {
        bytes = rest;
    }
    while let [rest @ .., last] = bytes
        && is_blank(last)
    {
        bytes = rest;
    }
    bytes
}

/// ENOEXEC: there is no interpreter, or its name is cut off.
fn parse(text: &[u8], is_cut: bool) -> Result<Interpreter, Errno> {
    let end = text.iter().position(|byte| matches!(byte, b'\n' | 0));
    let line = trim(&text[..end.unwrap_or(text.len())]);
    let blank = line.iter().position(is_blank);
    if line.is_empty() || (is_cut && end.is_none() && blank.is_none()) {
        return Err(Errno::ENOEXEC);
    }
    let (path, rest) = line.split_at(blank.unwrap_or(line.len()));
    let argument = Some(trim(rest)).filter(|rest| !rest.is_empty());
    Ok(Interpreter {
        path: path.into(),
        argument: argument.map(Vec::from),
    })
}
