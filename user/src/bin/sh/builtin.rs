//! The commands that the shell does itself.

use crate::jobs::Jobs;
use crate::parse::Command;
use quire_user::{eprintln, print, sys};

/// What to do after a command.
pub enum Next {
    /// Go on; the command's status is for `$?`.
    Line(i32),
    /// Leave the shell with this status.
    Exit(i32),
}

impl Next {
    /// The status, whichever it is.
    pub fn status(self) -> i32 {
        match self {
            Next::Line(status) | Next::Exit(status) => status,
        }
    }
}

const HELP: &str = "\
The shell's own:  cd DIR   exit [N]   help   wait   jobs   fg [N]   bg [N]
Programs in /bin (ls /bin shows all of them):
  tour       a guided show of the hashed page table
  forkcost   what a fork costs, with more and more memory
  pager      a program that brings in its own pages, by handling SIGSEGV
  suite NAME a test suite; without a name, it lists them
  ps free ls cat echo wc env uname true false poweroff
  mkdir rm mv cp ln touch
The kernel shows itself as text: cat /proc/vm/stat, /proc/vm/frames, /proc/vm/htab,
  /proc/meminfo, /proc/self/maps, /proc/self/segments
  a ; b  one after the other    a &  in the background    $?  the last status
  a | b  a's output is b's input    a < FILE    a > FILE    a >> FILE    a 2> FILE
  Ctrl-C ends what runs, Ctrl-Z stops it: then fg or bg goes on with it
";

/// Runs `name` if it is one of the shell's own that need no list of jobs.
pub fn run(name: &str, command: &Command, last_status: i32) -> Option<Next> {
    Some(match name {
        "cd" => Next::Line(cd(command)),
        "exit" => exit(command, last_status),
        "help" => {
            print!("{HELP}");
            Next::Line(0)
        }
        _ => return None,
    })
}

/// Runs `name` if it is one of those that are about jobs.
pub fn run_with(jobs: &Jobs, name: &str, command: &Command) -> Option<Next> {
    let number = command
        .word(1)
        .and_then(|word| word.to_str().ok()?.parse().ok());
    let status = match name {
        "wait" => {
            jobs.wait_for_all();
            Some(0)
        }
        "jobs" => {
            jobs.list();
            Some(0)
        }
        "fg" => jobs.resume_here(number),
        "bg" => jobs.resume_there(number),
        _ => return None,
    };
    Some(Next::Line(status.unwrap_or_else(|| {
        eprintln!("sh: {name}: there is no such job");
        1
    })))
}

fn cd(command: &Command) -> i32 {
    let path = command.word(1).unwrap_or(c"/");
    match sys::chdir(path) {
        Ok(()) => 0,
        Err(e) => {
            eprintln!("sh: cd: {}: {e}", path.to_str().unwrap_or("?"));
            1
        }
    }
}

fn exit(command: &Command, last_status: i32) -> Next {
    match command
        .word(1)
        .map(|word| word.to_str().ok().and_then(|text| text.parse().ok()))
    {
        None => Next::Exit(last_status),
        Some(Some(status)) => Next::Exit(status),
        Some(None) => {
            eprintln!("sh: exit: the status must be a number");
            Next::Line(2)
        }
    }
}
