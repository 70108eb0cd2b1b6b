//! Starts pipelines.

use crate::parse::{Command, How, Pipeline, When};
use crate::terminal::{Control, Place};
use crate::{builtin, jobs::Job};
use core::ffi::CStr;
use quire_user::exec::{NOT_EXECUTABLE, NOT_FOUND};
use quire_user::linux::*;
use quire_user::sys::{self, Fd, Fork, Pid, Pipe};
use quire_user::{Errno, Text, eprintln, errors, exec};

/// Starts all commands of a pipeline as one job. What could not be started is said,
/// and the rest runs without it.
pub fn start(pipeline: &Pipeline, control: Control) -> Job {
    let place = match pipeline.when {
        When::Wait => Place::Foreground,
        When::Background => Place::Background,
    };
    let mut job = Job::new(pipeline);
    let mut input = None;
    let commands = pipeline.commands();
    for (n, command) in commands.iter().enumerate() {
        let pipe = match n + 1 < commands.len() {
            true => sys::pipe2(O_CLOEXEC).map(Some),
            false => Ok(None),
        };
        let started = pipe.and_then(|pipe| {
            let ends = Ends { input, pipe };
            let pid = child(command, &ends, job.group, control, place)?;
            // The reading end is the next one's; the others are the child's now.
            ends.close_in_the_shell();
            Ok((pid, pipe.map(|pipe| pipe.read)))
        });
        match started {
            Ok((pid, next)) => {
                job.add(pid);
                control.adopt(pid, job.group, place);
                input = next;
            }
            Err(e) => {
                eprintln!("sh: {}: {e}", command.name());
                job.not_started();
                break;
            }
        }
    }
    job
}

/// A command's ends of the pipes to its neighbours.
struct Ends {
    input: Option<Fd>,
    pipe: Option<Pipe>,
}

impl Ends {
    fn close_in_the_shell(&self) {
        let output = self.pipe.map(|pipe| pipe.write);
        // They are open, so this works.
        self.input
            .into_iter()
            .chain(output)
            .for_each(|fd| _ = sys::close(fd));
    }

    /// In the child: standard input and output. The pipes' own numbers close at exec.
    fn connect(&self) -> Result<(), Errno> {
        if let Some(fd) = self.input {
            sys::dup2(fd, 0)?;
        }
        if let Some(pipe) = self.pipe {
            sys::dup2(pipe.write, 1)?;
            // The reader must not wait for this process, if it is one of the shell's own.
            sys::close(pipe.read)?;
            sys::close(pipe.write)?;
        }
        Ok(())
    }
}

fn child(
    command: &Command,
    ends: &Ends,
    group: Pid,
    control: Control,
    place: Place,
) -> Result<Pid, Errno> {
    match sys::fork()? {
        Fork::Parent(pid) => Ok(pid),
        Fork::Child => {
            control.join(group, place);
            let ready = ends.connect().map_err(|e| eprintln!("sh: {e}"));
            let ready = ready.and_then(|()| redirect(command));
            sys::exit(match ready {
                Ok(()) => become_program(command),
                Err(()) => 1,
            })
        }
    }
}

/// Opens the files of a command's redirections, from left to right; says what fails.
fn redirect(command: &Command) -> Result<(), ()> {
    command.redirections().try_for_each(|(how, path)| {
        open(how, path).map_err(|e| eprintln!("sh: {}: {e}", path.to_str().unwrap_or("?")))
    })
}

fn open(how: How, path: &CStr) -> Result<(), Errno> {
    let (flags, to) = match how {
        How::Read => (O_RDONLY, 0),
        How::Write => (O_WRONLY | O_CREAT | O_TRUNC, 1),
        How::Append => (O_WRONLY | O_CREAT | O_APPEND, 1),
        How::Errors => (O_WRONLY | O_CREAT | O_TRUNC, 2),
    };
    let fd = match how {
        How::Read => sys::open(path, flags)?,
        _ => sys::create(path, flags, 0o644)?,
    };
    if fd != to {
        sys::dup2(fd, to)?;
        sys::close(fd)?;
    }
    Ok(())
}

/// Runs one of the shell's own commands here, or becomes the program; the exit status.
fn become_program(command: &Command) -> i32 {
    let name = command.name();
    if name.is_empty() {
        // Only redirections: `> file` makes it.
        return 0;
    }
    if let Some(next) = builtin::run(name, command, 0) {
        return next.status();
    }
    let path: Text<256> = exec::find(name);
    let (words, count) = command.words();
    match exec::replace(path.as_cstr(), &words[..count], &[c"PATH=/bin", c"HOME=/"]) {
        Errno(errors::ENOENT) => {
            eprintln!("sh: {name}: not found (try `help`)");
            NOT_FOUND
        }
        e => {
            eprintln!("sh: {name}: {e}");
            NOT_EXECUTABLE
        }
    }
}
